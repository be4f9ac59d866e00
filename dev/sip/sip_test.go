package sip

import (
	"context"
	"errors"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/asterisk"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stage is a real Asterisk with two phones and a carrier.
type stage struct {
	t       *testing.T
	ctx     context.Context
	server  *asterisk.Server
	carrier *Carrier
}

const forwards = `
[from-carrier]
exten => 900,1,Dial(PJSIP/0088900@carrier,60)
`

// play runs a test on a fresh stage of each version.
func play(t *testing.T, carrier CarrierOptions, scene func(*stage)) {
	for _, version := range asterisk.Versions() {
		t.Run(version, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			c, err := NewCarrier(carrier)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.Close)
			server, err := asterisk.Start(ctx, asterisk.Options{
				Version:  version,
				Trunks:   []asterisk.Trunk{{Name: "carrier", Addr: c.Addr()}},
				Tenants:  []asterisk.Tenant{{Name: "acme", Extensions: []asterisk.Extension{{Number: "101"}, {Number: "102"}}}},
				Dialplan: forwards,
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { server.Stop() })
			scene(&stage{t: t, ctx: ctx, server: server, carrier: c})
		})
	}
}

func (s *stage) phone(user string, incoming Behaviour) *Phone {
	s.t.Helper()
	p, err := NewPhone(PhoneOptions{User: user, Password: s.server.Password(user), Registrar: s.server.SIPAddr, Incoming: incoming})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(p.Close)
	s.must(p.Register(s.ctx))
	return p
}

func (s *stage) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) dial(p *Phone, number string) *Call {
	s.t.Helper()
	c, err := p.Dial(s.ctx, number)
	s.must(err)
	return c
}

// kinds takes what a call has reported so far.
func kinds(c *Call) []Kind {
	var seen []Kind
	for {
		select {
		case state := <-c.States():
			seen = append(seen, state.Kind)
		default:
			return seen
		}
	}
}

func TestPlainCallIsBilledFromAnswerToBye(t *testing.T) {
	answers := map[string]Behaviour{"0088": {RingFor: 50 * time.Millisecond}, "0077": {EarlyMedia: true, RingFor: 10 * time.Millisecond, HangUpAfter: 300 * time.Millisecond}}
	tariffs := []Tariff{{Prefix: "0088", PerMinute: "0.60", First: time.Minute, Next: time.Minute}, {Prefix: "0077", PerMinute: "1.20", Connect: "0.10"}}
	play(t, CarrierOptions{Answers: answers, Tariffs: tariffs}, func(s *stage) {
		phone := s.phone("101", Behaviour{})
		call := s.dial(phone, "0088123")
		s.must(call.WaitAnswered(s.ctx))
		if got := s.carrier.Live(); got != 1 {
			t.Errorf("%d live legs during the call", got)
		}
		s.must(call.Hangup())
		s.must(s.carrier.WaitAllEnded(s.ctx))
		if got, want := kinds(call), []Kind{Ringing, Answered, Ended}; !slices.Equal(got, want) {
			t.Errorf("the phone saw %v, want %v", got, want)
		}

		second := s.dial(phone, "0077123")
		over, err := second.WaitOver(s.ctx)
		s.must(err)
		if over.Kind != Ended || !over.ByRemote {
			t.Errorf("a call that the carrier hangs up ended as %+v", over)
		}
		s.must(s.carrier.WaitAllEnded(s.ctx))

		bills := s.carrier.Bills()
		if len(bills) != 2 {
			t.Fatalf("%d rows, want 2: %+v", len(bills), bills)
		}
		first, last := bills[0], bills[1]
		if first.Number != "0088123" || first.EndedBy != "customer" || last.Number != "0077123" || last.EndedBy != "carrier" {
			t.Errorf("rows: %+v", bills)
		}
		if first.Answered.Sub(first.Invited) < 50*time.Millisecond || last.Duration() < 300*time.Millisecond {
			t.Errorf("times: %+v", bills)
		}
		// One clock, and the answer travels from the carrier to the phone.
		if answered := call.seen[Answered].At; answered.Before(first.Answered) {
			t.Errorf("the phone had its answer at %v, before the carrier gave it at %v", answered, first.Answered)
		}
		if got := s.carrier.Cost(first); got != "0.600000" {
			t.Errorf("a call of one begun minute costs %s", got)
		}
		// 300 ms are one second, unless the machine was very slow.
		if got := s.carrier.Billed(last); got == time.Second && s.carrier.Total() != "0.720000" {
			t.Errorf("both calls cost %s", s.carrier.Total())
		}
	})
}

