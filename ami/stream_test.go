package ami_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fraudguard/fraudguard/ami"
	"github.com/fraudguard/fraudguard/ami/amitest"
)

// The consumer stands still while the server sends far more than the queue holds. The server must get rid of all of it,
// and the consumer must learn exactly how many are missing, and where.
func TestSlowConsumer(t *testing.T) {
	const sent, room = 50_000, 1000
	server := amitest.New(t)
	cfg := config(server.Listen())
	cfg.QueueEvents = room
	s := dial(t, cfg)
	for i := range sent {
		server.Emit("Flood", "Number", fmt.Sprint(i))
	}
	server.Drain()
	if _, err := s.Do(t.Context(), ami.NewAction("Ping")); err != nil { // everything before the answer has been read
		t.Fatal(err)
	}
	seen, dropped := 0, 0
	take := func() ami.Entry {
		e, err := s.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	for seen+dropped < sent {
		e := take()
		switch {
		case e.Dropped > 0:
			dropped += int(e.Dropped)
		case e.Event.Event() == "Flood":
			if got := e.Event.Get("Number"); got != fmt.Sprint(seen+dropped) {
				t.Fatalf("event %s at place %d", got, seen+dropped)
			}
			seen++
		}
	}
	if seen+dropped != sent || dropped != sent-room+2 { // the two events of the login took room
		t.Errorf("%d seen, %d dropped, of %d", seen, dropped, sent)
	}
	server.Emit("Marker")
	if e := take(); e.Event.Event() != "Marker" {
		t.Errorf("after the gap comes %q", e.Event)
	}
}

func TestBytesOfTheQueueAreBounded(t *testing.T) {
	server := amitest.New(t)
	cfg := config(server.Listen())
	cfg.QueueBytes = 100_000
	s := dial(t, cfg)
	for range 100 {
		server.Emit("Flood", "Text", strings.Repeat("x", 8000))
	}
	server.Drain()
	if _, err := s.Do(t.Context(), ami.NewAction("Ping")); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for {
		e, err := s.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if e.Dropped > 0 {
			if seen > 15 || seen+int(e.Dropped) != 102 {
				t.Errorf("%d seen, %d dropped", seen, e.Dropped)
			}
			break
		}
		seen++
	}
	for range 5 { // what has been taken makes room
		server.Emit("Again", "Text", strings.Repeat("x", 8000))
	}
	for range 5 {
		if got := nextEvent(t, s); got != "Again" {
			t.Errorf("got %s", got)
		}
	}
}

func TestListIsBounded(t *testing.T) {
	server := amitest.New(t)
	cfg := config(server.Listen())
	cfg.ListItems = 3
	s := dial(t, cfg)
	for i := range 4 {
		server.AddChannel(fmt.Sprint("PJSIP/x-", i), fmt.Sprint("1.", i))
	}
	if _, err := s.List(t.Context(), ami.NewAction("CoreShowChannels")); err == nil || !strings.Contains(err.Error(), "more than 3 items") {
		t.Errorf("got %v", err)
	}
	server.RemoveChannel("PJSIP/x-0")
	if items, err := s.List(t.Context(), ami.NewAction("CoreShowChannels")); err != nil || len(items) != 3 {
		t.Errorf("%v, %v", items, err)
	}
}

func TestCutInTheMiddleOfAnEvent(t *testing.T) {
	server := amitest.New(t)
	s := dial(t, config(server.Listen()))
	nextEvent(t, s)
	nextEvent(t, s)
	server.Emit("Whole")
	server.EmitRaw("Event: Hangup\r\nChannel: PJSIP/car")
	server.Drain()
	server.Cut()
	if got := nextEvent(t, s); got != "Whole" {
		t.Errorf("got %s", got)
	}
	if e, err := s.Next(t.Context()); err == nil {
		t.Errorf("half an event was delivered: %q", e.Event)
	}
	if _, err := s.Do(t.Context(), ami.NewAction("Ping")); err == nil {
		t.Error("an action on an ended session succeeded")
	}
}
