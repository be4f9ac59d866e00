package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/fraudguard/fraudguard/ami"
)

const (
	factEvents = 50_000 // in one round
	factRounds = 7
	// longest bounds a contender's round, so that one that has lost its last event ends too.
	longest = 60 * time.Second
)

// traffic is the same moments in both of Asterisk's languages.
type traffic struct {
	amiText []byte // ends with the event "BenchEnd", which is not counted
	ariText []byte // websocket frames
	events  int
	facts   int // of the events, those that are facts
}

// newTraffic repeats the recorded sessions until there are so many events. Those of which ARI says
// nothing are left out of both.
func newTraffic(atLeast int) (*traffic, error) {
	var t traffic
	var events []string
	for _, scene := range scenes() {
		more, err := recording(scene)
		if err != nil {
			return nil, err
		}
		events = append(events, more...)
	}
	for t.events < atLeast {
		for _, text := range events {
			m, err := ami.Parse(text)
			if err != nil {
				return nil, err
			}
			told, ok := asARI(m)
			if !ok {
				continue
			}
			if _, ok := ami.Fact("pbx1", m, time.Time{}); ok {
				t.facts++
			}
			t.amiText = append(t.amiText, text...)
			t.ariText = appendFrame(t.ariText, told)
			t.events++
		}
	}
	t.amiText = append(t.amiText, "Event: BenchEnd\r\nPrivilege: system,all\r\n\r\n"...)
	return &t, nil
}

// heard is what a contender made of one round.
type heard struct {
	took             time.Duration
	delivered, facts int
}

// contender reads a round of traffic.
type contender struct {
	name string
	read func(context.Context, *traffic) (heard, error)
}

// contenders are two of each kind: the bare minimum and ours, in memory and by TCP, and the libraries.
func contenders() []contender {
	return []contender{
		{"bare line scan, from memory", scanMemory}, {"ours, from memory", oursMemory},
		{"bare line scan, loopback TCP", scanTCP}, {"ours, loopback TCP", oursTCP},
		{"amigo, loopback TCP", amigoTCP}, {"ari/v5, loopback websocket", ariV5},
	}
}

func measureFacts(ctx context.Context, b *bench) error {
	t, err := newTraffic(factEvents)
	if err != nil {
		return err
	}
	contenders := contenders()
	rates, lost := make([][]float64, len(contenders)), make([]int, len(contenders))
	for round := range factRounds {
		for i, c := range contenders {
			limited, cancel := context.WithTimeout(ctx, longest)
			h, err := c.read(limited, t)
			cancel()
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			if err := t.check(i, h); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			if round == 0 {
				continue // warms up
			}
			rates[i] = append(rates[i], float64(t.events)/h.took.Seconds())
			lost[i] += t.events - h.delivered
		}
	}
	const memory, tcp, amigoAt, ariAt = 1, 3, 4, 5
	for i, c := range contenders {
		r := result{What: c.name, Value: median(rates[i]), Unit: "events/s"}
		if i > memory {
			r.Note = fmt.Sprintf("lost %d of %d events", lost[i], t.events*(factRounds-1))
		}
		switch i {
		case memory:
			r.Ratio, r.Beside = median(ratios(rates[i], rates[0])), "the scan"
			r.Note = fmt.Sprintf("%d bytes and %d headers an event; %d %% are facts", len(t.amiText)/t.events,
				bytes.Count(t.amiText, []byte("\r\n"))/t.events-1, 100*t.facts/t.events)
		case tcp:
			r.Ratio, r.Beside = median(ratios(rates[i], rates[2])), "the scan"
		}
		b.add(r)
	}
	for _, peer := range []int{amigoAt, ariAt} {
		each := ratios(rates[tcp], rates[peer])
		b.add(result{What: "ours beside " + contenders[peer].name, Ratio: median(each), Beside: "the peer", Goal: ">= 3",
			Note: fmt.Sprintf("rounds %.1f to %.1f", percentile(each, 0), percentile(each, 100))})
	}
	return nil
}

