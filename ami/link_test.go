package ami_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fraudguard/fraudguard/ami"
	"github.com/fraudguard/fraudguard/ami/amitest"
)

// recorder is a sink that writes down what it is told, one line each.
type recorder struct {
	mu      sync.Mutex
	lines   []string
	infos   []ami.Info
	dropped uint64
	changed chan struct{}
	onEvent func(ami.Message)
}

func newRecorder() *recorder { return &recorder{changed: make(chan struct{})} }

func (r *recorder) add(line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, line)
	close(r.changed)
	r.changed = make(chan struct{})
}

func (r *recorder) Up(i ami.Info) {
	r.mu.Lock()
	r.infos = append(r.infos, i)
	r.mu.Unlock()
	r.add("up")
}
func (r *recorder) Down(error) { r.add("down") }
func (r *recorder) Event(m ami.Message, _ time.Time) {
	if r.onEvent != nil {
		r.onEvent(m)
	}
	r.add(strings.TrimSpace(m.Event() + " " + m.Get("Channel")))
}
func (r *recorder) Gap(n uint64, _ time.Time) {
	r.mu.Lock()
	r.dropped += n
	r.mu.Unlock()
	r.add("gap")
}
func (r *recorder) Channels(list []ami.Message, _ time.Time) {
	var names []string
	for _, m := range list {
		names = append(names, m.Get("Channel"))
	}
	r.add(fmt.Sprint("channels ", names))
}

func (r *recorder) told() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.lines)
}

// await waits until a line has been written n times, and returns all lines.
func (r *recorder) await(t *testing.T, line string, n int) []string {
	t.Helper()
	timeout := time.After(30 * time.Second)
	for {
		r.mu.Lock()
		lines, changed := slices.Clone(r.lines), r.changed
		r.mu.Unlock()
		count := 0
		for _, l := range lines {
			if l == line {
				count++
			}
		}
		if count >= n {
			return lines
		}
		select {
		case <-changed:
		case <-timeout:
			t.Fatalf("waited for %d × %q in %q", n, line, lines)
		}
	}
}

func run(t *testing.T, l *ami.Link) {
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { l.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		work.Wait()
	})
}

func wantLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("the sink was told\n%q, want\n%q", got, want)
	}
}

func TestLinkTellsItsLife(t *testing.T) {
	server := amitest.New(t)
	server.AddChannel("PJSIP/old-1", "1.1")
	sink := newRecorder()
	l := ami.NewLink(config(server.Listen()), []string{"^Event: (Newchannel|Hangup)[[:cntrl:]]"}, sink)
	if _, err := l.Do(t.Context(), ami.NewAction("Ping")); !errors.Is(err, ami.ErrDown) {
		t.Errorf("before Run: %v", err)
	}
	run(t, l)
	sink.await(t, "channels [PJSIP/old-1]", 1)
	server.AddChannel("PJSIP/new-2", "1.2")
	server.Emit("VarSet", "Privilege", "dialplan,all")
	sink.await(t, "Newchannel PJSIP/new-2", 1)
	if _, err := l.Do(t.Context(), ami.Hangup("PJSIP/new-2", 0)); err != nil {
		t.Error(err)
	}
	sink.await(t, "Hangup PJSIP/new-2", 1)
	if st := l.Status(); st.State != ami.Up || !st.Filtered || st.Asterisk != "22.10.1" || len(st.Missing) != 0 ||
		st.Events != 4 || st.Sessions != 1 || len(st.Unproven) != 1 || !strings.Contains(st.Unproven[0], `"cdr"`) {
		t.Errorf("status %+v", st)
	}
	server.Cut()
	server.ForgetChannels()
	lines := sink.await(t, "channels []", 1)
	wantLines(t, lines,
		"up", "FullyBooted", "SuccessfulAuth", "channels [PJSIP/old-1]", "Newchannel PJSIP/new-2", "Hangup PJSIP/new-2", "down",
		"up", "FullyBooted", "SuccessfulAuth", "channels []")
	if st := l.Status(); st.Sessions != 2 || st.LastError == "" {
		t.Errorf("status %+v", st)
	}
	if sink.infos[0].DownSince != (time.Time{}) || sink.infos[1].DownSince.IsZero() || sink.infos[1].At.Before(sink.infos[1].DownSince) {
		t.Errorf("infos %+v", sink.infos)
	}
}

