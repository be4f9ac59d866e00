package dialplan

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/ami"
)

// outcome is what became of a call through [site].
type outcome struct {
	// back has the event Back, elsewhere Elsewhere; empty where the call did not come there.
	back, elsewhere ami.Message
	siteTimeout     bool
	// applications are those that ran, with their data: "Playback ss-noservice,noanswer".
	applications []string
	cause        string
	lasted       time.Duration
}

// call makes a call to an extension of [site] and follows it to its end, or to where a message begins: the caller
// does not hear it out.
func (b *bench) call(t *testing.T, extension string, variables ...string) outcome {
	t.Helper()
	return b.originate(t, "Local/"+extension+"@site/n", false, variables...)
}

// originate makes a call on a channel whose dialplan sends Begin with its ${ID}.
func (b *bench) originate(t *testing.T, channel string, hear bool, variables ...string) outcome {
	t.Helper()
	b.ids++
	id := "call-" + strconv.Itoa(b.ids)
	a := ami.NewAction("Originate").With("Channel", channel).With("Application", "Wait").With("Data", "60").With("Async", "true").
		With("Variable", "__ID="+id)
	for _, v := range variables {
		a = a.With("Variable", "__"+v)
	}
	return b.follow(t, id, hear, func() { b.do(t, a) })
}

// follow begins a call and follows it from its event Begin, with that ID, to its end.
func (b *bench) follow(t *testing.T, id string, hear bool, begin func()) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	began := time.Now()
	begin()
	var o outcome
	unique := ""
	for {
		entry, err := b.manager.Next(ctx)
		if err != nil {
			t.Fatalf("%s: %v; so far %q", id, err, o.applications)
		}
		m := entry.Event
		if m.Event() == "UserEvent" && m.Get("UserEvent") == "Begin" && m.Get("Id") == id {
			unique = m.Get("Uniqueid")
		}
		if unique == "" || m.Get("Uniqueid") != unique {
			continue
		}
		switch m.Event() {
		case "UserEvent":
			switch m.Get("UserEvent") {
			case "Back":
				o.back = m
			case "Elsewhere":
				o.elsewhere = m
			case "SiteTimeout":
				o.siteTimeout = true
			}
		case "Newexten":
			o.applications = append(o.applications, strings.TrimSpace(m.Get("Application")+" "+m.Get("AppData")))
			if !hear && m.Get("Application") == "Playback" {
				b.do(t, ami.Hangup(m.Get("Channel"), 16))
			}
		case "Hangup":
			o.cause, o.lasted = m.Get("Cause"), time.Since(began)
			return o
		}
	}
}

// await takes the next event for which the condition holds.
func (b *bench) await(t *testing.T, condition func(ami.Message) bool) ami.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		entry, err := b.manager.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if condition(entry.Event) {
			return entry.Event
		}
	}
}

// ran says whether an application ran whose name and data begin so.
func (o outcome) ran(begin string) bool {
	return slices.ContainsFunc(o.applications, func(a string) bool { return strings.HasPrefix(a, begin) })
}

// number reads a header that holds seconds.
func seconds(t *testing.T, m ami.Message, header string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(m.Get(header), 64)
	if err != nil {
		t.Errorf("%s is %q", header, m.Get(header))
	}
	return v
}

// want compares the headers of an event.
func want(t *testing.T, what string, m ami.Message, headers ...string) {
	t.Helper()
	if m.Len() == 0 {
		t.Errorf("%s: the call never came there", what)
		return
	}
	for i := 0; i < len(headers); i += 2 {
		if got := m.Get(headers[i]); got != headers[i+1] {
			t.Errorf("%s: %s is %q, not %q", what, headers[i], got, headers[i+1])
		}
	}
}

func allowed(t *testing.T, what string, o outcome) {
	t.Helper()
	want(t, what, o.back, "Result", "ALLOW", "Reason", "")
	if t.Failed() {
		t.Logf("%s: %s", what, o.last())
	}
}

func refused(t *testing.T, what string, o outcome, reason string) {
	t.Helper()
	if o.back.Len() > 0 || !o.ran("Playback") || !o.ran("Set CDR(userfield)=fraudguard:"+reason) {
		t.Errorf("%s: not refused for %s:\n%s", what, reason, o.last())
	}
}

// last are the applications that ran last.
func (o outcome) last() string {
	return strings.Join(o.applications[max(0, len(o.applications)-12):], "\n")
}
