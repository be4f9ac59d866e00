package main

import (
	"bufio"
	"net"
	"strings"
	"sync"
	"time"
)

// action is what a client asked of the manager: its headers by name, the last of each.
type action map[string]string

// manager is as much of Asterisk's manager interface as the rows and probes need, on a loopback port.
type manager struct {
	listener net.Listener
	answer   func(*managerSession, action)
	work     sync.WaitGroup

	mu       sync.Mutex
	sessions map[*managerSession]bool
}

// managerSession is one connection to it.
type managerSession struct {
	conn net.Conn
	mu   sync.Mutex
}

// newManager listens on a free port, or on the one that is given. What a client asks goes to answer.
func newManager(address string, answer func(*managerSession, action)) (*manager, error) {
	if address == "" {
		address = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	m := &manager{listener: l, answer: answer, sessions: make(map[*managerSession]bool)}
	m.work.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s := &managerSession{conn: conn}
			m.mu.Lock()
			m.sessions[s] = true
			m.mu.Unlock()
			m.work.Go(func() { m.serve(s) })
		}
	})
	return m, nil
}

func (m *manager) address() string { return m.listener.Addr().String() }

func (m *manager) serve(s *managerSession) {
	defer func() {
		s.conn.Close()
		m.mu.Lock()
		delete(m.sessions, s)
		m.mu.Unlock()
	}()
	s.send("Asterisk Call Manager/11.0.0\r\n")
	in := bufio.NewReader(s.conn)
	for {
		a := action{}
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			line = strings.TrimRight(line, "\r\n")
			if line == "" {
				break
			}
			name, value, _ := strings.Cut(line, ":")
			a[name] = strings.TrimPrefix(value, " ")
		}
		if len(a) > 0 {
			m.answer(s, a)
		}
	}
}

// cut ends every session; close ends the listening too, and waits.
func (m *manager) cut() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for s := range m.sessions {
		s.conn.Close()
	}
}

func (m *manager) close() {
	m.listener.Close()
	m.cut()
	m.work.Wait()
}

// send writes text to the client; an error shows as the end of the session.
func (s *managerSession) send(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.conn.SetWriteDeadline(time.Now().Add(time.Minute))
	_, _ = s.conn.Write([]byte(text))
}

// success answers an action; the lines come between the headers that each answer has and its end.
func (s *managerSession) success(a action, lines ...string) {
	s.send(successOf(a, lines...))
}

func successOf(a action, lines ...string) string {
	text := "Response: Success\r\n"
	if id := a["ActionID"]; id != "" {
		text += "ActionID: " + id + "\r\n"
	}
	for _, l := range lines {
		text += l + "\r\n"
	}
	return text + "\r\n"
}

// admit answers what both clients ask until they are logged in.
func (s *managerSession) admit(a action) {
	if strings.EqualFold(a["Action"], "Challenge") {
		s.success(a, "Challenge: 123456789")
		return
	}
	s.success(a, "Message: Authentication accepted")
}
