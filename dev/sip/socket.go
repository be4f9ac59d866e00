package sip

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// socket is a UDP port with SIP's transactions on it: requests are repeated
// until answered, repeated requests get the same answer again, and each
// request reaches the handler once.
type socket struct {
	conn  *net.UDPConn
	local string
	agent string

	// handle is called by the reader, one request at a time. It must not wait.
	handle func(*received)

	mu      sync.Mutex
	waiting map[string]chan *received // our requests, by branch and method
	acks    map[string]sent           // our ACKs, by branch of the INVITE
	replies map[string]sent           // our responses, by branch and method of the request
	unacked map[string]*time.Timer    // final responses to INVITEs, by Call-ID and CSeq
	swept   time.Time
	closed  bool

	readerDone chan struct{}
}

// sent is kept for as long as the other side may ask for it again.
type sent struct {
	data []byte
	to   string
	at   time.Time
}

func listen(address, agent string) (*socket, error) {
	local, err := net.ResolveUDPAddr("udp4", address)
	if err != nil {
		return nil, fmt.Errorf("listening for SIP: %w", err)
	}
	conn, err := net.ListenUDP("udp4", local)
	if err != nil {
		return nil, fmt.Errorf("listening for SIP: %w", err)
	}
	// Room for a burst of calls: what does not fit is lost and repeated half a second later.
	conn.SetReadBuffer(1 << 20)
	return &socket{
		conn:       conn,
		local:      conn.LocalAddr().String(),
		agent:      agent,
		waiting:    make(map[string]chan *received),
		acks:       make(map[string]sent),
		replies:    make(map[string]sent),
		unacked:    make(map[string]*time.Timer),
		readerDone: make(chan struct{}),
	}, nil
}

// close stops everything at once and says nothing to anybody.
func (s *socket) close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	for _, timer := range s.unacked {
		timer.Stop()
	}
	s.mu.Unlock()
	s.conn.Close()
	<-s.readerDone
}

func (s *socket) read() {
	defer close(s.readerDone)
	buffer := make([]byte, 65536)
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return
		}
		// What cannot be understood is no SIP: a keep-alive, or a stranger.
		if m, err := parse(append([]byte(nil), buffer[:n]...), from.String()); err == nil {
			s.dispatch(m)
		}
	}
}

func (s *socket) dispatch(m *received) {
	if m.status != 0 {
		s.response(m)
		return
	}
	if m.method == "ACK" {
		s.stopRepeating(m)
		return
	}
	key := m.branch + " " + m.method
	s.mu.Lock()
	s.sweep()
	known, repeated := s.replies[key]
	if !repeated {
		s.replies[key] = sent{at: time.Now()}
	}
	s.mu.Unlock()
	if repeated {
		if known.data != nil {
			s.send(known.data, known.to)
		}
		return
	}
	s.handle(m)
}

// sweep forgets what nobody can ask for again. The caller holds the lock.
func (s *socket) sweep() {
	now := time.Now()
	if now.Sub(s.swept) < giveUp {
		return
	}
	s.swept = now
	for _, kept := range []map[string]sent{s.acks, s.replies} {
		for key, one := range kept {
			// An INVITE may ring for minutes before its answer is sent.
			if now.Sub(one.at) > giveUp && one.data != nil {
				delete(kept, key)
			}
		}
	}
}

func (s *socket) response(m *received) {
	s.mu.Lock()
	waiter := s.waiting[m.branch+" "+m.method]
	ack, acked := s.acks[m.branch]
	s.mu.Unlock()
	switch {
	case m.method == "INVITE" && m.status >= 200 && acked:
		s.send(ack.data, ack.to)
	case waiter != nil:
		select {
		case waiter <- m:
		default: // repeated provisional responses beyond what anybody needs
		}
	}
}

func (s *socket) send(data []byte, to string) {
	address, err := net.ResolveUDPAddr("udp4", to)
	if err != nil {
		return
	}
	s.conn.WriteToUDP(data, address) // what is lost is repeated
}

// ask sends a request and returns its final response. Provisional ones go to
// progress, which may be nil. An INVITE's refusal is acknowledged here; its
// acceptance is the caller's to acknowledge.
func (s *socket) ask(ctx context.Context, r request, to string, progress func(*received)) (*received, error) {
	key := r.branch + " " + r.method
	answers := make(chan *received, 16)
	s.mu.Lock()
	s.sweep()
	s.waiting[key] = answers
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.waiting, key)
		s.mu.Unlock()
	}()

	data := r.text(s.local, s.agent)
	s.send(data, to)
	pause := firstRetry
	retry := time.NewTimer(pause)
	defer retry.Stop()
	limit := time.NewTimer(giveUp)
	defer limit.Stop()
	for {
		select {
		case m := <-answers:
			if m.status >= 200 {
				if r.method == "INVITE" && m.status >= 300 {
					s.acknowledge(r, m, to)
				}
				return m, nil
			}
			if r.method == "INVITE" {
				retry.Stop()
				limit.Stop() // it may ring for as long as it likes
			}
			if progress != nil {
				progress(m)
			}
		case <-retry.C:
			s.send(data, to)
			pause = min(2*pause, longestWait)
			retry.Reset(pause)
		case <-limit.C:
			return nil, fmt.Errorf("%s to %s: no answer within %v", r.method, to, giveUp)
		case <-s.readerDone:
			return nil, fmt.Errorf("%s to %s: %w", r.method, to, net.ErrClosed)
		case <-ctx.Done():
			return nil, fmt.Errorf("%s to %s: %w", r.method, to, context.Cause(ctx))
		}
	}
}

// acknowledge sends the ACK for a final response to our INVITE, now and each
// time that the response comes again.
func (s *socket) acknowledge(invite request, m *received, to string) {
	ack := request{method: "ACK", target: invite.target, from: invite.from, to: m.to, callID: invite.callID, seq: invite.seq, branch: invite.branch}
	if m.status < 300 {
		ack.branch = newBranch()
		if m.contact != "" {
			ack.target = m.contact
		}
	}
	data := ack.text(s.local, s.agent)
	s.mu.Lock()
	s.acks[invite.branch] = sent{data: data, to: to, at: time.Now()}
	s.mu.Unlock()
	s.send(data, to)
}

// respond answers a request. A final answer to an INVITE is repeated until the ACK comes.
func (s *socket) respond(to *received, status int, reason, localTag string, headers []string, body string) {
	data := reply(to, status, reason, localTag, s.agent, headers, body)
	s.mu.Lock()
	s.replies[to.branch+" "+to.method] = sent{data: data, to: to.source, at: time.Now()}
	if to.method == "INVITE" && status >= 200 && !s.closed {
		s.repeat(to, data)
	}
	s.mu.Unlock()
	s.send(data, to.source)
}

func ackKey(m *received) string { return fmt.Sprintf("%s %d", m.callID, m.seq) }

// repeat schedules the repetitions of a final response. The caller holds the lock.
func (s *socket) repeat(to *received, data []byte) {
	key, pause, began := ackKey(to), firstRetry, time.Now()
	var timer *time.Timer
	timer = time.AfterFunc(pause, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.closed || s.unacked[key] != timer {
			return
		}
		if time.Since(began) > giveUp {
			delete(s.unacked, key)
			return
		}
		s.send(data, to.source)
		pause = min(2*pause, longestWait)
		timer.Reset(pause)
	})
	s.unacked[key] = timer
}

func (s *socket) stopRepeating(ack *received) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if timer := s.unacked[ackKey(ack)]; timer != nil {
		timer.Stop()
		delete(s.unacked, ackKey(ack))
	}
}
