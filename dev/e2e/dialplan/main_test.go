// Package dialplan loads the dialplans that are shipped into real Asterisks of every version and runs them, with
// a small ARI program in the place of the guard. It needs root and, the first time, the network: see package
// dev/asterisk.
package dialplan

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fraudguard/fraudguard/ami"
	"github.com/fraudguard/fraudguard/ari"
	"github.com/fraudguard/fraudguard/dev/asterisk"
	"github.com/fraudguard/fraudguard/number"
	shipped "github.com/fraudguard/fraudguard/packaging/dialplan"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// italy is the site of these tests: 9 gets an outside line.
func italy() shipped.Site {
	return shipped.Site{
		Server: "pbx1", Tenant: "default", ByAccountcode: true, FailMode: "domestic",
		FailModes: []shipped.FailMode{{Tenant: "generous", Mode: "open"}, {Tenant: "strict", Mode: "closed"}},
		Horizon:   15 * time.Minute, VerdictWithin: 500 * time.Millisecond,
		Plan: number.Plan{Country: "IT", InternationalPrefixes: []string{"00"}, OutsideLine: "9",
			FeatureCodes: []string{"*67", "*31#"}, Emergency: []string{"1530"}},
	}
}

// site is how an administrator calls the subroutine. What comes of it is told in user events.
const site = `
[site]
exten => _[0-9*+#].,1,UserEvent(Begin,Id: ${ID})
 same => n,ExecIf($[0${SITE_LIMIT} > 0]?Set(TIMEOUT(absolute)=${SITE_LIMIT}))
 same => n,Gosub(fraudguard,ask,1(${IF(${ISNULL(${NUMBER})}?${EXTEN}:${NUMBER})}))
 same => n,Set(LEFT=${TIMEOUT(absolute)})
 same => n,UserEvent(Back,Result: ${FRAUDGUARD_RESULT},Reason: ${FRAUDGUARD_REASON},Limit: ${FRAUDGUARD_LIMIT},Left: ${LEFT},Userfield: ${CDR(userfield)},Where: ${CONTEXT} ${EXTEN},Stack: ${STACK_PEEK(1,c,s)})
 same => n,Hangup(16)
exten => T,1,UserEvent(SiteTimeout)
exten => elsewhere,1,UserEvent(Elsewhere,Result: ${FRAUDGUARD_RESULT},Reason: ${FRAUDGUARD_REASON},Left: ${TIMEOUT(absolute)},Stack: ${STACK_PEEK(1,c,s)})
 same => n,Hangup(16)
`

// bench is an Asterisk with the dialplan, a manager session that sees all, and a guard that is only a table.
type bench struct {
	server  *asterisk.Server
	manager *ami.Session
	guard   *ari.Client

	mu sync.Mutex
	// answers say what the guard does with a call, by the last argument of Stasis(); who has none waits for ever.
	answers map[string]answer
	asked   []ari.StasisStart
	ids     int
}

// answer is a verdict: an extension of fraudguard-verdict, or variables and a continue to a place, the zero one
// being behind Stasis().
type answer struct {
	verdict   string
	variables map[string]string
	place     ari.Destination
}

// each runs a test on every version, with a bench of its own.
func each(t *testing.T, kind string, s shipped.Site, more string, do func(t *testing.T, b *bench)) {
	for _, version := range asterisk.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			do(t, start(t, version, text(t, kind, s)+more))
		})
	}
}

func text(t *testing.T, kind string, s shipped.Site) string {
	t.Helper()
	files, err := shipped.Files(kind, s)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range files {
		all.WriteString(f.Text)
	}
	return all.String()
}

func start(t *testing.T, version, dialplan string) *bench {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	server, err := asterisk.Start(ctx, asterisk.Options{Version: version, Dialplan: dialplan,
		Tenants: []asterisk.Tenant{{Name: "acme", Extensions: []asterisk.Extension{{Number: "101", Context: "phones"}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(server.LogTail())
		}
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	b := &bench{server: server, answers: make(map[string]answer)}
	b.manager, err = ami.Dial(ctx, ami.Config{Addr: server.AMIAddr, User: "admin", Secret: server.AMISecret("admin")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.manager.Close)
	b.guard, err = ari.New(ari.Config{URL: server.ARIURL, User: "guard", Password: server.ARIPassword("guard"), Application: "fraudguard"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.guard.Close)
	return b
}

// serve holds the application until the returned function is called.
func (b *bench) serve(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	connected, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		var once sync.Once
		for event := range b.guard.Events(ctx) {
			switch e := event.(type) {
			case ari.Gap:
				once.Do(func() { close(connected) })
			case ari.StasisStart:
				b.answer(ctx, e)
			}
		}
	}()
	<-connected
	b.beat(t, time.Now())
	stop = sync.OnceFunc(func() { cancel(); <-ended })
	t.Cleanup(stop)
	return stop
}

func (b *bench) answer(ctx context.Context, e ari.StasisStart) {
	b.mu.Lock()
	b.asked = append(b.asked, e)
	a, ok := b.answers[e.Args[len(e.Args)-1]]
	b.mu.Unlock()
	if !ok {
		return
	}
	to := a.place
	if a.verdict != "" {
		to = ari.Destination{Context: "fraudguard-verdict", Extension: a.verdict, Label: "verdict"}
	}
	for name, value := range a.variables {
		_ = b.guard.SetVariable(ctx, e.Channel.ID, name, value)
	}
	_ = b.guard.Continue(ctx, e.Channel.ID, to) // a failure shows as a timeout
}

// on says what the guard answers to a number.
func (b *bench) on(number string, a answer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answers[number] = a
}

// lastAsked gives the arguments of the last call that asked, and how many have.
func (b *bench) lastAsked() (args []string, count int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.asked) == 0 {
		return nil, 0
	}
	return b.asked[len(b.asked)-1].Args, len(b.asked)
}

// beat is the guard's sign of life.
func (b *bench) beat(t *testing.T, at time.Time) {
	b.setGlobal(t, "FRAUDGUARD_HEARTBEAT", fmt.Sprint(at.Unix()))
}

func (b *bench) setGlobal(t *testing.T, name, value string) {
	t.Helper()
	b.do(t, ami.NewAction("Setvar").With("Variable", name).With("Value", value))
}

func (b *bench) do(t *testing.T, a ami.Action) {
	t.Helper()
	if _, err := b.manager.Do(t.Context(), a); err != nil {
		t.Fatal(err)
	}
}

// flag sets a flag in the AstDB for the length of a test.
func (b *bench) flag(t *testing.T, key, value string) {
	t.Helper()
	b.do(t, ami.DBPut("fraudguard", key, value))
	t.Cleanup(func() { _, _ = b.manager.Do(context.Background(), ami.DBDel("fraudguard", key)) })
}

func delFlag(key string) ami.Action { return ami.DBDel("fraudguard", key) }
