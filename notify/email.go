package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/fraudguard/fraudguard/guard"
)

const (
	// mailGroup is the most incidents in one mail, of which shownInMail are described.
	mailGroup   = 500
	mailGather  = 5 * time.Second
	mailApart   = time.Minute
	mailTimeout = 2 * time.Minute // for a mail to all its recipients
)

// The ways in which the connection to a mail server is protected.
const (
	StartTLS = "starttls" // in clear until the server agrees, and never a mail before
	TLS      = "tls"      // from the first byte, usually on port 465
	NoTLS    = "none"
)

// EmailOptions are the settings under notify.email.
type EmailOptions struct {
	// Server is the mail server, as host:port.
	Server string
	// TLS is StartTLS, which "" means too, TLS, or NoTLS.
	TLS string
	// User and Password log in; both are empty where the server wants no login.
	User, Password string
	// From is the sender's address, To the recipients'.
	From string
	To   []string
	// Zone is where times are told; nil is UTC.
	Zone *time.Location
	// Gather is how long the first incident waits for others to share its mail; 0 means 5 s.
	Gather time.Duration
}

// Check says what is wrong with the settings and what to write instead.
func (o EmailOptions) Check() error {
	host, port, err := net.SplitHostPort(o.Server)
	if err != nil || host == "" {
		return fmt.Errorf(`notify.email.server is %.60q: write host and port, like "mail.example.com:587"`, o.Server)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf(`notify.email.server has the port %.20q: write a number from 1 to 65535, like "%.60s:587"`, port, host)
	}
	if !slices.Contains([]string{"", StartTLS, TLS, NoTLS}, o.TLS) {
		return fmt.Errorf(`notify.email.tls is %.20q: write "starttls", "tls" or "none"`, o.TLS)
	}
	if (o.User == "") != (o.Password == "") {
		return errors.New("notify.email.user and notify.email.password go together: write both, or neither")
	}
	if o.TLS == NoTLS && o.Password != "" && !loopback(host) {
		return errors.New(`notify.email.password would go over the network in clear text: write notify.email.tls = "starttls" or "tls"`)
	}
	if _, err := netmail.ParseAddress(o.From); err != nil {
		return fmt.Errorf(`notify.email.from is %.60q: write an address, like "fraudguard@example.com"`, o.From)
	}
	if len(o.To) == 0 {
		return errors.New(`notify.email.to is missing: write who gets the mails, like ["noc@example.com"]`)
	}
	for _, to := range o.To {
		if _, err := netmail.ParseAddress(to); err != nil {
			return fmt.Errorf(`notify.email.to has %.60q: write an address, like "noc@example.com"`, to)
		}
	}
	if o.Gather < 0 {
		return errors.New("notify.email.gather is negative: write a duration, like \"5s\"")
	}
	return nil
}

// Email tells incidents by mail: one for each group, in plain text, to each recipient on their own,
// so that one dead mailbox keeps nobody else from being told.
type Email struct {
	options EmailOptions
	host    string
	tls     *tls.Config
	sender  *mail.Client
	timeout time.Duration
	// reached are the recipients that already have an incident which others still lack. It is
	// forgotten with the process: then those get it twice.
	reached map[string][]string
}

// NewEmail makes the channel, or says what is wrong with its options.
func NewEmail(o EmailOptions) (*Email, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	if o.TLS == "" {
		o.TLS = StartTLS
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Gather == 0 {
		o.Gather = mailGather
	}
	o.To = slices.Clone(o.To)
	host, _, _ := net.SplitHostPort(o.Server) // Check has seen to it.
	sender, err := mail.NewClient(host, mail.WithTimeout(mailTimeout), mail.WithoutNoop())
	if err != nil {
		return nil, fmt.Errorf("notify.email.server: %w", err)
	}
	return &Email{
		options: o, host: host, sender: sender, timeout: mailTimeout,
		tls:     &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12},
		reached: make(map[string][]string),
	}, nil
}

// Name is "email".
func (*Email) Name() string { return "email" }

// Pace is a mail a minute at most, shared by what happens in that time.
func (e *Email) Pace() Pace {
	return Pace{Group: mailGroup, Gather: e.options.Gather, Apart: mailApart}
}

// Send mails a group to every recipient who does not have it yet. Where a recipient is refused for
// good and others have the mail, the Failure is Taken.
func (e *Email) Send(ctx context.Context, group []guard.Incident) error {
	bounded, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	s, err := e.open(bounded)
	if err != nil {
		return e.failure(bounded, "cannot be used", err)
	}
	defer s.close()

	var later, never []error
	for _, to := range e.options.To {
		missing := e.missing(to, group)
		if len(missing) == 0 {
			continue
		}
		err := e.deliver(s, to, missing)
		if err == nil {
			e.note(to, missing)
			continue
		}
		failure := e.failure(bounded, "does not take the mail to "+clean(to, nameLimit), err)
		if failure.Lasting {
			never = append(never, failure)
		} else {
			later = append(later, failure)
		}
	}
	if len(later) > 0 {
		return &Failure{Err: errors.Join(slices.Concat(later, never)...)}
	}
	if len(never) > 0 && len(never) == len(e.options.To) {
		return &Failure{Err: errors.Join(never...), Lasting: true}
	}
	for _, i := range group {
		delete(e.reached, i.ID)
	}
	if len(never) > 0 {
		return &Failure{Err: errors.Join(never...), Taken: true}
	}
	return nil
}

// missing gives the incidents of the group that a recipient does not have.
func (e *Email) missing(to string, group []guard.Incident) []guard.Incident {
	var missing []guard.Incident
	for _, i := range group {
		if !slices.Contains(e.reached[i.ID], to) {
			missing = append(missing, i)
		}
	}
	return missing
}

// note remembers that a recipient has the incidents.
func (e *Email) note(to string, incidents []guard.Incident) {
	for _, i := range incidents {
		e.reached[i.ID] = append(e.reached[i.ID], to)
	}
}

// deliver hands the mail server one mail.
func (e *Email) deliver(s *session, to string, group []guard.Incident) error {
	text := write(group, e.options.Zone)
	message := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := message.From(e.options.From); err != nil {
		return fmt.Errorf("notify.email.from: %w", err)
	}
	if err := message.To(to); err != nil {
		return fmt.Errorf("notify.email.to: %w", err)
	}
	message.Subject(text.subject)
	message.SetDateWithValue(time.Now().In(e.options.Zone))
	message.SetMessageID()
	message.SetGenHeader("Auto-Submitted", "auto-generated") // No out-of-office replies, please.
	if text.urgent {
		message.SetImportance(mail.ImportanceHigh)
	}
	message.SetBodyString(mail.TypeTextPlain, text.body)
	err := e.sender.SendWithSMTPClient(s.client, message)
	if message.IsDelivered() {
		return nil // What failed after the server took the mail changes nothing.
	}
	return err
}

// failure tells what a mail server or the way to it did wrong, without the password.
func (e *Email) failure(ctx context.Context, what string, err error) *Failure {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("not done within %s", e.timeout)
	}
	said := clean(redact(strings.ToValidUTF8(err.Error(), "?"), e.options.Password), valueLimit)
	return &Failure{
		Err:     fmt.Errorf("mail server %s %s: %s", e.options.Server, what, said),
		Lasting: replyCode(err)/100 == 5 || untrusted(err) || errors.Is(err, errUnfit),
	}
}
