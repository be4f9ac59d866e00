package notify

import (
	"bytes"
	"context"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/http"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/notify/notifytest"
)

const (
	testUser     = "guard@example.com"
	testPassword = "hunter2-and-more"
)

// newTestEmail starts a mail server and makes the channel for it.
func newTestEmail(t *testing.T, server notifytest.Options, change func(*EmailOptions)) (*Email, *notifytest.Server) {
	t.Helper()
	if server.TLS == "" {
		server.TLS = notifytest.StartTLS
	}
	s := notifytest.Start(t, server)
	o := EmailOptions{Server: s.Addr, TLS: server.TLS, User: server.User, Password: server.Password,
		From: "Fraudguard <guard@example.com>", To: []string{"noc@example.com"}, Zone: rome}
	if change != nil {
		change(&o)
	}
	e, err := NewEmail(o)
	if err != nil {
		t.Fatal(err)
	}
	e.tls.RootCAs = s.Roots
	return e, s
}

// parsed gives a mail's header and its decoded text.
func parsed(t *testing.T, m notifytest.Mail) (mail.Header, string) {
	t.Helper()
	message, err := mail.ReadMessage(bytes.NewReader(m.Data))
	if err != nil {
		t.Fatalf("%v in mail:\n%s", err, m.Data)
	}
	kind, parameters, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil || kind != "text/plain" || !strings.EqualFold(parameters["charset"], "utf-8") ||
		message.Header.Get("Content-Transfer-Encoding") != "quoted-printable" {
		t.Fatalf("header %v: %v", message.Header, err)
	}
	text, err := io.ReadAll(quotedprintable.NewReader(message.Body))
	if err != nil {
		t.Fatal(err)
	}
	return message.Header, strings.ReplaceAll(string(text), "\r\n", "\n")
}

