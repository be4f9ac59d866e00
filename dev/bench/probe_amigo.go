package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ivahaev/amigo"

	"github.com/fraudguard/fraudguard/ami"
)

// withBoth runs the same server for amigo and for a session of ours, one after the other.
func withBoth(ctx context.Context, answer func(*managerSession, action), handler func(map[string]string),
	library func(*amigo.Amigo) error, ours func(*ami.Session) error) error {
	m, err := newManager("", answer)
	if err != nil {
		return err
	}
	client, lost, err := connectAmigo(ctx, m.address(), time.Second, handler)
	if err != nil {
		m.close()
		return err
	}
	err = library(client)
	endAmigo(m, client, lost)
	if err != nil {
		return err
	}
	if m, err = newManager("", answer); err != nil {
		return err
	}
	defer m.close()
	s, err := ami.Dial(ctx, ami.Config{Addr: m.address(), User: "bench", Secret: "bench", ActionTimeout: time.Second})
	if err != nil {
		return err
	}
	defer s.Close()
	return ours(s)
}

// untilEvent waits for an event of a name and counts those before it.
func untilEvent(ctx context.Context, s *ami.Session, name string) (ami.Message, int, error) {
	for n := 0; ; n++ {
		e, err := s.Next(ctx)
		if err != nil || e.Event.Event() == name {
			return e.Event, n, err
		}
	}
}

func probeSegment(ctx context.Context, _ *bench) (string, string, error) {
	five := strings.Repeat("Event: Counted\r\nPrivilege: call,all\r\n\r\n", 5)
	answer := func(s *managerSession, a action) {
		if a["Action"] != "Login" {
			s.admit(a)
			return
		}
		s.send(successOf(a, "Message: Authentication accepted") + five)
		time.AfterFunc(300*time.Millisecond, func() { s.send(five + "Event: Last\r\n\r\n") })
	}
	var counted atomic.Int64
	last := make(chan struct{})
	own := 0
	err := withBoth(ctx, answer, func(e map[string]string) {
		switch e["Event"] {
		case "Counted":
			counted.Add(1)
		case "Last":
			close(last)
		}
	}, func(*amigo.Amigo) error {
		<-last
		return nil
	}, func(s *ami.Session) (err error) {
		_, own, err = untilEvent(ctx, s, "Last")
		return err
	})
	return fmt.Sprintf("%d of 10", counted.Load()), fmt.Sprintf("%d of 10", own), err
}

func probeRepeated(ctx context.Context, _ *bench) (string, string, error) {
	answer := func(s *managerSession, a action) {
		s.admit(a)
		if a["Action"] == "Login" {
			time.AfterFunc(300*time.Millisecond, func() {
				s.send("Event: Last\r\nChanVariable: a=1\r\nChanVariable: b=2\r\nChanVariable: c=3\r\n\r\n")
			})
		}
	}
	last := make(chan string, 1)
	var library, own string
	err := withBoth(ctx, answer, func(e map[string]string) { last <- e["ChanVariable"] }, func(*amigo.Amigo) error {
		library = "kept: " + <-last
		return nil
	}, func(s *ami.Session) error {
		m, _, err := untilEvent(ctx, s, "Last")
		own = "kept: " + strings.Join(m.All("ChanVariable"), " ")
		return err
	})
	return library, own, err
}

// longestWait starts callers at the same moment, lets each call some times, and gives the longest that
// one call took.
func longestWait(callers, times int, call func()) time.Duration {
	var longest atomic.Int64
	var work sync.WaitGroup
	start := make(chan struct{})
	for range callers {
		work.Go(func() {
			<-start
			for range times {
				began := time.Now()
				call()
				took := int64(time.Since(began))
				for old := longest.Load(); took > old && !longest.CompareAndSwap(old, took); old = longest.Load() {
				}
			}
		})
	}
	close(start)
	work.Wait()
	return time.Duration(longest.Load())
}