// check keeps a contender honest: it has delivered no more than was sent, and ours all facts.
func (t *traffic) check(i int, h heard) error {
	if h.delivered > t.events || h.delivered == 0 {
		return fmt.Errorf("%d events delivered of %d", h.delivered, t.events)
	}
	if (i == 1 || i == 3) && h.delivered == t.events && h.facts != t.facts {
		return fmt.Errorf("%d facts of %d", h.facts, t.facts)
	}
	return nil
}

func scanMemory(_ context.Context, t *traffic) (heard, error) {
	began := time.Now()
	n, err := scan(bufio.NewReaderSize(bytes.NewReader(t.amiText), 32<<10))
	return heard{took: time.Since(began), delivered: n}, err
}

// scan counts blank lines, which end an event, and does nothing else. The last is BenchEnd.
func scan(in *bufio.Reader) (events int, err error) {
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return events - 1, unlessEnd(err)
		}
		if len(line) == 2 {
			events++
		}
	}
}

func unlessEnd(err error) error {
	if errors.Is(err, net.ErrClosed) || err.Error() == "EOF" {
		return nil
	}
	return err
}

func oursMemory(_ context.Context, t *traffic) (heard, error) {
	var h heard
	began := time.Now()
	in := ami.NewReader(bytes.NewReader(t.amiText), ami.Limits{})
	for {
		m, err := in.Read()
		if err != nil {
			return h, err
		}
		if m.Event() == "BenchEnd" {
			h.took = time.Since(began)
			return h, nil
		}
		h.delivered++
		if _, ok := ami.Fact("pbx1", m, began); ok {
			h.facts++
		}
	}
}

// playing is a manager that sends the traffic once the client is ready, as fast as it is taken.
func playing(t *traffic) (m *manager, play func() time.Time, err error) {
	logged := make(chan *managerSession, 1)
	m, err = newManager("", func(s *managerSession, a action) {
		s.admit(a)
		if a["Action"] == "Login" {
			logged <- s
		}
	})
	if err != nil {
		return nil, nil, err
	}
	return m, func() time.Time {
		s := <-logged
		began := time.Now()
		m.work.Go(func() { sendAll(s.conn, t.amiText) })
		return began
	}, nil
}

// sendAll writes in the pieces in which a busy server's kernel would; it ends when the client goes.
func sendAll(conn net.Conn, text []byte) {
	const piece = 64 << 10
	for len(text) > 0 {
		n := min(piece, len(text))
		if _, err := conn.Write(text[:n]); err != nil {
			return
		}
		text = text[n:]
	}
}

func scanTCP(_ context.Context, t *traffic) (heard, error) {
	m, play, err := playing(t)
	if err != nil {
		return heard{}, err
	}
	defer m.close()
	conn, err := net.Dial("tcp", m.address())
	if err != nil {
		return heard{}, err
	}
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 32<<10)
	if _, err := conn.Write([]byte("Action: Login\r\n\r\n")); err != nil {
		return heard{}, err
	}
	for range 4 { // banner and answer
		if _, err := in.ReadSlice('\n'); err != nil {
			return heard{}, err
		}
	}
	began, events := play(), 0
	for events <= t.events {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return heard{}, err
		}
		if len(line) == 2 {
			events++
		}
	}
	return heard{took: time.Since(began), delivered: events - 1}, nil
}

func oursTCP(ctx context.Context, t *traffic) (heard, error) {
	m, play, err := playing(t)
	if err != nil {
		return heard{}, err
	}
	defer m.close()
	s, err := ami.Dial(ctx, ami.Config{Addr: m.address(), User: "bench", Secret: "bench", PingEvery: time.Hour})
	if err != nil {
		return heard{}, err
	}
	defer s.Close()
	var h heard
	dropped, began := 0, play()
	for h.delivered+dropped <= t.events { // one more is BenchEnd
		entry, err := s.Next(ctx)
		if err != nil {
			return h, err
		}
		if entry.Dropped > 0 {
			dropped += int(entry.Dropped)
			continue
		}
		if entry.Event.Event() == "BenchEnd" {
			break
		}
		h.delivered++
		if _, ok := ami.Fact("pbx1", entry.Event, entry.At); ok {
			h.facts++
		}
	}
	h.took = time.Since(began)
	return h, nil
}
