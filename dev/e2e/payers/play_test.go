package payers

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/ami"
	"github.com/fraudguard/fraudguard/dev/sip"
)

// play is one shape on its way on one stage. Its methods end the test where something goes wrong.
type play struct {
	names
	*stage
	t      *testing.T
	ctx    context.Context
	shape  shape
	phones map[string]*sip.Phone
}

// longest is how long a shape may take.
const longest = 40 * time.Second

func newPlay(t *testing.T, s *stage, i int, sh shape) *play {
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	t.Cleanup(cancel)
	return &play{t: t, ctx: ctx, stage: s, names: namesOf(i, sh), shape: sh, phones: make(map[string]*sip.Phone)}
}

func (p *play) run() {
	written := p.recording()
	for _, who := range []string{"A", "B", "C"} {
		p.phones[who] = must(p, func() (*sip.Phone, error) {
			return p.PhoneWith(p.ctx, p.Replace("{"+who+"}"), p.options(who))
		})
	}
	p.shape.play(p)
	p.talk()
	for _, b := range p.bills() {
		if b.Live() {
			p.check(b.carrier.Hangup(b.Number))
		}
	}
	p.compare()
	for _, phone := range p.phones {
		phone.Close()
	}
	written()
}

// options are what the shape says of a phone.
func (p *play) options(who string) sip.PhoneOptions {
	o := p.shape.phones[who]
	o.Claims, o.Incoming.ForwardTo = p.Replace(o.Claims), p.Replace(o.Incoming.ForwardTo)
	o.Headers = slices.Clone(o.Headers)
	for i := range o.Headers {
		o.Headers[i] = p.Replace(o.Headers[i])
	}
	return o
}

func (p *play) check(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func must[T any](p *play, do func() (T, error)) T {
	p.t.Helper()
	v, err := do()
	p.check(err)
	return v
}

// dial begins a call from a phone.
func (p *play) dial(who, number string) *sip.Call {
	p.t.Helper()
	return must(p, func() (*sip.Call, error) { return p.phones[who].Dial(p.ctx, p.Replace(number)) })
}

// call begins a call from a phone, and waits until it is answered.
func (p *play) call(who, number string) *sip.Call {
	p.t.Helper()
	c := p.dial(who, number)
	p.check(c.WaitAnswered(p.ctx))
	return c
}

// comesIn begins a call from outside to a number of the Asterisk, from a number that it claims.
func (p *play) comesIn(number, from string, headers ...string) *sip.Call {
	p.t.Helper()
	return must(p, func() (*sip.Call, error) {
		return p.Carrier.Call(p.ctx, p.Asterisk.SIPAddr, p.Replace(number), p.Replace(from), headers...)
	})
}

// receives waits for a call to a phone.
func (p *play) receives(who string) *sip.Call {
	p.t.Helper()
	select {
	case c := <-p.phones[who].Incoming():
		return c
	case <-p.ctx.Done():
		p.t.Fatalf("no call comes to %s", who)
		return nil
	}
}

// press sends keys in a phone's call, once both sides of the call have been put together: before
// that Asterisk does not listen for keys.
func (p *play) press(who string, c *sip.Call, keys string) {
	p.t.Helper()
	p.check(c.WaitAnswered(p.ctx))
	p.wait("the call of "+who+" has two sides", func() bool {
		sides := make(map[string]int) // of bridges
		var own string
		for _, channel := range p.channels() {
			sides[channel[bridgeField]]++
			if strings.HasPrefix(channel[0], p.Replace("PJSIP/{"+who+"}-")) {
				own = channel[bridgeField]
			}
		}
		return own != "" && sides[own] == 2
	})
	p.check(c.Press(p.ctx, p.Replace(keys)))
}

// answered waits until the carrier has answered the legs to numbers.
func (p *play) answered(numbers ...string) {
	p.t.Helper()
	for _, number := range numbers {
		p.wait("the carrier answers "+number, func() bool { return p.bill(number, func(b bill) bool { return !b.Answered.IsZero() }) })
	}
}

// invited waits until a leg to a number has arrived at the carrier.
func (p *play) invited(number string) {
	p.t.Helper()
	p.wait("the carrier is called for "+number, func() bool { return p.bill(number, func(bill) bool { return true }) })
}

func (p *play) bill(number string, good func(bill) bool) bool {
	for _, b := range p.bills() {
		if b.Number == p.Replace(number) && good(b) {
			return true
		}
	}
	return false
}

// wait looks again and again until something is so.
func (p *play) wait(what string, good func() bool) {
	p.t.Helper()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for !good() {
		select {
		case <-look.C:
		case <-p.ctx.Done():
			p.t.Fatalf("waiting until %s: %v; the carriers' bills: %+v", what, p.ctx.Err(), p.bills())
		}
	}
}

// pause lets a call last; that is a length of talk, not a wait for something to happen.
func (p *play) pause(d time.Duration) {
	select {
	case <-time.After(d):
	case <-p.ctx.Done():
	}
}

// talk lets the live legs go on to a moment at which none of them is near the end of an increment,
// so that the carrier and the guard count the same, even if they see the ends at different moments.
func (p *play) talk() {
	const increment, clear, grain = step * time.Second, time.Second, 50 * time.Millisecond
	at, bills := time.Now().Add(clear), p.bills()
	for last := at.Add(increment); at.Before(last) && slices.ContainsFunc(bills, func(b bill) bool {
		into := at.Sub(b.Answered) % increment
		return b.Live() && min(into, increment-into) < clear
	}); at = at.Add(grain) {
	}
	p.pause(time.Until(at))
}

// ask sends an action to Asterisk's manager, as another program of the site does. Pairs are headers.
func (p *play) ask(action string, pairs ...string) {
	p.t.Helper()
	session := must(p, func() (*ami.Session, error) { return p.manager(p.ctx) })
	defer session.Close()
	a := ami.NewAction(action)
	for i := 0; i < len(pairs); i += 2 {
		a = a.With(pairs[i], p.Replace(pairs[i+1]))
	}
	_, err := session.Do(p.ctx, a)
	p.check(err)
}

func (s *stage) manager(ctx context.Context) (*ami.Session, error) {
	return ami.Dial(ctx, ami.Config{Server: "pbx1", Addr: s.Asterisk.AMIAddr, User: "admin", Secret: s.Asterisk.AMISecret("admin")})
}

// bridgeField is the place of the bridge's ID in a line of "core show channels concise", whose first
// field is the channel's name.
const bridgeField = 12

func (p *play) channels() [][]string {
	p.t.Helper()
	var all [][]string
	out := must(p, func() (string, error) { return p.Asterisk.Console(p.ctx, "core show channels concise") })
	for line := range strings.Lines(out) {
		if fields := strings.Split(line, "!"); len(fields) > bridgeField {
			all = append(all, fields)
		}
	}
	return all
}

// channel is the name of a live channel of an endpoint; what it says of itself has the word in it.
func (p *play) channel(endpoint, word string) string {
	p.t.Helper()
	var name string
	p.wait("there is a channel of "+endpoint, func() bool {
		for _, channel := range p.channels() {
			if strings.HasPrefix(channel[0], p.Replace(endpoint)+"-") && strings.Contains(strings.Join(channel, "!"), p.Replace(word)) {
				name = channel[0]
			}
		}
		return name != ""
	})
	return name
}

func (b bill) String() string {
	return fmt.Sprintf("%s: invited %s, answered %s, ended %s by %s", b.Number, clock(b.Invited), clock(b.Answered), clock(b.Ended), b.EndedBy)
}

func clock(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Format("05.000")
}
