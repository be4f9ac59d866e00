package amitest

import (
	"bufio"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
)

// session is one connection. Its fields belong to the lock of its server.
type session struct {
	server    *Server
	conn      net.Conn
	out       []byte
	writing   bool
	wake      chan struct{}
	gone      chan struct{}
	isGone    bool
	leaving   bool // close when everything has been sent
	loggedIn  bool
	challenge string
	ids       map[string]bool
	filters   []*regexp.Regexp
}

func (s *Server) open(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		_ = conn.Close()
		return
	}
	c := &session{server: s, conn: conn, wake: make(chan struct{}, 1), gone: make(chan struct{}), ids: map[string]bool{}}
	s.sessions = append(s.sessions, c)
	c.send(s.Banner + "\r\n")
	s.work.Go(c.writeLoop)
	s.work.Go(c.readLoop)
}

func (c *session) cut() {
	if !c.isGone {
		c.isGone = true
		close(c.gone)
		_ = c.conn.Close()
	}
}

// send queues text; a silent server forgets it.
func (c *session) send(text string) {
	if c.server.silent {
		return
	}
	c.out = append(c.out, text...)
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *session) writeLoop() {
	s := c.server
	for {
		select {
		case <-c.wake:
		case <-c.gone:
			return
		}
		s.mu.Lock()
		out, segment := c.out, s.Segment
		c.out, c.writing = nil, true
		s.mu.Unlock()
		if segment == 0 {
			segment = max(len(out), 1)
		}
		for piece := range slices.Chunk(out, segment) {
			if _, err := c.conn.Write(piece); err != nil {
				break
			}
		}
		s.mu.Lock()
		c.writing = false
		if c.leaving && len(c.out) == 0 {
			c.cut()
		}
		s.notify()
		s.mu.Unlock()
	}
}

func (c *session) readLoop() {
	s := c.server
	in := bufio.NewReader(c.conn)
	for {
		a, err := readAction(in)
		s.mu.Lock()
		if err != nil {
			if _, wrong := err.(shapeError); wrong {
				s.t.Errorf("amitest: %v", err)
			}
			c.cut()
			s.sessions = slices.DeleteFunc(s.sessions, func(other *session) bool { return other == c })
			s.notify()
			s.mu.Unlock()
			return
		}
		s.log = append(s.log, a)
		handler := c.answer(a)
		s.notify()
		s.mu.Unlock()
		if handler != nil {
			handler(a, func(raw string) { s.set(func() { c.send(raw) }) })
		}
	}
}

// Action is one action as received, its headers in order.
type Action struct {
	Name    string
	ID      string
	Headers [][2]string
}

// Get is the value of a header.
func (a Action) Get(name string) string {
	for _, h := range a.Headers {
		if h[0] == name {
			return h[1]
		}
	}
	return ""
}

type shapeError string

func (e shapeError) Error() string { return string(e) }

// readAction reads one action and checks everything that does not depend on which one it is.
func readAction(in *bufio.Reader) (Action, error) {
	var a Action
	for n := 0; ; n++ {
		text, err := in.ReadString('\n')
		if err != nil {
			return a, err
		}
		body, ok := strings.CutSuffix(text, "\r\n")
		if !ok || strings.ContainsAny(body, "\r\x00") || len(body) > 1022 {
			return a, shapeError(fmt.Sprintf("bad line %q", text))
		}
		if body == "" && n >= 2 {
			return a, nil
		}
		name, value, ok := strings.Cut(body, ": ")
		switch {
		case !ok || name == "" || strings.ContainsAny(name, " \t:"):
			return a, shapeError(fmt.Sprintf("bad header %q", body))
		case n == 0 && name == "Action" && value != "":
			a.Name = value
		case n == 1 && name == "ActionID" && value != "":
			a.ID = value
		case n < 2 || name == "Action" || name == "ActionID":
			return a, shapeError(fmt.Sprintf("line %d is %q: the first two must be Action and ActionID, and no other", n+1, body))
		default:
			a.Headers = append(a.Headers, [2]string{name, value})
		}
	}
}

// wants tells whether the session gets the event, by its class and filters.
func (c *session) wants(text string, headers []string) bool {
	if !c.loggedIn {
		return false
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Privilege" && !c.reads(headers[i+1]) {
			return false
		}
	}
	return len(c.filters) == 0 || slices.ContainsFunc(c.filters, func(re *regexp.Regexp) bool { return re.MatchString(text) })
}

func (c *session) reads(privilege string) bool {
	return slices.ContainsFunc(strings.Split(privilege, ","), func(class string) bool {
		return slices.Contains(c.server.Read, class)
	})
}
