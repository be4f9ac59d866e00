package main

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"github.com/CyCoreSystems/ari/v5"
	"github.com/CyCoreSystems/ari/v5/client/native"
	"github.com/ivahaev/amigo"
)

// connectAmigo logs amigo in and waits until it reads. The end that it gives stops it; close the
// manager's sessions before, for then it ends without a word on standard error.
func connectAmigo(ctx context.Context, address string, timeout time.Duration, handler func(map[string]string)) (client *amigo.Amigo, lost <-chan struct{}, err error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, nil, err
	}
	client = amigo.New(&amigo.Settings{Username: "bench", Password: "bench", Host: host, Port: port,
		ActionTimeout: timeout, ReconnectInterval: 50 * time.Millisecond})
	up, down := make(chan struct{}, 16), make(chan struct{}, 1)
	client.On("connect", func(string) {
		select {
		case up <- struct{}{}:
		default:
		}
	})
	client.On("error", func(string) {
		select {
		case down <- struct{}{}:
		default:
		}
	})
	if handler != nil {
		if err := client.RegisterDefaultHandler(handler); err != nil {
			return nil, nil, err
		}
	}
	client.Connect()
	select {
	case <-up:
		for !client.Connected() {
			time.Sleep(time.Millisecond)
		}
		return client, down, nil
	case <-ctx.Done():
		return nil, nil, fmt.Errorf("amigo did not connect: %w", ctx.Err())
	}
}

// endAmigo breaks the connection and, while amigo waits to connect again, closes it.
func endAmigo(m *manager, client *amigo.Amigo, lost <-chan struct{}) {
	m.close()
	select {
	case <-lost:
	case <-time.After(5 * time.Second):
	}
	client.Close()
}

// amigoTCP feeds amigo. A default handler is its fastest way: one map an event, one call, no channel
// besides its own.
func amigoTCP(ctx context.Context, t *traffic) (heard, error) {
	m, play, err := playing(t)
	if err != nil {
		return heard{}, err
	}
	var delivered atomic.Int64
	ended := make(chan struct{})
	client, lost, err := connectAmigo(ctx, m.address(), time.Second, func(event map[string]string) {
		if event["Event"] == "BenchEnd" {
			close(ended)
			return
		}
		delivered.Add(1)
	})
	if err != nil {
		m.close()
		return heard{}, err
	}
	defer endAmigo(m, client, lost)
	began := play()
	select {
	case <-ended:
		return heard{took: time.Since(began), delivered: int(delivered.Load())}, nil
	case <-ctx.Done():
		return heard{}, fmt.Errorf("the last event did not come: %w", ctx.Err())
	}
}

func connectARI(s *restServer) (ari.Client, error) {
	return native.Connect(&native.Options{Application: "bench", Username: "bench", Password: "bench",
		URL: s.url(), WebsocketURL: "ws://" + s.address + "/ari/events"})
}

// ariEnd is an event that tells the reader that the traffic is over.
var ariEnd = []byte(`{"type":"ChannelUserevent","application":"bench","asterisk_id":"02:fc:00:00:00:01",` +
	`"timestamp":"2026-11-21T11:37:34.144+0000","eventname":"BenchEnd","channel":{"id":"end","name":"end"}}`)

// ariV5 feeds the native client. One subscription to everything, drained by one goroutine that only
// counts, is its fastest way.
func ariV5(ctx context.Context, t *traffic) (heard, error) {
	s, err := newRESTServer(nil)
	if err != nil {
		return heard{}, err
	}
	defer s.close()
	client, err := connectARI(s)
	if err != nil {
		return heard{}, err
	}
	defer client.Close()
	subscription := client.Bus().Subscribe(nil, ari.Events.All)
	stream := <-s.streams
	defer stream.Close()
	ended, sent := make(chan struct{}), make(chan struct{})
	began := time.Now()
	go func() {
		defer close(sent)
		sendAll(stream, t.ariText)
		// The end may be dropped as anything else, so it is sent until it is heard.
		for frame := appendFrame(nil, ariEnd); ; {
			if _, err := stream.Write(frame); err != nil {
				return
			}
			select {
			case <-ended:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	defer func() { <-sent }()
	defer close(ended)
	var h heard
	for {
		select {
		case e := <-subscription.Events():
			if e.GetType() == ari.Events.ChannelUserevent {
				h.took = time.Since(began)
				return h, nil
			}
			h.delivered++
		case <-ctx.Done():
			stream.Close()
			return h, fmt.Errorf("the last event did not come: %w", ctx.Err())
		}
	}
}
