package sip

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTariff(t *testing.T) {
	minute := Tariff{PerMinute: "0.35", First: time.Minute, Next: time.Minute}
	half := Tariff{PerMinute: "0.10", Connect: "0.05", First: 30 * time.Second, Next: 6 * time.Second}
	for _, test := range []struct {
		tariff Tariff
		length time.Duration
		billed time.Duration
		cost   string
	}{
		{minute, 0, time.Minute, "0.350000"},
		{minute, time.Minute, time.Minute, "0.350000"},
		{minute, time.Minute + 1, 2 * time.Minute, "0.700000"},
		{half, time.Second, 30 * time.Second, "0.100000"},
		{half, 30*time.Second + time.Millisecond, 36 * time.Second, "0.110000"},
		{half, 36 * time.Second, 36 * time.Second, "0.110000"},
		{Tariff{PerMinute: "0.01"}, time.Second, time.Second, "0.000167"}, // 0.000166…: up
		{Tariff{PerMinute: "0.01"}, 3 * time.Second, 3 * time.Second, "0.000500"},
		{Tariff{}, time.Hour, time.Hour, "0.000000"},
	} {
		amount, err := test.tariff.cost(test.length)
		if err != nil {
			t.Fatal(err)
		}
		if got := amountString(amount); got != test.cost || test.tariff.Billed(test.length) != test.billed {
			t.Errorf("%+v for %v: %v, %s; want %v, %s", test.tariff, test.length, test.tariff.Billed(test.length), got, test.billed, test.cost)
		}
	}
}

func TestBilledTimeCoversTheCall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tariff := Tariff{
			First: time.Duration(rapid.Int64Range(1, 120).Draw(t, "first")) * time.Second,
			Next:  time.Duration(rapid.Int64Range(1, 120).Draw(t, "next")) * time.Second,
		}
		length := time.Duration(rapid.Int64Range(0, int64(3*time.Hour)).Draw(t, "length"))
		billed := tariff.Billed(length)
		if billed < length || billed < tariff.First || billed >= max(length, tariff.First)+tariff.Next {
			t.Fatalf("%v is billed as %v at %v/%v", length, billed, tariff.First, tariff.Next)
		}
		if (billed-tariff.First)%tariff.Next != 0 {
			t.Fatalf("%v is not a number of whole increments of %v/%v", billed, tariff.First, tariff.Next)
		}
	})
}

func TestBadTariffsAreRefused(t *testing.T) {
	for _, tariff := range []Tariff{{PerMinute: "1/3"}, {PerMinute: "-1"}, {PerMinute: "1,5"}, {Connect: "1e3"}, {Connect: "free"}, {First: -1}} {
		if _, err := NewCarrier(CarrierOptions{Tariffs: []Tariff{tariff}}); err == nil {
			t.Errorf("%+v was accepted", tariff)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(string(request{method: "INVITE", target: "sip:1@h", from: "<sip:a@b>;tag=1", to: "<sip:1@h>", callID: "x", seq: 1, branch: newBranch(), body: sdp("127.0.0.1:9")}.text("127.0.0.1:9", "test")))
	f.Add("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nContact: <sip:c@d>\r\nContent-Length: 0\r\n\r\n")
	f.Add("BYE sip:1@h SIP/2.0\r\n\r\n")
	f.Add("\r\n\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := parse([]byte(text), "127.0.0.1:1")
		if err != nil {
			return
		}
		if m.callID != "" && !strings.Contains(text, m.callID) {
			t.Errorf("Call-ID %q is not in the message", m.callID)
		}
		if m.method == "" || len(m.vias) == 0 {
			t.Errorf("an incomplete message passed: %+v", m)
		}
	})
}
