package notifytest

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"net"
	"regexp"
	"strings"
)

// The longest lines that RFC 5321 allows, with their CRLF.
const (
	commandLine = 512
	loginLine   = 12288 // RFC 4954
	textLine    = 1000
)

var (
	errGone    = errors.New("the session is over")
	errRefused = errors.New("refused by the test")

	path  = `<([^<>\s\x00-\x1f]*)>`
	fromC = regexp.MustCompile(`(?i)^FROM:` + path + `((?: [A-Z0-9=-]+)*)$`)
	toC   = regexp.MustCompile(`(?i)^TO:` + path + `$`)
)

// session is one client's connection.
type session struct {
	server  *Server
	conn    net.Conn
	reader  *bufio.Reader
	secure  bool
	greeted bool
	user    string
	from    string
	begun   bool // MAIL was taken
	to      []string
}

func (s *Server) serve(conn net.Conn) {
	c := &session{server: s, conn: conn}
	if s.options.TLS == TLS {
		c.secured()
	}
	c.reader = bufio.NewReader(c.conn)
	if c.answer("CONNECT", "", "220 test.example ESMTP") != nil {
		return
	}
	for {
		line, err := c.line(loginLine)
		if err != nil {
			return
		}
		verb, argument, _ := strings.Cut(line, " ")
		verb = strings.ToUpper(verb)
		if len(line)+2 > commandLine && verb != "AUTH" {
			s.fault("command of %d bytes", len(line)+2)
		}
		if c.command(verb, argument) != nil {
			return
		}
	}
}

func (c *session) secured() {
	c.conn = tls.Server(c.conn, c.server.tls)
	c.secure = true
}

// line reads one line, which has to end in CRLF and to keep within limit.
func (c *session) line(limit int) (string, error) {
	line, err := c.reader.ReadString('\n')
	if err != nil {
		return "", err
	}
	if !strings.HasSuffix(line, "\r\n") {
		c.server.fault("line without CRLF: %q", line)
	}
	line = strings.TrimRight(line, "\r\n")
	if strings.ContainsAny(line, "\r\x00") {
		c.server.fault("control characters in %q", line)
	}
	if len(line)+2 > limit {
		c.server.fault("line of %d bytes", len(line)+2)
	}
	return line, nil
}

// answer replies as the test wants, or else as usual. It returns errRefused where the test refuses.
func (c *session) answer(verb, argument, usual string) error {
	if hook := c.server.options.Reply; hook != nil {
		if reply := hook(verb, argument); reply != "" {
			return cmp.Or(c.say(reply), errRefused)
		}
	}
	return c.say(usual)
}

// say sends a reply, or does what stands for one.
func (c *session) say(reply string) error {
	switch reply {
	case Stall:
		<-c.server.stopped
		return errGone
	case Drop, DropTaken:
		return errGone
	case "":
		return nil
	}
	_, err := c.conn.Write([]byte(strings.ReplaceAll(reply, "\n", "\r\n") + "\r\n"))
	return err
}

// command obeys one command. An error ends the session.
func (c *session) command(verb, argument string) error {
	err := c.obey(verb, argument)
	if errors.Is(err, errRefused) {
		return nil
	}
	return err
}

func (c *session) obey(verb, argument string) error {
	switch verb {
	case "EHLO":
		c.greeted, c.begun = true, false
		return c.answer(verb, argument, c.extensions())
	case "HELO":
		c.greeted, c.begun = true, false
		return c.answer(verb, argument, "250 test.example")
	case "*": // A login is called off, which a client may do late.
		return c.answer(verb, argument, "501 5.5.4 called off")
	case "STARTTLS":
		return c.startTLS()
	case "AUTH":
		return c.logIn(argument)
	case "MAIL":
		return c.mail(argument)
	case "RCPT":
		return c.recipient(argument)
	case "DATA":
		return c.data()
	case "RSET":
		c.begun, c.to = false, nil
		return c.answer(verb, argument, "250 2.0.0 reset")
	case "NOOP":
		return c.answer(verb, argument, "250 2.0.0 nothing")
	case "QUIT":
		_ = c.answer(verb, argument, "221 2.0.0 bye")
		return errGone
	}
	c.server.fault("unknown command %q", verb)
	return c.answer(verb, argument, "500 5.5.1 unknown command")
}

func (c *session) extensions() string {
	lines := []string{"250-test.example", "250-ENHANCEDSTATUSCODES"}
	if c.server.options.TLS == StartTLS && !c.secure {
		lines = append(lines, "250-STARTTLS")
	} else if c.server.options.User != "" {
		offered := c.server.options.Login
		if offered == "" {
			offered = "PLAIN LOGIN"
		}
		lines = append(lines, "250-AUTH "+offered)
	}
	return strings.Join(append(lines, "250 SIZE 10485760"), "\n")
}

