package dialplan

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/ari"
)

// near is how far a time limit may be from what it should be: a loaded machine takes its time between two lines.
const near = 0.4

func about(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > near {
		t.Errorf("%s is %v, not about %v", what, got, want)
	}
}

// TestAsk: what comes of the guard's answers, and of none.
func TestAsk(t *testing.T) {
	each(t, "plain", italy(), site, func(t *testing.T, b *bench) {
		stop := b.serve(t)
		part := func(name string, do func(*testing.T, *bench)) {
			t.Run(name, func(t *testing.T) {
				b.beat(t, time.Now())
				do(t, b)
			})
		}
		part("allow", allow)
		part("refuse", refuse)
		part("bare continue", bare)
		part("messages", messages)
		part("site's own limit", ownLimit)
		part("silent guard", silent)
		part("late verdict", late)
		part("unknown verdict", unknownVerdict)
		part("emergency", emergency)
		stop()
		part("nobody holds the application", nobody)
		part("heartbeat", heartbeat)
	})
}

func allow(t *testing.T, b *bench) {
	b.on("0612345678", answer{verdict: "allow897.250"})
	o := b.call(t, "0612345678", "FRAUDGUARD_TENANT=acme", "FRAUDGUARD_EXTENSION=101")
	want(t, "allowed", o.back, "Result", "ALLOW", "Reason", "", "Limit", "897.250", "Userfield", "", "Where", "site 0612345678", "Stack", "")
	about(t, "the limit", seconds(t, o.back, "Left"), 897.25)
	if args, _ := b.lastAsked(); !slices.Equal(args, []string{"ask", "acme", "101", "0", "0612345678"}) {
		t.Errorf("asked %q", args)
	}
	b.on("0612345670", answer{verdict: "allow0"})
	o = b.call(t, "0612345670")
	want(t, "no limit", o.back, "Result", "ALLOW", "Left", "0")
	if args, _ := b.lastAsked(); !slices.Equal(args, []string{"ask", "", "", "0", "0612345670"}) {
		t.Errorf("asked %q", args)
	}
	// What an earlier call on the channel left behind does not count.
	o = b.call(t, "0612345670", "FRAUDGUARD_RESULT=DENY", "FRAUDGUARD_REASON=block", "FRAUDGUARD_LIMIT=5")
	want(t, "old variables", o.back, "Result", "ALLOW", "Reason", "", "Left", "0")
}

func refuse(t *testing.T, b *bench) {
	const rule = "caps.extension.cost_per_day"
	b.on("0612345679", answer{verdict: "refuse" + rule})
	o := b.call(t, "0612345679", "FRAUDGUARD_REFUSED=return", "SITE_LIMIT=90", "FRAUDGUARD_LIMIT=5")
	want(t, "return", o.back, "Result", "DENY", "Reason", rule, "Limit", "", "Userfield", "fraudguard:"+rule, "Stack", "")
	about(t, "the site's limit", seconds(t, o.back, "Left"), 90)
	if args, _ := b.lastAsked(); len(args) != 5 {
		t.Errorf("asked %q", args)
	} else if left, err := strconv.ParseFloat(args[3], 64); err != nil || left > 90 || left < 85 {
		t.Errorf("the guard is told that the site ends the call after %q", args[3])
	}
	o = b.call(t, "0612345679", `FRAUDGUARD_REFUSED=site\,elsewhere\,1`)
	want(t, "elsewhere", o.elsewhere, "Result", "DENY", "Reason", rule, "Left", "0", "Stack", "")
	if o.back.Len() > 0 {
		t.Error("the call came back besides")
	}
	refused(t, "message", b.call(t, "0612345679"), rule)
}

// bare: a guard that finds no [fraudguard-verdict] sets variables and lets the call go on.
func bare(t *testing.T, b *bench) {
	b.on("0612345671", answer{variables: map[string]string{"FRAUDGUARD_RESULT": "ALLOW", "FRAUDGUARD_LIMIT": "60.5"}})
	o := b.call(t, "0612345671")
	want(t, "allowed", o.back, "Result", "ALLOW", "Limit", "60.5")
	about(t, "the limit", seconds(t, o.back, "Left"), 60.5)
	b.on("0612345672", answer{variables: map[string]string{"FRAUDGUARD_RESULT": "DENY", "FRAUDGUARD_REASON": "block"}})
	refused(t, "denied", b.call(t, "0612345672"), "block")
	b.on("0612345673", answer{})
	allowed(t, "neither: the fail mode", b.call(t, "0612345673"))
	b.on("00390000", answer{})
	refused(t, "neither: the fail mode", b.call(t, "00390000"), "guard.gone")
}