func TestUnansweredCallsCostNothing(t *testing.T) {
	answers := map[string]Behaviour{"0077": {Refuse: 486}, "0066": {NoAnswer: true}}
	play(t, CarrierOptions{Answers: answers, Tariffs: []Tariff{{PerMinute: "1", Connect: "1"}}}, func(s *stage) {
		phone := s.phone("101", Behaviour{})
		busy, err := s.dial(phone, "0077123").WaitOver(s.ctx)
		s.must(err)
		if busy.Kind != Refused || busy.Code != 486 {
			t.Errorf("a busy number: %+v", busy)
		}

		cancelled := s.dial(phone, "0066123")
		s.must(s.carrier.WaitInvited(s.ctx, 2))
		s.must(cancelled.Cancel())
		over, err := cancelled.WaitOver(s.ctx)
		s.must(err)
		if over.Kind != Refused || over.Code != 487 {
			t.Errorf("a cancelled call: %+v", over)
		}

		ctx, giveUp := context.WithCancel(s.ctx)
		abandoned, err := phone.Dial(ctx, "0066456")
		s.must(err)
		s.must(s.carrier.WaitInvited(s.ctx, 3))
		giveUp()
		if over, err := abandoned.WaitOver(s.ctx); err != nil || over.Code != 487 {
			t.Errorf("a call whose context ended: %+v, %v", over, err)
		}

		s.must(s.carrier.WaitAllEnded(s.ctx))
		bills := s.carrier.Bills()
		for i, want := range []string{"carrier", "customer", "customer"} {
			if bills[i].EndedBy != want || !bills[i].Answered.IsZero() {
				t.Errorf("row %d: %+v", i, bills[i])
			}
		}
		if got := s.carrier.Total(); got != "0.000000" {
			t.Errorf("three unanswered calls cost %s", got)
		}
	})
}

func TestTransferredLegsLiveOnWithoutThePhone(t *testing.T) {
	play(t, CarrierOptions{}, func(s *stage) {
		phone := s.phone("101", Behaviour{})
		call := s.dial(phone, "0088222")
		s.must(call.WaitAnswered(s.ctx))
		s.waitForBridge(2) // before that Asterisk refuses a transfer with 400
		s.must(call.BlindTransfer(s.ctx, "0088333"))
		phone.Vanish()
		s.must(s.carrier.Wait(s.ctx, "two live legs", func([]Bill) bool { return s.carrier.Live() == 2 }))
		s.waitForBridge(2)
		bridged, err := s.server.Console(s.ctx, "core show channels concise")
		s.must(err)
		if strings.Contains(bridged, "PJSIP/101") || strings.Count(bridged, "PJSIP/carrier") != 2 {
			t.Errorf("channels after the transfer:\n%s", bridged)
		}
		s.carrier.HangupAll()
		s.must(s.carrier.WaitAllEnded(s.ctx))
		if bills := s.carrier.Bills(); len(bills) != 2 || bills[0].Ended.Before(bills[1].Answered) {
			t.Errorf("the first leg should outlive the second one's answer: %+v", bills)
		}
	})
}

// bridgeRow finds the number of channels, which stands before the bridge's type.
var bridgeRow = regexp.MustCompile(`\s(\d+) basic\s`)

// waitForBridge returns when there are bridges with so many channels, and no others.
func (s *stage) waitForBridge(channels ...int) {
	s.t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		out, err := s.server.Console(s.ctx, "bridge show all")
		s.must(err)
		var found []int
		for _, match := range bridgeRow.FindAllStringSubmatch(out, -1) {
			n, err := strconv.Atoi(match[1])
			s.must(err)
			found = append(found, n)
		}
		if slices.Equal(found, channels) {
			return
		}
		select {
		case <-again.C:
		case <-s.ctx.Done():
			s.t.Fatalf("bridges with %v channels never came:\n%s", channels, out)
		}
	}
}

func TestAttendedTransferConnectsBothLegs(t *testing.T) {
	play(t, CarrierOptions{}, func(s *stage) {
		phone := s.phone("101", Behaviour{})
		first, second := s.dial(phone, "0088222"), s.dial(phone, "0088333")
		s.must(first.WaitAnswered(s.ctx))
		s.must(second.WaitAnswered(s.ctx))
		s.waitForBridge(2, 2)
		s.must(first.AttendedTransfer(s.ctx, second))
		s.waitForBridge(2)
		if got := s.carrier.Live(); got != 2 {
			t.Errorf("%d live legs", got)
		}
	})
}

