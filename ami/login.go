package ami

import (
	"bufio"
	"bytes"
	"context"
	"crypto/md5" // the only digest that Asterisk's login knows
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// ErrRefused is a login that Asterisk answered with no. Trying again soon makes Asterisk, or fail2ban beside it, shut
// the guard's own address out.
var ErrRefused = errors.New("login refused")

const (
	bannerStart = "Asterisk Call Manager/"
	maxBanner   = 256
)

// transport is the connection of a session. It notes when the last bytes came in, so that a message's time is the time
// of the read that completed it.
type transport struct {
	net.Conn // TLS, or raw itself
	raw      net.Conn
	at       time.Time
}

func (t *transport) Read(b []byte) (int, error) {
	n, err := t.Conn.Read(b)
	t.at = time.Now()
	return n, err
}

// Close closes at once: the farewell of TLS would wait for a peer that may have stopped reading.
func (t *transport) Close() error { return t.raw.Close() }

// connect dials, does the TLS handshake and reads the banner.
func connect(ctx context.Context, cfg Config) (conn *transport, in *Reader, version string, err error) {
	raw, err := cfg.DialContext(ctx, "tcp", cfg.Addr)
	if err != nil {
		return nil, nil, "", fmt.Errorf("ami: %s: %w", cfg.where(), err)
	}
	conn = &transport{Conn: raw, raw: raw}
	defer func() {
		if err != nil {
			_ = raw.Close()
		}
	}()
	if cfg.TLS != nil {
		if conn.Conn, err = handshake(ctx, raw, cfg); err != nil {
			return nil, nil, "", err
		}
	}
	in = NewReader(conn, cfg.Limits)
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })
	version, err = readBanner(in.src, cfg)
	if !stop() && err == nil {
		err = fmt.Errorf("ami: %s: %w", cfg.where(), ctx.Err())
	}
	return conn, in, version, err
}

func handshake(ctx context.Context, raw net.Conn, cfg Config) (net.Conn, error) {
	settings := cfg.TLS.Clone()
	if settings.ServerName == "" {
		settings.ServerName, _, _ = net.SplitHostPort(cfg.Addr)
	}
	conn := tls.Client(raw, settings)
	err := conn.HandshakeContext(ctx)
	var plain tls.RecordHeaderError
	if errors.As(err, &plain) {
		return nil, fmt.Errorf("ami: %s answers without TLS: check `ami` and `ami_tls` of server %s", cfg.Addr, cfg.Server)
	}
	if err != nil {
		return nil, fmt.Errorf("ami: %s: TLS: %w", cfg.where(), err)
	}
	return conn, nil
}

// readBanner reads the line with which Asterisk opens and returns the version in it.
func readBanner(in *bufio.Reader, cfg Config) (string, error) {
	var got []byte
	var err error
	for len(got) < maxBanner && err == nil {
		var c byte
		if c, err = in.ReadByte(); err == nil {
			got = append(got, c)
		}
		if c == '\n' {
			break
		}
	}
	text := string(bytes.TrimRight(got, "\r\n"))
	version, ok := strings.CutPrefix(text, bannerStart)
	switch {
	case ok && got[len(got)-1] == '\n':
		return version, nil
	case err == nil || (text != "" && !ok && !strings.HasPrefix(bannerStart, text)):
		return "", fmt.Errorf("ami: %s is not an AMI port: it answered %q; check `ami` of server %s", cfg.Addr, text, cfg.Server)
	default:
		return "", fmt.Errorf("ami: %s did not say that it is an AMI port (%w); check `ami` of server %s", cfg.Addr, err, cfg.Server)
	}
}

// login proves the secret by its digest, so that it does not cross the network. Where the server knows no digest, the
// secret itself is sent only over TLS or within this machine.
func (s *Session) login(ctx context.Context) error {
	reply, err := s.Do(ctx, NewAction("Challenge").With("AuthType", "MD5"))
	a := NewAction("Login").With("Username", s.cfg.User)
	if words, no := refusedBy(err); no {
		if !s.private() {
			return s.errorf("the server does not offer MD5 login (it says %q), and the secret is not sent in clear over a network: use TLS", words)
		}
		a = a.With("Secret", s.cfg.Secret)
	} else if err != nil {
		return err
	} else {
		sum := md5.Sum([]byte(reply.Get("Challenge") + s.cfg.Secret))
		a = a.With("AuthType", "MD5").With("Key", hex.EncodeToString(sum[:]))
	}
	_, err = s.Do(ctx, a.With("Events", "on"))
	words, no := refusedBy(err)
	switch {
	case no && strings.EqualFold(words, "Login Already In Use"):
		return s.errorf("another session is logged in as %q, and manager.conf says allowmultiplelogin = no", s.cfg.User)
	case no:
		return s.errorf("%w for user %q (Asterisk says %q): check ami_user and ami_secret, and the secret, permit and deny lines of manager.conf",
			ErrRefused, s.cfg.User, words)
	}
	return err
}

// private tells that nobody can listen on the way.
func (s *Session) private() bool {
	if s.cfg.TLS != nil {
		return true
	}
	switch a := s.conn.RemoteAddr().(type) {
	case *net.TCPAddr:
		return a.IP.IsLoopback()
	case *net.UnixAddr:
		return true
	}
	return false
}