// messages: each reason has its sound and its cause. The shortest sound is heard to its end.
func messages(t *testing.T, b *bench) {
	for _, m := range []struct{ rule, sound, cause string }{
		{"caps.extension.cost_per_day", "feature-not-avail-line", "21"},
		{"closed", "feature-not-avail-line", "21"},
		{"block", "ss-noservice", "21"},
		{"abuse.repeated_number", "ss-noservice", "21"},
		{"rates.unpriced", "cannot-complete-as-dialed", "1"},
		{"number.unparseable", "cannot-complete-as-dialed", "1"},
		{"guard.gone", "all-circuits-busy-now", "34"},
		{"something.new", "ss-noservice", "21"},
	} {
		b.beat(t, time.Now())
		number := "06" + digitsOf(m.rule)
		b.on(number, answer{verdict: "refuse" + m.rule})
		o := b.call(t, number)
		refused(t, m.rule, o, m.rule)
		if !o.ran("Progress") || !o.ran("Playback "+m.sound+",noanswer") || o.ran("Answer") {
			t.Errorf("%s: %q", m.rule, o.applications)
		}
		// Without the test's own hang-up the message ends the call itself.
		if m.rule == "caps.extension.cost_per_day" || m.sound == "all-circuits-busy-now" || m.rule == "rates.unpriced" {
			if o = b.originate(t, "Local/"+number+"@site/n", true); o.cause != m.cause || !o.ran("Hangup "+m.cause) {
				t.Errorf("%s ends with cause %s: %q", m.rule, o.cause, o.applications)
			}
		}
	}
}

// digitsOf makes a number of a rule, another one for each.
func digitsOf(rule string) string {
	var digits []byte
	for _, c := range []byte(rule[:5]) {
		digits = append(digits, '0'+c%10)
	}
	return string(digits)
}

// ownLimit: what the site had set is kept, and the shorter limit holds.
func ownLimit(t *testing.T, b *bench) {
	for _, c := range []struct {
		verdict, site string
		left          float64
	}{{"allow300", "60.5", 60.5}, {"allow30", "60.5", 30}, {"allow0", "60.5", 60.5}} {
		b.on("0687654321", answer{verdict: c.verdict})
		o := b.call(t, "0687654321", "SITE_LIMIT="+c.site)
		want(t, c.verdict, o.back, "Result", "ALLOW")
		about(t, c.verdict+" under "+c.site, seconds(t, o.back, "Left"), c.left)
	}
	// The site's limit is shorter than the wait for a verdict: the call is over, and does not hang.
	o := b.call(t, "0699999999", "SITE_LIMIT=0.2")
	if o.back.Len() > 0 || o.lasted > 5*time.Second || !o.ran("Hangup") {
		t.Errorf("0.2 s: %s %q", o.lasted, o.applications)
	}
}

// silent: the guard holds the application and does not answer.
func silent(t *testing.T, b *bench) {
	o := b.call(t, "0699999998", "SITE_LIMIT=90")
	want(t, "domestic", o.back, "Result", "ALLOW", "Limit", "900.000", "Where", "site 0699999998", "Stack", "")
	if !o.ran("Stasis") {
		t.Errorf("not asked: %q", o.applications)
	}
	about(t, "the site's limit, less the wait", seconds(t, o.back, "Left"), 89.5)
	o = b.call(t, "0699999998")
	about(t, "the horizon", seconds(t, o.back, "Left"), 900)
	refused(t, "international", b.call(t, "00442079460000"), "guard.gone")
	o = b.call(t, "00442079460000", "FRAUDGUARD_REFUSED=return")
	want(t, "return after the timeout", o.back, "Result", "DENY", "Reason", "guard.gone", "Left", "0", "Where", "site 00442079460000", "Stack", "")
	o = b.call(t, "00442079460000", `FRAUDGUARD_REFUSED=site\,elsewhere\,1`)
	want(t, "elsewhere after the timeout", o.elsewhere, "Result", "DENY", "Stack", "")
}