func TestLinkEndsWithItsContext(t *testing.T) {
	server := amitest.New(t)
	sink := newRecorder()
	l := ami.NewLink(config(server.Listen()), nil, sink)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { l.Run(ctx); close(done) }()
	sink.await(t, "channels []", 1)
	cancel()
	<-done
	wantLines(t, sink.told(), "up", "FullyBooted", "SuccessfulAuth", "channels []", "down")
	server.Await("Logoff")
	if _, err := l.Do(t.Context(), ami.NewAction("Ping")); !errors.Is(err, ami.ErrDown) {
		t.Errorf("got %v", err)
	}
}

func TestMissingPermissionsAreToldInSentences(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := amitest.New(t)
		server.Withhold("Setvar", "Filter", "CoreShowChannels", "ModuleCheck")
		server.Read, server.CDR = []string{"call"}, false
		sink := newRecorder()
		l := ami.NewLink(piped(server), []string{"Event: Newchannel"}, sink)
		run(t, l)
		sink.await(t, "up", 1)
		server.AddChannel("PJSIP/x-1", "1.1")
		sink.await(t, "Newchannel PJSIP/x-1", 1)
		if all := strings.Join(l.Status().Missing, "\n"); strings.Contains(all, "does not see") {
			t.Errorf("the events of the login can still come, and already it says\n%s", all)
		}
		time.Sleep(6 * time.Second)
		st := l.Status()
		all := strings.Join(st.Missing, "\n")
		for _, want := range []string{
			`user "fraudguard" may not Setvar: add "call" to its write= line in manager.conf and run "manager reload"`,
			`may not Filter: add "system"`, `may not CoreShowChannels: add "reporting"`, `"enable = yes" in cdr.conf`,
			`does not see "security" events`, `does not see "system" events`,
		} {
			if !strings.Contains(all, want) {
				t.Errorf("no word of %q in\n%s", want, all)
			}
		}
		if len(st.Missing) != 6 || st.Filtered || st.State != ami.Up || len(st.Unproven) != 0 {
			t.Errorf("status %+v", st)
		}
		for _, a := range server.Actions() { // Asterisk would report each of them as an attack
			if slices.Contains([]string{"Filter", "CoreShowChannels", "ModuleCheck"}, a.Name) {
				t.Errorf("%s was tried without permission", a.Name)
			}
		}
	})
}

func TestCdrManagerNotLoaded(t *testing.T) {
	server := amitest.New(t)
	server.Modules = nil
	sink := newRecorder()
	l := ami.NewLink(config(server.Listen()), nil, sink)
	run(t, l)
	sink.await(t, "channels []", 1)
	if m := l.Status().Missing; len(m) != 1 || !strings.Contains(m[0], "cdr_manager is not loaded") {
		t.Errorf("missing %q", m)
	}
}

func TestFilterRefused(t *testing.T) {
	for name, filters := range map[string][]string{
		"the only one":       {"(("},
		"after a good one":   {"Event: Hangup", "(("},
		"one with a newline": {"Event: Hangup\r"},
		"one that is long":   {strings.Repeat("x", 2000)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := amitest.New(t)
				sink := newRecorder()
				l := ami.NewLink(piped(server), filters, sink)
				run(t, l)
				sink.await(t, "channels []", 1)
				server.Emit("Newchannel")
				sink.await(t, "Newchannel", 1)
				if st := l.Status(); st.Filtered || len(st.Missing) != 1 || !strings.Contains(st.Missing[0], "reads every event") {
					t.Errorf("status %+v", st)
				}
			})
		})
	}
}

func TestGapIsCountedAndResynced(t *testing.T) {
	const flood, room = 5000, 100
	synctest.Test(t, func(t *testing.T) {
		server := amitest.New(t)
		cfg := piped(server)
		cfg.QueueEvents = room
		sink := newRecorder()
		release := make(chan struct{})
		sink.onEvent = func(m ami.Message) {
			if m.Event() == "Stop" {
				<-release
			}
		}
		l := ami.NewLink(cfg, nil, sink)
		run(t, l)
		sink.await(t, "channels []", 1)
		server.Emit("Stop")
		synctest.Wait()
		for range flood {
			server.Emit("Flood")
		}
		server.AddChannel("PJSIP/x-1", "1.1") // lost in the gap
		synctest.Wait()
		close(release)
		lines := sink.await(t, "channels [PJSIP/x-1]", 1)
		want := append([]string{"up", "FullyBooted", "SuccessfulAuth", "channels []", "Stop"}, slices.Repeat([]string{"Flood"}, room)...)
		wantLines(t, lines, append(want, "gap", "channels [PJSIP/x-1]")...)
		if st := l.Status(); sink.dropped != flood+1-room || st.Dropped != sink.dropped {
			t.Errorf("dropped %d, status says %d", sink.dropped, st.Dropped)
		}
	})
}

