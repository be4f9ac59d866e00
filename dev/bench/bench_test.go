package main

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	v5 "github.com/CyCoreSystems/ari/v5"

	"github.com/fraudguard/fraudguard/ami"
)

// A figure is worth nothing if a contender has skipped its work. The two libraries are checked while
// they are measured: they race, and this test runs with the race detector.
func TestOursHearsTheTraffic(t *testing.T) {
	traffic, err := newTraffic(500)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range contenders()[:4] {
		h, err := c.read(t.Context(), traffic)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if err := traffic.check(i, h); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if h.delivered != traffic.events {
			t.Errorf("%s: %d of %d events", c.name, h.delivered, traffic.events)
		}
	}
}

// The peer must know each event that it is fed, and find a channel, bridge or device in it, or it
// would have less to do than in life.
func TestTheEventsForARIAreKnownToIt(t *testing.T) {
	told := 0
	for _, scene := range scenes() {
		events, err := recording(scene)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range events {
			m, err := ami.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			if m.String() != text {
				t.Fatalf("%s: read as %q, recorded as %q", scene, m, text)
			}
			message, ok := asARI(m)
			if !ok {
				continue
			}
			told++
			e, err := v5.DecodeEvent(message)
			if err != nil || len(e.Keys()) == 0 {
				t.Errorf("%s: %s, %v", scene, message, err)
			}
		}
	}
	if told < 300 {
		t.Errorf("only %d events", told)
	}
}

func TestTable(t *testing.T) {
	b := &bench{row: "facts"}
	b.add(result{What: "ours", Value: 1234567.8, Unit: "events/s", Ratio: 4.2, Beside: "amigo", Goal: ">= 3", Note: "lost 0"})
	b.row = "start"
	b.add(result{What: "alone", Value: 1.2, Unit: "s", Goal: "< 3 s"})
	b.row = "watch"
	b.add(result{What: "not measured: no root"})
	var out bytes.Buffer
	if err := b.print(&out, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1,234,568", "4.20 x amigo", ">= 3", "< 3 s", "not measured: no root"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
}

func TestReadable(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.456: "0.46", 3.62: "3.62", 12.6: "13", 999.4: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234"} {
		if got := readable(v); got != want {
			t.Errorf("%v is written %s, not %s", v, got, want)
		}
	}
}

func TestPercentile(t *testing.T) {
	values := []float64{5, 1, 4, 2, 3}
	if median(values) != 3 || percentile(values, 0) != 1 || percentile(values, 100) != 5 {
		t.Error(median(values), percentile(values, 0), percentile(values, 100))
	}
}

// The README tells of each row, in the order of the table.
func TestReadmeHasTheRows(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, found := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllSubmatch(text, -1) {
		told = append(told, string(found[1]))
	}
	if !slices.Equal(told, names()) {
		t.Errorf("README.md has the rows\n%v, the table\n%v", told, names())
	}
}