// late: the timeout falls between the verdict and its first step, so that the call goes to T there. A guard that
// sends it to T does the same at any time.
func late(t *testing.T, b *bench) {
	for number, reason := range map[string]string{"0699999996": "", "00442079460002": "guard.gone"} {
		b.on(number, answer{place: ari.Destination{Context: "fraudguard-verdict", Extension: "T", Priority: 1}})
		o := b.call(t, number, "SITE_LIMIT=90")
		if reason != "" {
			refused(t, number, o, reason)
			continue
		}
		want(t, number, o.back, "Result", "ALLOW", "Limit", "900.000", "Where", "site "+number, "Stack", "")
	}
}

// unknownVerdict: Asterisk answers 404 to a verdict that has no extension, and the call is not let through.
func unknownVerdict(t *testing.T, b *bench) {
	b.on("00442079460001", answer{verdict: "maybe"})
	o := b.call(t, "00442079460001")
	refused(t, "maybe", o, "guard.gone")
	if !o.ran("Stasis") {
		t.Errorf("not asked: %s", o.last())
	}
}

// emergency numbers ask nobody, whatever stands.
func emergency(t *testing.T, b *bench) {
	for _, key := range []string{"block/everything", "block/server", "block/tenant/strict", "block/number/112", "block/prefix/1", "closed/tenant/strict"} {
		b.flag(t, key, "0")
	}
	b.flag(t, "fail_mode/strict", "closed")
	numbers := []string{"112", "9112", "118", "+39112", "0039113", "1530", "*67112", "*31#9112"}
	for _, beat := range []time.Time{time.Now(), time.Now().Add(-time.Hour)} {
		b.beat(t, beat)
		for _, n := range numbers {
			o := b.call(t, n, "FRAUDGUARD_TENANT=strict", "SITE_LIMIT=90", "FRAUDGUARD_LIMIT=5")
			want(t, n, o.back, "Limit", "", "Stack", "")
			allowed(t, n, o)
			about(t, "the site's limit", seconds(t, o.back, "Left"), 90)
			if o.ran("Stasis") {
				t.Errorf("%s asked", n)
			}
		}
	}
	b.beat(t, time.Now().Add(-time.Hour))
	for _, n := range []string{"1120", "1129", "112*", "11"} {
		refused(t, n, b.call(t, n, "FRAUDGUARD_TENANT=strict"), "block")
	}
	b.beat(t, time.Now())
}

// nobody: the application is not there, and Stasis() fails at once.
func nobody(t *testing.T, b *bench) {
	o := b.call(t, "0699999997")
	allowed(t, "domestic", o)
	if !o.ran("Stasis") || o.lasted > 5*time.Second {
		t.Errorf("%s %q", o.lasted, o.applications)
	}
	refused(t, "international", b.call(t, "00442079460000"), "guard.gone")
}

// heartbeat: without a fresh one nobody is asked.
func heartbeat(t *testing.T, b *bench) {
	for name, set := range map[string]func(){
		"stale":   func() { b.beat(t, time.Now().Add(-15*time.Second)) },
		"ahead":   func() { b.beat(t, time.Now().Add(time.Hour)) },
		"absent":  func() { b.setGlobal(t, "FRAUDGUARD_HEARTBEAT", "") },
		"a word":  func() { b.setGlobal(t, "FRAUDGUARD_HEARTBEAT", "soon") },
		"hostile": func() { b.setGlobal(t, "FRAUDGUARD_HEARTBEAT", `1" | 1 = 1`) },
	} {
		set()
		o := b.call(t, "0699999997")
		if o.ran("Stasis") || o.back.Get("Result") != "ALLOW" {
			t.Errorf("%s: %q", name, o.applications)
		}
	}
	set := time.Now().Add(-5 * time.Second)
	b.beat(t, set)
	if o := b.call(t, "0699999997"); !o.ran("Stasis") {
		t.Errorf("fresh: %q", o.applications)
	}
	// A variable of the channel is no heartbeat.
	b.setGlobal(t, "FRAUDGUARD_HEARTBEAT", "")
	if o := b.call(t, "0699999997", "FRAUDGUARD_HEARTBEAT="+fmt.Sprint(time.Now().Unix())); o.ran("Stasis") {
		t.Errorf("a channel's variable: %q", o.applications)
	}
}