// However many gaps there are, the channels are listed at most once a second.
func TestGapsDoNotMakeAsteriskListAllTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := amitest.New(t)
		cfg := piped(server)
		cfg.Limits.Headers = 20
		sink := newRecorder()
		l := ami.NewLink(cfg, nil, sink)
		run(t, l)
		sink.await(t, "channels []", 1)
		for range 50 { // events that lose headers count as gaps; five seconds of them
			server.Emit("Long", slices.Repeat([]string{"ChanVariable", "x=1"}, 25)...)
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(2 * time.Second)
		listed := 0
		for _, a := range server.Actions() {
			if a.Name == "CoreShowChannels" {
				listed++
			}
		}
		if listed < 5 || listed > 8 {
			t.Errorf("listed %d times", listed)
		}
		if st := l.Status(); st.Truncated != 50 {
			t.Errorf("status %+v", st)
		}
	})
}

func TestListThatDoesNotComeEndsTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := amitest.New(t)
		server.Handle("CoreShowChannels", func(a amitest.Action, reply func(string)) {
			reply("Response: Success\r\nActionID: " + a.ID + "\r\nEventList: start\r\n\r\n")
		})
		sink := newRecorder()
		l := ami.NewLink(piped(server), nil, sink)
		run(t, l)
		sink.await(t, "down", 1)
		if st := l.Status(); !strings.Contains(st.LastError, "no answer to CoreShowChannels within 10s") {
			t.Errorf("status %+v", st)
		}
	})
}

// Asterisk's no to the list is told, and the link goes on without it.
func TestListRefused(t *testing.T) {
	server := amitest.New(t)
	server.Fail("CoreShowChannels", "Permission denied")
	sink := newRecorder()
	l := ami.NewLink(config(server.Listen()), nil, sink)
	run(t, l)
	server.Await("CoreShowChannels")
	server.Emit("Marker")
	wantLines(t, sink.await(t, "Marker", 1), "up", "FullyBooted", "SuccessfulAuth", "Marker")
	if m := l.Status().Missing; len(m) != 1 || !strings.Contains(m[0], "Permission denied") {
		t.Errorf("missing %q", m)
	}
}

func TestPausesBetweenAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var attempts []time.Time
		cfg := config("pbx1:5038")
		cfg.DialContext = func(context.Context, string, string) (net.Conn, error) {
			attempts = append(attempts, time.Now())
			return nil, errors.New("connection refused")
		}
		sink := newRecorder()
		l := ami.NewLink(cfg, nil, sink)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		l.Run(ctx)
		limit := 200 * time.Millisecond
		for i := 1; i < len(attempts); i++ {
			if pause := attempts[i].Sub(attempts[i-1]); pause > limit || pause < limit*4/5-1 {
				t.Errorf("pause %d is %v, want about %v", i, pause, limit)
			}
			limit = min(2*limit, 10*time.Second)
		}
		if len(attempts) < 15 {
			t.Errorf("%d attempts in two minutes", len(attempts))
		}
		wantLines(t, sink.told(), "down")
	})
}

func TestRefusedLoginIsTriedSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := amitest.New(t)
		server.Refuse(true)
		sink := newRecorder()
		l := ami.NewLink(piped(server), nil, sink)
		run(t, l)
		time.Sleep(20 * time.Minute)
		tries := 0
		for _, a := range server.Actions() {
			if a.Name == "Login" {
				tries++
			}
		}
		if tries < 6 || tries > 9 { // after 30 s, 1, 2, 4, 5, 5 … min, less the jitter
			t.Errorf("%d logins in 20 minutes", tries)
		}
		if st := l.Status(); st.State != ami.Refused || !strings.Contains(st.LastError, "ami_secret") {
			t.Errorf("status %+v", st)
		}
		server.Refuse(false)
		time.Sleep(5*time.Minute + time.Second)
		synctest.Wait()
		wantLines(t, sink.told(), "down", "up", "FullyBooted", "SuccessfulAuth", "channels []")
	})
}

func TestActionInFlightWhenTheLinkBreaks(t *testing.T) {
	server := amitest.New(t)
	server.Handle("Getvar", func(amitest.Action, func(string)) { server.Cut() })
	sink := newRecorder()
	l := ami.NewLink(config(server.Listen()), nil, sink)
	run(t, l)
	sink.await(t, "channels []", 1)
	if _, err := l.Do(t.Context(), ami.NewAction("Getvar").With("Variable", "x")); !errors.Is(err, ami.ErrDown) {
		t.Errorf("got %v", err)
	}
}
