package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"time"

	v5 "github.com/CyCoreSystems/ari/v5"

	"github.com/fraudguard/fraudguard/ari"
)

func ourARI(s *restServer) (*ari.Client, error) {
	return ari.New(ari.Config{URL: s.url(), User: "bench", Password: "bench", Application: "bench"})
}

func probeUnknown(ctx context.Context, b *bench) (string, string, error) {
	program, err := b.build(ctx, ".", "./victim", "victim")
	if err != nil {
		return "", "", err
	}
	ask := func(task string) (string, error) {
		s, err := newRESTServer(nil)
		if err != nil {
			return "", err
		}
		defer s.close()
		go func() {
			for conn := range s.streams {
				time.Sleep(300 * time.Millisecond) // until there is a subscription
				_, _ = conn.Write(appendFrame(nil, []byte(`{"type":"InventedTomorrow","application":"bench","timestamp":"2026-11-21T11:37:34.144+0000"}`)))
			}
		}()
		defer close(s.streams)
		out, err := exec.CommandContext(ctx, program, task, s.address).CombinedOutput()
		first, _, _ := strings.Cut(string(out), "\n")
		if err != nil {
			return fmt.Sprintf("the whole program ends (%v): %s", err, first), nil
		}
		return "goes on; " + first, nil
	}
	library, err := ask("ariv5-unknown")
	if err != nil {
		return "", "", err
	}
	own, err := ask("ari-unknown")
	return library, own, err
}

// probeSlow sends events to a reader that takes none until all are sent.
func probeSlow(ctx context.Context, _ *bench) (string, string, error) {
	const count = 10_000
	var frames []byte
	for range count {
		frames = appendFrame(frames, ariEnd)
	}
	s, err := newRESTServer(nil)
	if err != nil {
		return "", "", err
	}
	defer s.close()
	client, err := connectARI(s)
	if err != nil {
		return "", "", err
	}
	subscription := client.Bus().Subscribe(nil, v5.Events.All)
	stream := <-s.streams
	sendAll(stream, frames)
	time.Sleep(500 * time.Millisecond) // until what is in the buffers has been read
	library := fmt.Sprintf("%d delivered, %d gone, nobody is told", len(subscription.Events()), count-len(subscription.Events()))
	client.Close()
	stream.Close()

	c, err := ourARI(s)
	if err != nil {
		return "", "", err
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	delivered, lost := 0, 0
	for e := range c.Events(ctx) {
		switch e := e.(type) {
		case ari.Gap:
			if e.Connected {
				stream := <-s.streams
				defer stream.Close()
				sendAll(stream, frames)
				time.Sleep(500 * time.Millisecond) // as above
				continue
			}
			lost += e.Lost
		case ari.Other:
			delivered++
		}
		if delivered+lost == count {
			break
		}
	}
	return library, fmt.Sprintf("%d delivered, a gap of %d told in its place", delivered, lost), nil
}

func probeUnanswered(ctx context.Context, _ *bench) (string, string, error) {
	const patience = 8 * time.Second
	released := make(chan struct{})
	s, err := newRESTServer(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-released:
		case <-r.Context().Done():
		}
	})
	if err != nil {
		return "", "", err
	}
	defer s.close()
	defer close(released)
	client, err := connectARI(s)
	if err != nil {
		return "", "", err
	}
	defer client.Close()
	c, err := ourARI(s)
	if err != nil {
		return "", "", err
	}
	defer c.Close()
	library := within(patience, func() error { return client.Channel().Hangup(v5.NewKey(v5.ChannelKey, "x"), "normal") })
	return library, within(patience, func() error { return c.Hangup(ctx, "x", ari.ReasonNormal) }), nil
}

// within says how long something took, or that it did not come to an end.
func within(patience time.Duration, do func() error) string {
	began, done := time.Now(), make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		took := seconds(time.Since(began))
		if err != nil {
			return took + ", with an error"
		}
		return took
	case <-time.After(patience):
		return fmt.Sprintf("not within %s", patience)
	}
}

func probeEscaping(ctx context.Context, _ *bench) (string, string, error) {
	const id = "x/../../asterisk/logging/all?a=b#c"
	seen := make(chan string, 4)
	s, err := newRESTServer(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Method + " " + r.RequestURI
		w.WriteHeader(http.StatusNoContent)
	})
	if err != nil {
		return "", "", err
	}
	defer s.close()
	client, err := connectARI(s)
	if err != nil {
		return "", "", err
	}
	defer client.Close()
	c, err := ourARI(s)
	if err != nil {
		return "", "", err
	}
	defer c.Close()
	sent := func(err error) string {
		select {
		case request := <-seen:
			return request
		default:
			return fmt.Sprintf("nothing: %v", err)
		}
	}
	library := sent(client.Channel().Hangup(v5.NewKey(v5.ChannelKey, id), "normal"))
	return library, sent(c.Hangup(ctx, id, ari.ReasonNormal)), nil
}

func probeNobody(ctx context.Context, _ *bench) (string, string, error) {
	const patience = 4 * time.Second
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", err
	}
	s := &restServer{address: l.Addr().String()}
	if err := l.Close(); err != nil {
		return "", "", err
	}
	c, err := ourARI(s)
	if err != nil {
		return "", "", err
	}
	defer c.Close()
	library := within(patience, func() error {
		_, err := connectARI(s)
		return err
	})
	return library, within(patience, func() error {
		for e := range c.Events(ctx) {
			if broken, ok := e.(ari.Disconnected); ok {
				return broken.Err
			}
		}
		return nil
	}), nil
}