func TestInboundCalls(t *testing.T) {
	play(t, CarrierOptions{}, func(s *stage) {
		phone := s.phone("102", Behaviour{RingFor: 10 * time.Millisecond})
		call, err := s.carrier.Call(s.ctx, s.server.SIPAddr, "102", "0551234")
		s.must(err)
		s.must(call.WaitAnswered(s.ctx))
		received := <-phone.Incoming()
		if !strings.Contains(received.Caller, "0551234") {
			t.Errorf("the phone was called by %s", received.Caller)
		}
		s.must(call.Hangup())
		over, err := received.WaitOver(s.ctx)
		s.must(err)
		if over.Kind != Ended || !over.ByRemote {
			t.Errorf("the phone's end: %+v", over)
		}
		if got := s.carrier.Bills(); len(got) != 0 {
			t.Errorf("an inbound call was billed: %+v", got)
		}

		// A number that the dialplan forwards out again costs.
		forwarded, err := s.carrier.Call(s.ctx, s.server.SIPAddr, "900", "0551234")
		s.must(err)
		s.must(forwarded.WaitAnswered(s.ctx))
		if bills := s.carrier.Bills(); len(bills) != 1 || bills[0].Number != "0088900" {
			t.Errorf("the forwarded call's bill: %+v", bills)
		}
	})
}

func TestPhoneForwardsToTrunk(t *testing.T) {
	play(t, CarrierOptions{}, func(s *stage) {
		s.phone("102", Behaviour{ForwardTo: "0088555"})
		call := s.dial(s.phone("101", Behaviour{}), "102")
		s.must(call.WaitAnswered(s.ctx))
		if bills := s.carrier.Bills(); len(bills) != 1 || bills[0].Number != "0088555" {
			t.Errorf("bill: %+v", bills)
		}
	})
}

func TestWrongPasswordIsRefused(t *testing.T) {
	play(t, CarrierOptions{}, func(s *stage) {
		thief, err := NewPhone(PhoneOptions{User: "101", Password: "guess", Registrar: s.server.SIPAddr})
		s.must(err)
		defer thief.Close()
		var refusal *Refusal
		if err := thief.Register(s.ctx); !errors.As(err, &refusal) || refusal.Code != 401 {
			t.Errorf("registration: %v", err)
		}
		call := s.dial(thief, "0088123")
		if over, err := call.WaitOver(s.ctx); err != nil || over.Code != 401 {
			t.Errorf("call: %+v, %v", over, err)
		}
		if got := s.carrier.Bills(); len(got) != 0 {
			t.Errorf("bills: %+v", got)
		}
	})
}

func TestRepeatedInvitesAreOneRow(t *testing.T) {
	carrier, err := NewCarrier(CarrierOptions{Answers: map[string]Behaviour{"": {Refuse: 486}}})
	if err != nil {
		t.Fatal(err)
	}
	defer carrier.Close()
	conn, err := net.Dial("udp4", carrier.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	invite := request{
		method: "INVITE", target: "sip:123@carrier", from: "<sip:a@b>;tag=1", to: "<sip:123@carrier>",
		callID: "repeated", seq: 1, branch: newBranch(), headers: []string{"Contact: <sip:a@127.0.0.1:9>"}, body: sdp("127.0.0.1:9"),
	}.text(conn.LocalAddr().String(), "test")
	final := 0
	buffer := make([]byte, 65536)
	conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	for range 3 {
		if _, err := conn.Write(invite); err != nil {
			t.Fatal(err)
		}
		for {
			n, err := conn.Read(buffer)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(string(buffer[:n]), "SIP/2.0 486 ") {
				final++
				break
			}
		}
	}
	if rows := carrier.Bills(); len(rows) != 1 || final != 3 {
		t.Errorf("three equal INVITEs: %d rows, %d refusals", len(rows), final)
	}
	// Nobody acknowledges: the refusal comes again by itself.
	if n, err := conn.Read(buffer); err != nil || !strings.HasPrefix(string(buffer[:n]), "SIP/2.0 486 ") {
		t.Errorf("without an ACK: %q, %v", buffer[:n], err)
	}
}