// probeOutage answers some actions of a program that is busy, breaks the link at the next, and mends it
// five seconds later.
func probeOutage(ctx context.Context, _ *bench) (string, string, error) {
	const outage, answered = 5 * time.Second, 4
	outageFor := func(use func(address string, end func()) (time.Duration, error)) (time.Duration, error) {
		var once sync.Once
		var arrived atomic.Int64
		var m, mended *manager
		var mending sync.WaitGroup
		broken := make(chan struct{})
		answer := func(s *managerSession, a action) {
			if a["Action"] == "Login" || a["Action"] == "Challenge" {
				s.admit(a)
				return
			}
			if arrived.Add(1) <= answered {
				s.success(a)
				return
			}
			once.Do(func() { close(broken) })
		}
		m, err := newManager("", answer)
		if err != nil {
			return 0, err
		}
		address := m.address()
		mending.Go(func() {
			<-broken
			m.close()
			time.Sleep(outage)
			mended, _ = newManager(address, func(s *managerSession, a action) { s.admit(a) })
		})
		end := func() {
			once.Do(func() { close(broken) })
			mending.Wait()
			if mended != nil {
				mended.close()
			}
		}
		return use(address, end)
	}
	library, err := outageFor(func(address string, end func()) (time.Duration, error) {
		client, _, err := connectAmigo(ctx, address, time.Second, nil)
		if err != nil {
			return 0, err
		}
		longest := longestWait(8, 3, func() { _, _ = client.Action(map[string]string{"Action": "Ping"}) })
		end()
		time.Sleep(100 * time.Millisecond)
		client.Close()
		return longest, nil
	})
	if err != nil {
		return "", "", err
	}
	own, err := outageFor(func(address string, end func()) (time.Duration, error) {
		defer end()
		s, err := ami.Dial(ctx, ami.Config{Addr: address, User: "bench", Secret: "bench", ActionTimeout: time.Second})
		if err != nil {
			return 0, err
		}
		defer s.Close()
		return longestWait(8, 3, func() { _, _ = s.Do(ctx, ami.NewAction("Ping")) }), nil
	})
	return seconds(library), seconds(own), err
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f s", d.Seconds()) }

func probeParallel(ctx context.Context, _ *bench) (string, string, error) {
	answer := func(s *managerSession, a action) {
		if a["Action"] == "Ping" {
			time.AfterFunc(200*time.Millisecond, func() { s.success(a) })
			return
		}
		s.admit(a)
	}
	var library, own time.Duration
	err := withBoth(ctx, answer, nil, func(client *amigo.Amigo) error {
		library = longestWait(5, 1, func() { _, _ = client.Action(map[string]string{"Action": "Ping"}) })
		return nil
	}, func(s *ami.Session) error {
		own = longestWait(5, 1, func() { _, _ = s.Do(ctx, ami.NewAction("Ping")) })
		return nil
	})
	return seconds(library), seconds(own), err
}

func probeInjection(ctx context.Context, _ *bench) (string, string, error) {
	const hostile = "x\r\n\r\nAction: Originate\r\nChannel: PJSIP/carrier\r\n\r\nRest: y"
	var mu sync.Mutex
	var names []string
	answer := func(s *managerSession, a action) {
		s.admit(a)
		if a["Action"] == "Setvar" || a["Action"] == "Originate" {
			mu.Lock()
			defer mu.Unlock()
			names = append(names, a["Action"])
		}
	}
	read := func() string {
		time.Sleep(200 * time.Millisecond)
		mu.Lock()
		defer mu.Unlock()
		defer func() { names = nil }()
		return strings.Join(names, " and ")
	}
	var library, own string
	err := withBoth(ctx, answer, nil, func(client *amigo.Amigo) error {
		_, _ = client.Action(map[string]string{"Action": "Setvar", "Variable": "v", "Value": hostile})
		library = read()
		return nil
	}, func(s *ami.Session) error {
		_, err := s.Do(ctx, ami.Setvar("PJSIP/carrier-1", "v", hostile))
		if own = "none: " + fmt.Sprint(err); read() != "" || err == nil {
			return errors.New("ours sent it")
		}
		return nil
	})
	return library, own, err
}

func probeTimeout(ctx context.Context, _ *bench) (string, string, error) {
	answer := func(s *managerSession, a action) {
		if a["Action"] != "Setvar" {
			s.admit(a)
		}
	}
	var library, own string
	err := withBoth(ctx, answer, nil, func(client *amigo.Amigo) error {
		result, err := client.Action(map[string]string{"Action": "Setvar"})
		library = fmt.Sprintf("error %v, answer %v", err, result)
		return nil
	}, func(s *ami.Session) error {
		_, err := s.Do(ctx, ami.NewAction("Setvar"))
		own = fmt.Sprintf("error %q", err)
		return nil
	})
	return library, own, err
}

func probeSecret(ctx context.Context, _ *bench) (string, string, error) {
	var mu sync.Mutex
	how := ""
	answer := func(s *managerSession, a action) {
		if a["Action"] == "Login" {
			mu.Lock()
			if how = "its MD5 digest only"; a["Secret"] != "" {
				how = "in clear"
			}
			mu.Unlock()
		}
		s.admit(a)
	}
	var library, own string
	note := func(to *string) error {
		mu.Lock()
		defer mu.Unlock()
		*to = how
		return nil
	}
	err := withBoth(ctx, answer, nil, func(*amigo.Amigo) error { return note(&library) }, func(*ami.Session) error { return note(&own) })
	return library, own, err
}

// probeStuck sends a stream to a consumer that takes nothing, and sees whether it can all be sent.
func probeStuck(ctx context.Context, _ *bench) (string, string, error) {
	t, err := newTraffic(factEvents)
	if err != nil {
		return "", "", err
	}
	sent := make(chan struct{}, 2)
	var session atomic.Pointer[managerSession]
	answer := func(s *managerSession, a action) {
		if a["Action"] == "Login" {
			session.Store(s)
		}
		s.admit(a)
	}
	flood := func() string {
		conn := session.Load().conn
		go func() {
			sendAll(conn, t.amiText)
			sent <- struct{}{}
		}()
		select {
		case <-sent:
			time.Sleep(time.Second) // until what is in the buffers has been read
			return fmt.Sprintf("yes: all of %d events were read", t.events)
		case <-time.After(3 * time.Second):
			return "no: the server could not send on for 3 s"
		}
	}
	release := make(chan struct{})
	var library, own string
	err = withBoth(ctx, answer, func(map[string]string) { <-release }, func(*amigo.Amigo) error {
		time.Sleep(100 * time.Millisecond)
		library = flood()
		close(release)
		return nil
	}, func(s *ami.Session) error {
		own = flood()
		dropped := uint64(0)
		for n := uint64(0); n+dropped < uint64(t.events); n++ {
			e, err := s.Next(ctx)
			if err != nil {
				return err
			}
			dropped += e.Dropped
		}
		own += fmt.Sprintf(", %d counted as dropped", dropped)
		return nil
	})
	return library, own, err
}

func probeTLS(context.Context, *bench) (string, string, error) {
	library := "no setting for it"
	for _, f := range reflect.VisibleFields(reflect.TypeFor[amigo.Settings]()) {
		if strings.Contains(strings.ToLower(f.Name), "tls") || strings.Contains(strings.ToLower(f.Name), "dialer") {
			library = "setting " + f.Name
		}
	}
	return library, "ami.Config.TLS", nil
}
