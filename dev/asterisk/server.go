package asterisk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/fraudguard/fraudguard/dev/debian"
)

// A Server is one running Asterisk. Its methods may be called from several
// goroutines, except that [Server.Stop] ends its use.
type Server struct {
	Version string // as asked for: "22" or "16"
	AMIAddr string // 127.0.0.1:port, TCP
	ARIURL  string // http://127.0.0.1:port/ari
	SIPAddr string // 127.0.0.1:port, UDP
	Folder  string // the server's folder, with etc, db, log and the rest in it

	options    Options
	layout     layout
	ports      ports
	supervisor *supervisor

	mu   sync.Mutex
	pid  int
	gone bool // Stop was called
}

// bootTime bounds the wait for a server to answer. It takes about a second on
// an idle machine; a busy one may need long, a hanging one must not stop a test for ever.
const bootTime = 60 * time.Second

// Start prepares the root where that is not done yet, and starts a server. It
// returns when the manager interface has reported FullyBooted and the SIP and
// HTTP ports are open. The context bounds the start only, not the server's life: that ends with
// [Server.Stop], or with the calling process.
func Start(ctx context.Context, options Options) (*Server, error) {
	o, err := options.completed()
	if err != nil {
		return nil, err
	}
	root, err := Prepare(ctx, o.Version, io.Discard)
	if err != nil {
		return nil, err
	}
	// Another process may take a port between our look and Asterisk's bind.
	var failed error
	for range 3 {
		server, err := startOnce(ctx, root, o)
		if err == nil {
			return server, nil
		}
		failed = err
		if !errors.Is(err, errPortTaken) {
			break
		}
	}
	return nil, failed
}

func startOnce(ctx context.Context, root string, o Options) (*Server, error) {
	p, err := freePorts()
	if err != nil {
		return nil, err
	}
	l, lock, err := newInstance(root)
	if err != nil {
		return nil, err
	}
	defer lock.Close() // the supervisor holds its own copy
	supervisor, err := supervise(l, lock)
	if err != nil {
		os.RemoveAll(l.outside())
		return nil, err
	}
	s := &Server{
		Version:    o.Version,
		AMIAddr:    fmt.Sprintf("127.0.0.1:%d", p.ami),
		ARIURL:     fmt.Sprintf("http://127.0.0.1:%d/ari", p.http),
		SIPAddr:    fmt.Sprintf("127.0.0.1:%d", p.sip),
		Folder:     l.outside(),
		options:    o,
		layout:     l,
		ports:      p,
		supervisor: supervisor,
	}
	if err := l.writeConfig(o, p); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	if err := debian.HandOver(root, l.outside(), "asterisk"); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	if err := s.boot(ctx); err != nil {
		err = fmt.Errorf("asterisk %s did not start: %w\n%s", o.Version, err, s.LogTail())
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// boot starts the process and waits until it answers.
func (s *Server) boot(ctx context.Context) error {
	pid, err := s.supervisor.start()
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.pid = pid
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, bootTime)
	defer cancel()
	return s.waitReady(ctx)
}

// Stop kills the server and removes its folder. It returns when both are
// gone. A second call does nothing.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone {
		return nil
	}
	s.gone = true
	return s.supervisor.end()
}

// Kill ends Asterisk with SIGKILL, as a crash would, and returns when it is
// gone. Configuration and database stay for [Server.Restart].
func (s *Server) Kill() error {
	if err := s.signal(syscall.SIGKILL); err != nil {
		return err
	}
	for s.alive() {
		time.Sleep(5 * time.Millisecond)
	}
	return nil
}

// Restart starts Asterisk again on the same ports with the same configuration
// and database. A running one is killed first.
func (s *Server) Restart(ctx context.Context) error {
	if s.alive() {
		if err := s.Kill(); err != nil {
			return err
		}
	}
	if err := s.boot(ctx); err != nil {
		return fmt.Errorf("asterisk %s did not start again: %w\n%s", s.Version, err, s.LogTail())
	}
	return nil
}

// Suspend stops the process without ending it: connections stay open and
// nobody answers. [Server.Resume] lets it run on.
func (s *Server) Suspend() error { return s.signal(syscall.SIGSTOP) }

// Resume undoes [Server.Suspend].
func (s *Server) Resume() error { return s.signal(syscall.SIGCONT) }

func (s *Server) signal(signal syscall.Signal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone || !processAlive(s.pid) {
		return errors.New("this asterisk is not running")
	}
	if err := syscall.Kill(s.pid, signal); err != nil {
		return fmt.Errorf("signal %v to asterisk: %w", signal, err)
	}
	return nil
}

func (s *Server) alive() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.gone && processAlive(s.pid)
}

// PID is Asterisk's process id, for looking at its memory and processor time.
func (s *Server) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pid
}

// Console runs one command of Asterisk's console, such as "core show channels
// concise", and returns what it prints.
func (s *Server) Console(ctx context.Context, command string) (string, error) {
	cmd := exec.CommandContext(ctx, "chroot", s.layout.root, "/usr/sbin/asterisk", "-C", s.layout.mainConfig(), "-r", "-x", command)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("console command %q: %w: %s", command, err, out)
	}
	return string(out), nil
}

// AMISecret returns the secret of an AMI user, or "" if there is no such user.
func (s *Server) AMISecret(user string) string {
	for _, u := range s.options.AMIUsers {
		if u.Name == user {
			return u.Secret
		}
	}
	return ""
}

// ARIPassword returns the password of an ARI user, or "" if there is no such user.
func (s *Server) ARIPassword(user string) string {
	for _, u := range s.options.ARIUsers {
		if u.Name == user {
			return u.Password
		}
	}
	return ""
}

// Password returns the SIP password of an endpoint, or "" if there is no such endpoint.
func (s *Server) Password(endpoint string) string {
	for _, extension := range s.Extensions() {
		if extension.Endpoint == endpoint {
			return extension.Password
		}
	}
	return ""
}

// Extensions lists all phones with everything filled in that the options left open.
func (s *Server) Extensions() []Extension {
	var all []Extension
	for _, tenant := range s.options.Tenants {
		all = append(all, tenant.Extensions...)
	}
	return all
}

// tailBytes is as much of the log as fits into a failed test's output.
const tailBytes = 4096

// LogTail returns the last part of what Asterisk wrote to its console and log.
func (s *Server) LogTail() string {
	return tail(s.layout.outside("console")) + tail(s.layout.outside("log", "full"))
}

func tail(file string) string {
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > tailBytes {
		f.Seek(-tailBytes, io.SeekEnd)
	}
	text, _ := io.ReadAll(io.LimitReader(f, tailBytes))
	return string(text)
}

// processAlive tells a process of which a thread still runs from one that has ended and waits only for its
// parent to take note. The threads of a killed process end one by one, and the last has its files and ports.
func processAlive(pid int) bool {
	if pid <= 0 {
		return false
	}
	folder := "/proc/" + strconv.Itoa(pid)
	stat, err := os.ReadFile(folder + "/stat")
	if err != nil {
		return false
	}
	threads, err := os.ReadDir(folder + "/task")
	return err == nil && (len(threads) > 1 || !zombie(string(stat)))
}
