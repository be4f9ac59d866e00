package ami

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/number"
)

var updateFacts = flag.Bool("update", false, "write what is seen into the transcripts' .facts files")

// TestTranscripts plays what real Asterisks said, one call shape a file, and shows the facts that
// come of it and the legs that a guard makes of those: who pays, for what, from when to when.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/asterisk*/*.ami")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(file, "testdata/"), ".ami"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := playTranscript(t, text)
			golden := strings.TrimSuffix(file, ".ami") + ".facts"
			if *updateFacts {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s: got\n%s\nwant\n%s", golden, got, want)
			}
		})
	}
}

func playTranscript(t *testing.T, text []byte) string {
	rules := guard.Rules{
		Calendar: limits.NewCalendar(time.UTC),
		Horizon:  15 * time.Minute,
		Servers: map[string]guard.ServerRules{"pbx": {
			Trunks: []string{"PJSIP/carrier"}, Tenant: "default", TenantBy: []guard.TenantSource{guard.ByAccountCode},
			Plan: number.Plan{Country: "IT", InternationalPrefixes: []string{"00"}},
		}},
	}
	var g *guard.Guard
	var out strings.Builder
	var first time.Time
	legs := make(map[string]guard.Leg)
	var order []string
	reader := NewReader(bytes.NewReader(text), Limits{})
	for {
		m, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		at := timestamp(t, m)
		if g == nil {
			first = at
			g = guard.New(rules, nil, guard.State{}, at)
			g.Handle(guard.ServerUp{Seen: guard.Seen{Server: "pbx", At: at}})
		}
		f, ok := Fact("pbx", m, at)
		if !ok {
			continue
		}
		fmt.Fprintf(&out, "%6.2f %s\n", at.Sub(first).Seconds(), factText(f))
		for _, e := range g.Handle(f) {
			save, ok := e.(guard.Save)
			if !ok {
				continue
			}
			if l, ok := save.Record.(guard.Leg); ok {
				if _, known := legs[l.ID]; !known {
					order = append(order, l.ID)
				}
				legs[l.ID] = l
			}
		}
	}
	for _, id := range order {
		l := legs[id]
		fmt.Fprintf(&out, "leg %s to %s (dialled %s) by %s, %s: ", l.Name, l.Number, l.Dialled, l.Account, l.PaidBy)
		if !l.Answered.IsZero() {
			fmt.Fprintf(&out, "answered %.2f, ", l.Answered.Sub(first).Seconds())
		}
		if l.Ended.IsZero() {
			t.Errorf("leg %s has not ended", l.Name)
		}
		fmt.Fprintf(&out, "ended %.2f cause %d, Asterisk's record %d s\n", l.Ended.Sub(first).Seconds(), l.Cause, l.RecordedSeconds)
	}
	return uniqueIDs.ReplaceAllStringFunc(out.String(), shortID())
}

// uniqueIDs finds Asterisk's IDs, which begin with the time.
var uniqueIDs = regexp.MustCompile(`\b1[0-9]{9}\.[0-9]+\b`)

// shortID names them in order of appearance, so that both versions' files can be compared.
func shortID() func(string) string {
	names := make(map[string]string)
	return func(id string) string {
		if names[id] == "" {
			names[id] = fmt.Sprintf("#%d", len(names)+1)
		}
		return names[id]
	}
}

func timestamp(t *testing.T, m Message) time.Time {
	seconds, err := strconv.ParseFloat(m.Get("Timestamp"), 64)
	if err != nil {
		t.Fatalf("an event without time: %s", m)
	}
	return time.UnixMicro(int64(seconds * 1e6)).UTC()
}

func factText(f guard.Fact) string {
	name := func(c guard.Channel) string {
		if c.ID == "" {
			return "nobody"
		}
		return c.Name + " " + c.ID
	}
	switch f := f.(type) {
	case guard.ChannelCreated:
		return fmt.Sprintf("created  %s of %s, state %d, account code %q", name(f.Channel), f.Channel.LinkedID, f.Channel.State, f.Channel.AccountCode)
	case guard.DialBegun:
		return fmt.Sprintf("dials    %s -> %s: %s", name(f.From), name(f.To), f.Dialled)
	case guard.ChannelAnswered:
		return "answered " + name(f.Channel)
	case guard.ChannelEnded:
		return fmt.Sprintf("ended    %s cause %d", f.ID, f.Cause)
	case guard.Transferred:
		return fmt.Sprintf("transfer by %s of %s", name(f.By), name(f.Transferee))
	case guard.Forwarded:
		return fmt.Sprintf("forward  by %s of %s to %s", name(f.By), name(f.From), f.To)
	case guard.Parked:
		return fmt.Sprintf("parked   %s by %s", name(f.Channel), f.By)
	case guard.Declined:
		return "declined " + name(f.Channel)
	case guard.Held:
		return "holds    " + name(f.Channel)
	case guard.LocalJoined:
		return fmt.Sprintf("local    %s and %s", name(f.One), name(f.Two))
	case guard.CallRecorded:
		return fmt.Sprintf("record   %s -> %s: %d s", f.Channel, f.Destination, f.BillableSeconds)
	}
	return fmt.Sprintf("%T", f)
}

func TestDialled(t *testing.T) {
	for _, c := range []struct{ channel, dialled, want string }{
		{"PJSIP/carrier-1", "0044123@carrier", "0044123"},
		{"PJSIP/carrier-1", "carrier/sip:0044123@10.0.0.1:5060", "0044123"},
		{"PJSIP/carrier-1", "carrier/sip:0044123@10.0.0.1", "0044123"},
		{"PJSIP/carrier-1", "carrier", "17"},
		{"SIP/carrier-1", "carrier/0044123", "0044123"},
		{"SIP/carrier-1", "0044123@carrier", "0044123"},
		{"IAX2/carrier-1", "user:secret@carrier/0044123@context", "0044123"},
		{"DAHDI/1-1", "g1/0044123", "0044123"},
		// A phone dialled digits that go on in Asterisk's own syntax, and the dialplan passed them on.
		{"PJSIP/carrier-1", "00449001111111@carrier/sip:112@127.0.0.1", "00449001111111"},
		{"SIP/carrier-1", "00449001111111@carrier/112", "00449001111111"},
	} {
		m, err := Parse("Event: DialBegin\r\nDestChannel: " + c.channel + "\r\nDestCallerIDNum: 17\r\nDialString: " + c.dialled)
		if err != nil {
			t.Fatal(err)
		}
		if got := dialled(m); got != c.want {
			t.Errorf("%s told to dial %q dials %q, not %q", c.channel, c.dialled, got, c.want)
		}
	}
}