func (c *session) startTLS() error {
	if c.secure || c.server.options.TLS != StartTLS {
		c.server.fault("STARTTLS was not on offer")
		return c.answer("STARTTLS", "", "503 5.5.1 not now")
	}
	if err := c.answer("STARTTLS", "", "220 2.0.0 go on"); err != nil {
		return err
	}
	if c.reader.Buffered() > 0 {
		c.server.fault("commands sent in clear after STARTTLS")
	}
	c.secured()
	c.reader = bufio.NewReader(c.conn)
	c.greeted = false // RFC 3207: all that was said before is void.
	return nil
}

func (c *session) logIn(argument string) error {
	if !c.secure && c.server.options.TLS != NoTLS {
		c.server.fault("password in clear text")
	}
	mechanism, initial, _ := strings.Cut(argument, " ")
	var user, password string
	switch mechanism {
	case "PLAIN":
		parts := strings.Split(decode(initial), "\x00")
		if len(parts) == 3 {
			user, password = parts[1], parts[2]
		}
	case "LOGIN":
		for _, ask := range []struct {
			prompt string
			into   *string
		}{{"Username:", &user}, {"Password:", &password}} {
			if err := c.answer("AUTH", ask.prompt, "334 "+base64.StdEncoding.EncodeToString([]byte(ask.prompt))); err != nil {
				return err
			}
			line, err := c.line(loginLine)
			if err != nil {
				return err
			}
			*ask.into = decode(line)
		}
	}
	if user != c.server.options.User || password != c.server.options.Password {
		return c.answer("AUTH", "", "535 5.7.8 no such user or password: "+user+" "+password)
	}
	if err := c.answer("AUTH", "", "235 2.7.0 welcome"); err != nil {
		return err
	}
	c.user = user
	return nil
}

func decode(s string) string {
	text, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return ""
	}
	return string(text)
}

func (c *session) mail(argument string) error {
	path := fromC.FindStringSubmatch(argument)
	switch {
	case !c.greeted || c.begun:
		c.server.fault("MAIL out of order")
		return c.answer("MAIL", argument, "503 5.5.1 not now")
	case path == nil:
		c.server.fault("MAIL %q", argument)
		return c.answer("MAIL", argument, "501 5.5.4 not a path")
	case c.server.options.TLS != NoTLS && !c.secure:
		c.server.fault("a mail in clear text")
		return c.answer("MAIL", argument, "530 5.7.0 STARTTLS first")
	case c.server.options.User != "" && c.user == "":
		return c.answer("MAIL", argument, "530 5.7.0 log in first")
	}
	if err := c.answer("MAIL", path[1], "250 2.1.0 fine"); err != nil {
		return err
	}
	c.from, c.begun, c.to = path[1], true, nil
	return nil
}

func (c *session) recipient(argument string) error {
	path := toC.FindStringSubmatch(argument)
	switch {
	case !c.begun:
		c.server.fault("RCPT out of order")
		return c.answer("RCPT", argument, "503 5.5.1 not now")
	case path == nil || path[1] == "":
		c.server.fault("RCPT %q", argument)
		return c.answer("RCPT", argument, "501 5.5.4 not a path")
	}
	if err := c.answer("RCPT", path[1], "250 2.1.5 fine"); err != nil {
		return err
	}
	c.to = append(c.to, path[1])
	return nil
}

func (c *session) data() error {
	if len(c.to) == 0 {
		c.server.fault("DATA out of order")
		return c.answer("DATA", "", "503 5.5.1 not now")
	}
	if err := c.answer("DATA", "", "354 go on"); err != nil {
		return err
	}
	var text bytes.Buffer
	for first := true; ; first = false {
		line, err := c.line(textLine)
		if err != nil {
			return err
		}
		if first {
			if err := c.answer("MIDDLE", "", ""); err != nil {
				return err
			}
		}
		if line == "." {
			break
		}
		text.WriteString(strings.TrimPrefix(line, ".") + "\r\n")
	}
	m := Mail{From: c.from, To: c.to, Data: text.Bytes(), Secure: c.secure, User: c.user}
	c.from, c.begun, c.to = "", false, nil
	reply := "250 2.0.0 taken"
	if hook := c.server.options.Reply; hook != nil {
		if r := hook("END", ""); r != "" {
			reply = r
		}
	}
	if reply[0] == '2' || reply == DropTaken {
		c.server.keep(m)
	}
	return c.say(reply)
}
