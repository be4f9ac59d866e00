package asterisk

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"strconv"
	"strings"
	"time"
)

// errPortTaken means that somebody else listens where this server should.
var errPortTaken = errors.New("another process took the port")

// probeTime bounds one look at a server that starts. One that needs longer is asked again.
const probeTime = 5 * time.Second

// waitReady returns when Asterisk has loaded everything.
func (s *Server) waitReady(ctx context.Context) error {
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		if !s.alive() {
			return errors.New("it ended by itself")
		}
		probing, cancel := context.WithTimeout(ctx, probeTime)
		err := s.probe(probing)
		if probing.Err() != nil && !s.holds("tcp", s.ports.ami) {
			err = errPortTaken // by somebody who listens and does not answer
		}
		cancel()
		if err == nil || errors.Is(err, errPortTaken) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w; the last probe said: %w", ctx.Err(), err)
		case <-again.C:
		}
	}
}

// probe logs in and waits for FullyBooted. Asterisk sends that event to each
// session that logs in, at once if it has booted already.
func (s *Server) probe(ctx context.Context) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", s.AMIAddr)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()

	r := bufio.NewReader(conn)
	if banner, err := r.ReadString('\n'); err != nil {
		return err
	} else if !strings.HasPrefix(banner, "Asterisk Call Manager/") {
		return errPortTaken
	}
	admin := s.options.AMIUsers[0]
	if _, err := fmt.Fprintf(conn, "Action: Login\r\nUsername: %s\r\nSecret: %s\r\n\r\n", admin.Name, admin.Secret); err != nil {
		return err
	}
	messages := textproto.NewReader(r)
	for {
		message, err := messages.ReadMIMEHeader()
		if err != nil {
			return err
		}
		// The secret is random: who refuses it is not our server.
		if message.Get("Response") == "Error" {
			return errPortTaken
		}
		if message.Get("Event") == "FullyBooted" {
			return s.holdsPorts()
		}
	}
}

// holdsPorts makes sure that it is this Asterisk that has the SIP and the HTTP
// port: one that cannot bind them says so in its log and runs on.
func (s *Server) holdsPorts() error {
	if !s.holds("udp", s.ports.sip) || !s.holds("tcp", s.ports.http) {
		return errPortTaken
	}
	return nil
}

// holds finds the sockets on a port of 127.0.0.1 in one of the kernel's
// tables, and looks for one of them among the files of the process.
func (s *Server) holds(table string, port uint16) bool {
	const localColumn, inodeColumn = 1, 9
	pid := strconv.Itoa(s.PID())
	sockets, err := os.ReadFile("/proc/" + pid + "/net/" + table)
	if err != nil {
		return false
	}
	local := fmt.Sprintf("0100007F:%04X", port)
	for line := range strings.Lines(string(sockets)) {
		fields := strings.Fields(line)
		if len(fields) > inodeColumn && fields[localColumn] == local && hasOpen(pid, "socket:["+fields[inodeColumn]+"]") {
			return true
		}
	}
	return false
}

// hasOpen tells whether a process has the named thing among its open files.
func hasOpen(pid, target string) bool {
	folder := "/proc/" + pid + "/fd"
	entries, err := os.ReadDir(folder)
	if err != nil {
		return false
	}
	for _, entry := range entries {
		if link, err := os.Readlink(folder + "/" + entry.Name()); err == nil && link == target {
			return true
		}
	}
	return false
}

// zombie reads the state from a line of /proc/PID/stat. The program's name
// before it stands in parentheses and may contain any character.
func zombie(stat string) bool {
	end := strings.LastIndexByte(stat, ')')
	state := strings.TrimSpace(stat[end+1:])
	return strings.HasPrefix(state, "Z") || strings.HasPrefix(state, "X")
}
