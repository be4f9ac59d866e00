package sip

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/icholy/digest"
)

// PhoneOptions describe a phone.
type PhoneOptions struct {
	User      string
	Password  string // a wrong one is a way to test too
	Registrar string // Asterisk's SIP address, 127.0.0.1:port

	// Claims is who the From header says that this is; empty for the user. Headers, "Name: value", go
	// with each call that it places.
	Claims  string
	Headers []string

	Addr      string // where it listens; empty for any port of 127.0.0.1
	UserAgent string // empty for "fraudguard-test"
	Incoming  Behaviour
}

// A Phone is one SIP user on a socket of its own.
type Phone struct {
	options  PhoneOptions
	agent    *agent
	incoming chan *Call

	mu       sync.Mutex
	sequence uint32 // CSeq of registrations
	callID   string // the same for all of them
}

// incomingRoom is how many received calls wait for a reader of [Phone.Incoming].
const incomingRoom = 64

// NewPhone opens the socket. The caller must end with [Phone.Close] or [Phone.Vanish].
func NewPhone(options PhoneOptions) (*Phone, error) {
	if strings.ContainsAny(options.User, " @<>;\r\n") || options.User == "" {
		return nil, fmt.Errorf("a phone's user %q: use a plain SIP user such as 101", options.User)
	}
	if options.Addr == "" {
		options.Addr = "127.0.0.1:0"
	}
	if options.UserAgent == "" {
		options.UserAgent = "fraudguard-test"
	}
	p := &Phone{options: options, incoming: make(chan *Call, incomingRoom), callID: random()}
	a, err := newAgent(options.Addr, options.User, options.UserAgent, p.behave)
	if err != nil {
		return nil, err
	}
	p.agent = a
	return p, nil
}

func (p *Phone) behave(c *Call) Behaviour {
	select {
	case p.incoming <- c:
	default:
	}
	return p.options.Incoming
}

// Incoming gives the calls that this phone received. They are served by
// [PhoneOptions.Incoming] whether somebody reads here or not.
func (p *Phone) Incoming() <-chan *Call { return p.incoming }

// Addr is the phone's own address, ip:port.
func (p *Phone) Addr() string { return p.agent.socket.local }

// Close hangs up what is still up and closes the socket. A server that does
// not answer is waited for briefly only.
func (p *Phone) Close() {
	p.agent.hangupAll()
	p.agent.close()
}

// Vanish closes the socket without a word to anybody, as a phone does whose
// plug is pulled. Asterisk believes its calls to be up.
func (p *Phone) Vanish() { p.agent.close() }

// authorize computes the value of an Authorization header.
func (p *Phone) authorize(challenge, method, uri string) (string, error) {
	parsed, err := digest.ParseChallenge(challenge)
	if err != nil {
		return "", fmt.Errorf("the server's challenge: %w", err)
	}
	credentials, err := digest.Digest(parsed, digest.Options{
		Method: method, URI: uri, Username: p.options.User, Password: p.options.Password, Count: 1,
	})
	if err != nil {
		return "", fmt.Errorf("the server's challenge: %w", err)
	}
	return credentials.String(), nil
}

// Refusal is a final response that says no.
type Refusal struct {
	Method string
	Code   int
	Reason string
}

func (r *Refusal) Error() string { return fmt.Sprintf("%s refused: %d %s", r.Method, r.Code, r.Reason) }

// Register registers the phone for an hour. A [*Refusal] tells that the server said no.
func (p *Phone) Register(ctx context.Context) error { return p.register(ctx, 3600) }

// Unregister takes the registration back.
func (p *Phone) Unregister(ctx context.Context) error { return p.register(ctx, 0) }

func (p *Phone) register(ctx context.Context, seconds int) error {
	registrar := "sip:" + p.options.Registrar
	self := fmt.Sprintf("<sip:%s@%s>", p.options.User, p.options.Registrar)
	var credentials []string
	for range 2 {
		p.mu.Lock()
		p.sequence++
		sequence := p.sequence
		p.mu.Unlock()
		m, err := p.agent.socket.ask(ctx, request{
			method: "REGISTER", target: registrar, from: self + ";tag=" + random(), to: self,
			callID: p.callID, seq: sequence, branch: newBranch(),
			headers: append([]string{p.agent.contact(), fmt.Sprintf("Expires: %d", seconds)}, credentials...),
		}, p.options.Registrar, nil)
		if err != nil {
			return err
		}
		if m.status < 300 {
			return nil
		}
		if m.status != 401 || len(credentials) > 0 {
			return &Refusal{Method: "REGISTER", Code: m.status, Reason: m.reason}
		}
		header, err := p.authorize(m.challenge, "REGISTER", registrar)
		if err != nil {
			return err
		}
		credentials = []string{"Authorization: " + header}
	}
	return nil
}

// Dial calls a number and returns at once; [Call.States] and the Wait methods
// tell what becomes of it. If the context ends before the answer, the call is
// cancelled; later it has no effect.
func (p *Phone) Dial(ctx context.Context, number string) (*Call, error) {
	if strings.ContainsAny(number, " @<>;\r\n") || number == "" {
		return nil, fmt.Errorf("a number %q cannot stand in a SIP URI", number)
	}
	c := newCall(p.agent, number, random())
	c.headers = p.options.Headers
	if err := p.agent.place(ctx, c, p.options.Registrar, cmp.Or(p.options.Claims, p.options.User), p.authorize); err != nil {
		return nil, err
	}
	return c, nil
}
