// Package notifytest is a mail server for tests. It speaks strict SMTP (RFC 5321, STARTTLS, AUTH
// PLAIN and LOGIN) on 127.0.0.1, keeps what it is given, notes whatever breaks the rules, and
// misbehaves on demand: it refuses, stalls, or hangs up, also in the middle of a mail.
package notifytest

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
)

// The ways to protect the connection.
const (
	StartTLS = "starttls"
	TLS      = "tls"
	NoTLS    = "none"
)

// Replies that are none.
const (
	// Stall leaves the client without an answer until the server is closed.
	Stall = "stall"
	// Drop closes the connection. DropTaken, at END, does so after the mail was kept.
	Drop      = "drop"
	DropTaken = "drop, taken"
)

// Options say how the server behaves.
type Options struct {
	// TLS is StartTLS, TLS or NoTLS.
	TLS string
	// User and Password have to log in; "" wants no login.
	User, Password string
	// Login are the mechanisms on offer; "" is "PLAIN LOGIN".
	Login string
	// Reply can answer in the place of the server: with a reply line ("450 4.2.1 later"), with Stall
	// or Drop, or with "" to obey as usual. The verb is CONNECT, a command's verb, MIDDLE
	// (the first line of a mail has come) or END (its last one has). It is called by one goroutine
	// for each connection.
	Reply func(verb, argument string) string
}

// Mail is a mail that the server took.
type Mail struct {
	From string
	To   []string
	// Data is the mail as sent, with CRLF, without dots stuffed.
	Data []byte
	// Secure is set where it came by TLS, User where somebody had logged in.
	Secure bool
	User   string
}

// Server is a running mail server.
type Server struct {
	// Addr is its host:port, Roots what a client has to trust.
	Addr  string
	Roots *x509.CertPool

	options  Options
	tls      *tls.Config
	listener net.Listener
	running  sync.WaitGroup
	stopped  chan struct{}

	mu       sync.Mutex
	mails    []Mail
	faults   []string
	sessions int
	open     map[net.Conn]struct{}
}

// Start starts a server that ends with the test, which fails if the client broke the rules.
func Start(t testing.TB, options Options) *Server {
	t.Helper()
	certificate, roots, err := newCertificate()
	if err != nil {
		t.Fatalf("certificate: %v", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("mail server: %v", err)
	}
	s := &Server{
		Addr: listener.Addr().String(), Roots: roots, options: options, listener: listener,
		tls:     &tls.Config{Certificates: []tls.Certificate{certificate}},
		stopped: make(chan struct{}), open: make(map[net.Conn]struct{}),
	}
	s.running.Go(s.accept)
	t.Cleanup(func() {
		s.close()
		for _, fault := range s.faults {
			t.Errorf("mail client: %s", fault)
		}
	})
	return s
}

// Mails gives the mails taken so far, in order.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// Sessions is how many connections were made so far.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions
}

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.sessions++
		s.open[conn] = struct{}{}
		s.mu.Unlock()
		s.running.Go(func() {
			defer func() {
				conn.Close()
				s.mu.Lock()
				delete(s.open, conn)
				s.mu.Unlock()
			}()
			s.serve(conn)
		})
	}
}

func (s *Server) close() {
	s.listener.Close()
	close(s.stopped)
	s.mu.Lock()
	for conn := range s.open {
		conn.Close()
	}
	s.mu.Unlock()
	s.running.Wait()
}

func (s *Server) fault(format string, a ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, fmt.Sprintf(format, a...))
}

func (s *Server) keep(m Mail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails = append(s.mails, m)
}