func subject(t *testing.T, h mail.Header) string {
	t.Helper()
	s, err := new(mime.WordDecoder).DecodeHeader(h.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEmailArrives(t *testing.T) {
	for _, c := range []struct {
		name   string
		server notifytest.Options
	}{
		{"starttls and login", notifytest.Options{TLS: notifytest.StartTLS, User: testUser, Password: testPassword}},
		{"tls and old login", notifytest.Options{TLS: notifytest.TLS, User: testUser, Password: testPassword, Login: "NTLM LOGIN"}},
		{"tls", notifytest.Options{TLS: notifytest.TLS}},
		{"none", notifytest.Options{TLS: notifytest.NoTLS}},
		{"none, login on this machine", notifytest.Options{TLS: notifytest.NoTLS, User: testUser, Password: testPassword}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, s := newTestEmail(t, c.server, nil)
			i := anIncident(1, time.Now())
			i.Account.Tenant, i.Urgent = "Zoë", true
			if err := e.Send(t.Context(), []guard.Incident{i}); err != nil {
				t.Fatal(err)
			}
			mails := s.Mails()
			if len(mails) != 1 {
				t.Fatalf("%d mails, want 1", len(mails))
			}
			m := mails[0]
			if m.From != "guard@example.com" || len(m.To) != 1 || m.To[0] != "noc@example.com" || m.User != c.server.User || m.Secure != (c.server.TLS != "none") {
				t.Errorf("envelope %+v", m)
			}
			h, text := parsed(t, m)
			if got, want := subject(t, h), "[fraudguard] URGENT Zoë/101: abuse.repeated_number"; got != want {
				t.Errorf("subject %q, want %q", got, want)
			}
			if want := write([]guard.Incident{i}, rome).body; text != want {
				t.Errorf("text\n%s\nwant\n%s", text, want)
			}
			if date, err := h.Date(); err != nil || time.Since(date) > time.Minute {
				t.Errorf("date %s: %v", date, err)
			}
			for name, want := range map[string]string{"To": "<noc@example.com>", "Auto-Submitted": "auto-generated", "Importance": "high"} {
				if got := h.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			if h.Get("Message-ID") == "" || h.Get("User-Agent") != "" || h.Get("X-Mailer") != "" {
				t.Errorf("header %v", h)
			}
		})
	}
}

func TestEmailHostileTexts(t *testing.T) {
	e, s := newTestEmail(t, notifytest.Options{}, nil)
	if err := e.Send(t.Context(), []guard.Incident{hostile()}); err != nil {
		t.Fatal(err)
	}
	mails := s.Mails()
	if len(mails) != 1 || len(mails[0].To) != 1 {
		t.Fatalf("%d mails: %+v", len(mails), mails)
	}
	h, text := parsed(t, mails[0])
	for name := range h {
		switch name {
		case "Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To":
		default:
			t.Errorf("header %s: %q", name, h[name])
		}
	}
	if got := subject(t, h); clean(got, subjectLimit) != got {
		t.Errorf("subject %q", got)
	}
	if want := write([]guard.Incident{hostile()}, rome).body; text != want {
		t.Errorf("text\n%s\nwant\n%s", text, want)
	}
}

// refuse gives a server's Reply that answers one verb in its own way.
func refuse(verb, reply string) func(string, string) string {
	return func(v, _ string) string {
		if v == verb {
			return reply
		}
		return ""
	}
}

func TestEmailRefused(t *testing.T) {
	for _, c := range []struct {
		verb, reply string
		lasting     bool
		want        string // in the error
	}{
		{"CONNECT", "421 4.3.2 too busy", false, "too busy"},
		{"CONNECT", "554 5.7.1 go away", true, "go away"},
		{"CONNECT", notifytest.Drop, false, "EOF"},
		{"CONNECT", strings.Repeat("220-and so on\n", 100_000) + "220 x", false, "said more than"},
		{"CONNECT", "what?", false, "what?"},
		{"EHLO", "550 5.7.1 who?", true, "offers no STARTTLS"},
		{"EHLO", "250 plain.example", true, "offers no STARTTLS"},
		{"STARTTLS", "454 4.7.0 later", false, "later"},
		{"AUTH", "535 5.7.8 wrong: " + testUser + " " + testPassword, true, "wrong"},
		{"AUTH", "454 4.7.0 directory away", false, "directory away"},
		{"MAIL", "451 4.3.0 \x1b[31mdisk\u202e full", false, "disk"},
		{"MAIL", "550 5.1.8 " + strings.Repeat("bad sender ", 1000), true, "bad sender"},
		{"RCPT", "450 4.2.0 greylisted", false, "greylisted"},
		{"RCPT", "550 5.1.1 no such user", true, "no such user"},
		{"DATA", "451 4.3.0 later", false, "later"},
		{"MIDDLE", notifytest.Drop, false, "mail server"},
		{"END", "552 5.3.4 too big", true, "too big"},
		{"END", "451 4.3.0 scanner away", false, "scanner away"},
		{"END", notifytest.Drop, false, "EOF"},
	} {
		t.Run(c.verb+" "+c.reply[:min(len(c.reply), 20)], func(t *testing.T) {
			e, s := newTestEmail(t, notifytest.Options{User: testUser, Password: testPassword, Reply: refuse(c.verb, c.reply)}, nil)
			f := failureOf(t, e.Send(t.Context(), []guard.Incident{anIncident(1, time.Now())}))
			if f.Lasting != c.lasting || f.Taken || !strings.Contains(f.Error(), c.want) {
				t.Errorf("lasting %v: %v", f.Lasting, f)
			}
			if text := f.Error(); strings.Contains(text, testPassword) || len(text) > 600 || oneLine(f) != clean(text, 1000) && len(text) < reasonLimit {
				t.Errorf("error %q", text)
			}
			if n := len(s.Mails()); n != 0 {
				t.Errorf("%d mails", n)
			}
		})
	}
}

func TestEmailTakenWithoutTheLastWord(t *testing.T) {
	// Nobody can know here that the mail was taken; it has to go again.
	e, s := newTestEmail(t, notifytest.Options{Reply: refuse("END", notifytest.DropTaken)}, nil)
	if f := failureOf(t, e.Send(t.Context(), []guard.Incident{anIncident(1, time.Now())})); f.Lasting || f.Taken {
		t.Errorf("%+v", f)
	}
	if len(s.Mails()) != 1 {
		t.Errorf("%d mails", len(s.Mails()))
	}
	// But what fails after the server has said so changes nothing.
	for _, verb := range []string{"RSET", "QUIT"} {
		e, s = newTestEmail(t, notifytest.Options{Reply: refuse(verb, notifytest.Drop)}, nil)
		if err := e.Send(t.Context(), []guard.Incident{anIncident(1, time.Now())}); err != nil || len(s.Mails()) != 1 {
			t.Errorf("%s: %d mails, %v", verb, len(s.Mails()), err)
		}
	}
}

func TestEmailStall(t *testing.T) {
	for _, verb := range []string{"CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "END"} {
		t.Run(verb, func(t *testing.T) {
			stalled := make(chan struct{}, 1)
			e, _ := newTestEmail(t, notifytest.Options{User: testUser, Password: testPassword, Reply: func(v, _ string) string {
				if v != verb {
					return ""
				}
				stalled <- struct{}{}
				return notifytest.Stall
			}}, nil)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go func() { <-stalled; cancel() }()
			start := time.Now()
			if err := e.Send(ctx, []guard.Incident{anIncident(1, time.Now())}); err == nil || time.Since(start) > mailTimeout/4 {
				t.Errorf("%v after %s", err, time.Since(start))
			}

			e.timeout = 50 * time.Millisecond
			f := failureOf(t, e.Send(t.Context(), []guard.Incident{anIncident(1, time.Now())}))
			if f.Lasting || !strings.Contains(f.Error(), "not done within 50ms") {
				t.Errorf("%+v", f)
			}
		})
	}
}

func TestEmailNotTrusted(t *testing.T) {
	for _, protection := range []string{notifytest.StartTLS, notifytest.TLS} {
		e, s := newTestEmail(t, notifytest.Options{TLS: protection, User: testUser, Password: testPassword}, nil)
		e.tls.RootCAs = nil
		f := failureOf(t, e.Send(t.Context(), []guard.Incident{anIncident(1, time.Now())}))
		if !f.Lasting || !strings.Contains(f.Error(), "certificate") || len(s.Mails()) != 0 {
			t.Errorf("%s: %+v", protection, f)
		}
	}
}

func TestEmailNoLoginOnOffer(t *testing.T) {
	e, _ := newTestEmail(t, notifytest.Options{User: testUser, Password: testPassword, Login: "NTLM GSSAPI"}, nil)
	if f := failureOf(t, e.Send(t.Context(), []guard.Incident{anIncident(1, time.Now())})); !f.Lasting || !strings.Contains(f.Error(), "notify.email.user") {
		t.Errorf("%+v", f)
	}
}

// received counts the mails for each recipient.
func received(s *notifytest.Server) map[string]int {
	n := make(map[string]int)
	for _, m := range s.Mails() {
		n[m.To[0]]++
	}
	return n
}

func TestEmailOneMailboxKeepsNobodyFromBeingTold(t *testing.T) {
	reply := "450 4.2.0 greylisted"
	three := func(o *EmailOptions) { o.To = []string{"a@example.com", "b@example.com", "c@example.com"} }
	e, s := newTestEmail(t, notifytest.Options{Reply: func(verb, to string) string {
		if verb == "RCPT" && to == "b@example.com" {
			return reply
		}
		return ""
	}}, three)
	first, second, third := anIncident(1, time.Now()), anIncident(2, time.Now()), anIncident(3, time.Now())

	if f := failureOf(t, e.Send(t.Context(), []guard.Incident{first})); f.Lasting || f.Taken {
		t.Errorf("%+v", f)
	}
	if got := received(s); got["a@example.com"] != 1 || got["c@example.com"] != 1 || got["b@example.com"] != 0 {
		t.Errorf("received: %v", got)
	}

	reply = "" // Only what somebody lacks is mailed again.
	if err := e.Send(t.Context(), []guard.Incident{first, second}); err != nil {
		t.Error(err)
	}
	if got := received(s); got["a@example.com"] != 2 || got["c@example.com"] != 2 || got["b@example.com"] != 1 {
		t.Errorf("received: %v", got)
	}
	for _, m := range s.Mails()[2:] {
		_, text := parsed(t, m)
		if again := strings.Contains(text, first.ID); again != (m.To[0] == "b@example.com") || !strings.Contains(text, second.ID) {
			t.Errorf("to %s:\n%s", m.To, text)
		}
	}

	reply = "550 5.1.1 no such user"
	if f := failureOf(t, e.Send(t.Context(), []guard.Incident{third})); !f.Taken || f.Lasting || !strings.Contains(f.Error(), "b@example.com") {
		t.Errorf("%+v", f)
	}
	if got := received(s); got["a@example.com"] != 3 || got["c@example.com"] != 3 || got["b@example.com"] != 1 {
		t.Errorf("received: %v", got)
	}
	if s.Sessions() != 3 || len(e.reached) != 0 {
		t.Errorf("%d sessions for 3 groups; %v is remembered", s.Sessions(), e.reached)
	}
}

func TestEmailOptions(t *testing.T) {
	good := EmailOptions{Server: "mail.example.com:587", User: "u", Password: "hush", From: "guard@example.com", To: []string{"noc@example.com"}}
	for _, c := range []struct {
		name   string
		change func(*EmailOptions)
		want   string // in the error; "" is none
	}{
		{"good", func(*EmailOptions) {}, ""},
		{"names", func(o *EmailOptions) { o.From, o.To = "Guard <g@example.com>", []string{"Zoë <z@example.com>"} }, ""},
		{"no server", func(o *EmailOptions) { o.Server = "" }, "notify.email.server"},
		{"no port", func(o *EmailOptions) { o.Server = "mail.example.com" }, "notify.email.server"},
		{"bad port", func(o *EmailOptions) { o.Server = "mail.example.com:smtp" }, "notify.email.server has the port"},
		{"bad tls", func(o *EmailOptions) { o.TLS = "ssl" }, "notify.email.tls"},
		{"no password", func(o *EmailOptions) { o.Password = "" }, "notify.email.password"},
		{"no user", func(o *EmailOptions) { o.User = "" }, "notify.email.user"},
		{"password in clear", func(o *EmailOptions) { o.TLS = NoTLS }, "notify.email.password would go"},
		{"password to itself", func(o *EmailOptions) { o.TLS, o.Server = NoTLS, "localhost:25" }, ""},
		{"no from", func(o *EmailOptions) { o.From = "" }, "notify.email.from"},
		{"from with a line", func(o *EmailOptions) { o.From = "g@example.com\r\nBcc: x@example.com" }, "notify.email.from"},
		{"no to", func(o *EmailOptions) { o.To = nil }, "notify.email.to is missing"},
		{"bad to", func(o *EmailOptions) { o.To = []string{"noc@example.com", "noc"} }, `notify.email.to has "noc"`},
		{"bad gather", func(o *EmailOptions) { o.Gather = -1 }, "notify.email.gather"},
	} {
		o := good
		c.change(&o)
		_, err := NewEmail(o)
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

func TestRunTellsByBothChannels(t *testing.T) {
	e, s := newTestEmail(t, notifytest.Options{User: testUser, Password: testPassword}, func(o *EmailOptions) { o.Gather = time.Millisecond })
	requests := make(chan int64, 10)
	w := newTestWebhook(t, "", func(_ http.ResponseWriter, r *http.Request) { requests <- r.ContentLength })
	outbox, j, wake := newShelf(t), new(journal), make(chan struct{}, 1)
	incident := anIncident(1, time.Now())
	outbox.put(e.Name(), incident)
	outbox.put(w.Name(), incident)
	stop := running(t, outbox, j, wake, e, w)
	wake <- struct{}{}
	for range 2 {
		<-outbox.sent
	}
	stop()
	if len(s.Mails()) != 1 || len(requests) != 1 || outbox.unsent() != 0 || j.String() != "" {
		t.Errorf("%d mails, %d requests, %d wait, log %q", len(s.Mails()), len(requests), outbox.unsent(), j)
	}
}
