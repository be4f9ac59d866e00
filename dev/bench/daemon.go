package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// daemon is the real fraudguard, as its users run it.
type daemon struct {
	program, socket string
	cmd             *exec.Cmd
	log             bytes.Buffer
	ended           chan struct{} // closed when it has ended, with err
	err             error
}

const (
	// endWithin is how long a daemon may take to end in order, and then how long until it is gone.
	endWithin = 10 * time.Second
	// logWithin is how long its log is waited for then: something that it began may still hold it open.
	logWithin = 2 * time.Second
)

// tariff prices what the rows dial: dear enough to be refused by the route cap, and cheap.
const tariff = "prefix,destination,price,increments\n881,Satellite,5.00,60/60\n39,Italy,0.01,1/1\n88111,Cheap,0.01,1/1\n"

// startDaemon builds and runs the daemon with the server section given, and imports the tariff. The
// name makes its files its own.
func (b *bench) startDaemon(ctx context.Context, name, server string) (*daemon, error) {
	program, err := b.build(ctx, b.root, "./cmd/fraudguard", "fraudguard")
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(b.folder, name)
	if err := os.Mkdir(folder, 0o700); err != nil {
		return nil, err
	}
	d := &daemon{program: program, socket: filepath.Join(folder, "socket")}
	configuration := fmt.Sprintf("socket = %q\n[store]\nurl = %q\n%s\n[caps.route]\ncost_per_minute = \"0.50\"\n[abuse.repeated_number]\ncalls = 0\n",
		d.socket, "sqlite:"+filepath.Join(folder, "fraudguard.db"), server)
	path, prices := filepath.Join(folder, "fraudguard.toml"), filepath.Join(folder, "tariff.csv")
	if err := errors.Join(os.WriteFile(path, []byte(configuration), 0o600), os.WriteFile(prices, []byte(tariff), 0o600)); err != nil {
		return nil, err
	}
	if err := d.run(exec.Command(program, "run", "--config", path)); err != nil {
		return nil, err
	}
	if err := d.untilLinked(ctx); err != nil {
		d.stop()
		return nil, err
	}
	if out, err := d.command(ctx, "rates", "import", prices, "--deck", "default"); err != nil {
		d.stop()
		return nil, fmt.Errorf("importing the tariff: %w\n%s", err, out)
	}
	return d, nil
}

// run starts the process, and waits for it beside.
func (d *daemon) run(cmd *exec.Cmd) error {
	d.cmd, d.ended = cmd, make(chan struct{})
	cmd.Stderr, cmd.WaitDelay = &d.log, logWithin
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() {
		d.err = cmd.Wait()
		close(d.ended)
	}()
	return nil
}

func (d *daemon) command(ctx context.Context, words ...string) (string, error) {
	out, err := exec.CommandContext(ctx, d.program, append(words, "--socket", d.socket)...).CombinedOutput()
	return string(out), err
}

// untilLinked waits until the daemon watches its server.
func (d *daemon) untilLinked(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		out, err := d.command(ctx, "status", "--json")
		if err == nil && strings.Contains(out, `"state": "up"`) {
			return nil
		}
		select {
		case <-d.ended:
			return fmt.Errorf("the daemon ended: %v\n%s", d.err, d.log.String())
		case <-ctx.Done():
			return fmt.Errorf("the daemon is not linked: %v\n%s", err, out)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// stop ends the daemon in order, and kills it where that takes too long. What does not even end then, as
// a process that waits for its disk, is told of and left behind. It can be called again.
func (d *daemon) stop() {
	for _, signal := range []os.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		_ = d.cmd.Process.Signal(signal)
		select {
		case <-d.ended:
			return
		case <-time.After(endWithin):
		}
	}
	fmt.Fprintf(os.Stderr, "the daemon, process %d, does not end\n", d.cmd.Process.Pid)
}

// usage is what a process has used: processor seconds so far, and resident bytes now.
type usage struct{ cpu, resident float64 }

func usageOf(pid int) (usage, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return usage{}, err
	}
	_, rest, ok := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	if !ok || len(fields) < 22 {
		return usage{}, errors.New("/proc/PID/stat has an unknown form")
	}
	var ticks [2]float64 // user and system time, in hundredths
	for i := range ticks {
		if ticks[i], err = strconv.ParseFloat(fields[11+i], 64); err != nil {
			return usage{}, err
		}
	}
	pages, err := strconv.ParseFloat(fields[21], 64)
	return usage{cpu: (ticks[0] + ticks[1]) / 100, resident: pages * float64(os.Getpagesize())}, err
}
