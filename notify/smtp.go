package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

const (
	// sessionRead bounds what a mail server may say in one session, in bytes.
	sessionRead = 1 << 20
	quitTimeout = 2 * time.Second
)

// errUnfit marks a mail server that lacks what the settings ask for.
var errUnfit = errors.New("check notify.email")

// session is a mail server that is ready to take mails. It ends with its context: a server that
// stalls, at whatever step, holds up nothing.
type session struct {
	client *smtp.Client
	end    func()
}

// boundedConn is a connection that fails when the other side has said too much.
type boundedConn struct {
	net.Conn
	left int
}

func (c *boundedConn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, fmt.Errorf("the server said more than %d bytes", sessionRead)
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

// open connects, protects the connection, and logs in, as the options say.
func (e *Email) open(ctx context.Context) (*session, error) {
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", e.options.Server)
	if err != nil {
		return nil, err
	}
	release := context.AfterFunc(ctx, func() { raw.Close() })
	s := &session{end: func() { release(); raw.Close() }}
	if err := e.greet(ctx, s, &boundedConn{Conn: raw, left: sessionRead}); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

func (e *Email) greet(ctx context.Context, s *session, conn net.Conn) error {
	if e.options.TLS == TLS {
		protected := tls.Client(conn, e.tls)
		if err := protected.HandshakeContext(ctx); err != nil {
			return err
		}
		conn = protected
	}
	client, err := smtp.NewClient(conn, e.host)
	if err != nil {
		return err
	}
	s.client = client
	if err := client.Hello(helloName()); err != nil {
		return err
	}
	if e.options.TLS == StartTLS {
		if offered, _ := client.Extension("STARTTLS"); !offered {
			return fmt.Errorf(`it offers no STARTTLS (%w.tls: "tls" for port 465, "none" only for a server that you trust the way to)`, errUnfit)
		}
		if err := client.StartTLS(e.tls); err != nil {
			return err
		}
	}
	if e.options.User == "" {
		return nil
	}
	return e.logIn(client)
}

// logIn uses PLAIN or LOGIN, which every mail server has one of, and which are as safe as the
// connection: Check lets a password go in clear to this machine only.
func (e *Email) logIn(client *smtp.Client) error {
	clear := e.options.TLS == NoTLS
	_, offered := client.Extension("AUTH")
	for _, mechanism := range strings.Fields(strings.ToUpper(offered)) {
		switch mechanism {
		case "PLAIN":
			return client.Auth(smtp.PlainAuth("", e.options.User, e.options.Password, e.host, clear))
		case "LOGIN":
			return client.Auth(smtp.LoginAuth(e.options.User, e.options.Password, e.host, clear))
		}
	}
	return fmt.Errorf("it offers no login by PLAIN or LOGIN (%w.user)", errUnfit)
}

// close takes leave if the server still listens.
func (s *session) close() {
	if err := s.client.UpdateDeadline(quitTimeout); err == nil {
		_ = s.client.Quit() // All mails are taken or refused by now.
	}
	s.end()
}

// helloName is the name this machine gives itself.
func helloName() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "localhost"
	}
	return name
}

// replyCode is the code with which a mail server refused, and 0 where it was not the server that
// ended it.
func replyCode(err error) int {
	var refused *mail.SendError
	if errors.As(err, &refused) {
		return refused.ErrorCode()
	}
	var reply *textproto.Error
	if errors.As(err, &reply) {
		return reply.Code
	}
	return 0
}
