package guard

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/abuse"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/number"
	"github.com/fraudguard/fraudguard/rates"
)

var update = flag.Bool("update", false, "write the effects that are seen into the stories")

// TestStories plays testdata/*.story: facts in, effects out. A line that begins with a time is a
// fact; the lines after it that begin with ">" are what the guard answered. Between facts the story
// lets time pass as the daemon does: a Tick comes whenever the guard asked for one.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.story")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".story"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := newStory(t).play(want)
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s tells another story; run the test with -update and read the difference\n%s", file, firstDifference(got, want))
			}
		})
	}
}

func firstDifference(got, want []byte) string {
	g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range max(len(g), len(w)) {
		a, b := at(g, i), at(w, i)
		if a != b {
			return fmt.Sprintf("line %d\n got %s\nwant %s", i+1, a, b)
		}
	}
	return ""
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(end)"
}

// story is one play: a guard with the rules that the story sets, on the server "pbx".
type story struct {
	t     *testing.T
	out   bytes.Buffer
	rules Rules
	rates []rates.Rate // of the deck "default"
	sold  []rates.Rate // of the deck "retail", at which acme buys
	// editions are all that were put in force.
	editions []rates.Edition
	zone     *time.Location
	day      time.Time
	guard    *Guard
	names    map[string]Channel
	// find is what was asked of the store last.
	find FindLegs
	// kept is what a store would have, for a restart.
	kept *keptState
}

func newStory(t *testing.T) *story {
	return &story{
		t:     t,
		zone:  time.UTC,
		day:   time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC),
		names: make(map[string]Channel),
		kept:  newKeptState(),
		rules: Rules{
			Horizon: 15 * time.Minute,
			Servers: map[string]ServerRules{"pbx": {
				Trunks:   []string{"PJSIP/carrier"},
				Plan:     number.Plan{Country: "IT", InternationalPrefixes: []string{"00"}},
				TenantBy: []TenantSource{ByAccountCode},
				Tenant:   "default",
			}},
		},
	}
}

func (s *story) play(text []byte) []byte {
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "  ") {
			continue // an effect of an earlier run
		}
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || strings.HasPrefix(line, "#"):
			s.print(line)
		case line[0] >= '0' && line[0] <= '9':
			now := s.time(words[0])
			s.passTime(now)
			s.print(line)
			s.fact(now, words[1], words[2:])
		default:
			s.print(line)
			s.setting(words)
		}
	}
	return s.out.Bytes()
}

func (s *story) print(line string) { s.out.WriteString(line + "\n") }

func (s *story) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// time reads "15:04:05.000", or "+1 15:04:05" as a time of the next day in "+1T15:04:05".
func (s *story) time(word string) time.Time {
	day := s.day
	if rest, ok := strings.CutPrefix(word, "1T"); ok {
		day, word = day.AddDate(0, 0, 1), rest
	}
	t, err := time.ParseInLocation("2006-01-02 15:04:05.999", day.Format("2006-01-02 ")+word, s.zone)
	s.must(err)
	return t
}

// cap puts a cap among the rules.
func (s *story) cap(whom, what, limit string) {
	subject, err := limits.ParseSubject(whom)
	s.must(err)
	kind, err := limits.KindNamed(what)
	s.must(err)
	value, err := kind.Parse(limit)
	s.must(err)
	s.rules.Caps = s.rules.Caps.With(map[limits.Subject]limits.Values{subject: {kind: value}})
}

// setting takes a line that stands before the first fact.
func (s *story) setting(words []string) {
	amount := func() money.Amount {
		a, err := money.Parse(words[1])
		s.must(err)
		return a
	}
	server := s.rules.Servers["pbx"]
	switch words[0] {
	case "observe":
		s.rules.Observe = true
	case "zone":
		zone, err := time.LoadLocation(words[1])
		s.must(err)
		s.zone = zone
	case "day":
		day, err := time.Parse("2006-01-02", words[1])
		s.must(err)
		s.day = day
	case "horizon":
		d, err := time.ParseDuration(words[1])
		s.must(err)
		s.rules.Horizon = d
	case "cap": // subject kind value
		s.cap(words[1], words[2], words[3])
	case "unpriced":
		a := amount()
		s.rules.Unpriced = &a
	case "repeated_number": // calls within action block_for
		r := &abuse.RepeatedNumberSettings{}
		_, err := fmt.Sscan(words[1], &r.Calls)
		s.must(err)
		r.Within, err = time.ParseDuration(words[2])
		s.must(err)
		s.must(r.Action.UnmarshalText([]byte(words[3])))
		r.BlockFor, err = time.ParseDuration(words[4])
		s.must(err)
		s.rules.Abuse.RepeatedNumber = r
	case "price":
		s.rates = append(s.rates, s.rate(words[1:]))
	case "sold":
		s.sold = append(s.sold, s.rate(words[1:]))
	case "closed": // prefix
		s.rates = append(s.rates, rates.Rate{Prefix: words[1], First: 1, Next: 1, Closed: true})
	case "reprice":
		s.rules.Reprice = true
	case "count-price":
		s.rules.Caps.Count = limits.Price
	case "emergency-notice":
		s.rules.EmergencyNotice = true
	case "ask":
		server.Ask = true
	case "fail-mode": // mode [tenant]
		if len(words) == 2 {
			server.FailMode = FailMode(words[1])
		} else {
			server.FailModes = map[string]FailMode{words[2]: FailMode(words[1])}
		}
	case "outside-line":
		server.Plan.OutsideLine = words[1]
	default:
		s.t.Fatalf("no such setting: %q", words)
	}
	s.rules.Servers["pbx"] = server
}

// rate reads: prefix route per-minute first/next [connect].
func (s *story) rate(words []string) rates.Rate {
	r := rates.Rate{Prefix: words[0], Route: words[1]}
	var err error
	r.PerMinute, err = money.Parse(words[2])
	s.must(err)
	_, err = fmt.Sscanf(words[3], "%d/%d", &r.First, &r.Next)
	s.must(err)
	if len(words) > 4 {
		r.Connect, err = money.Parse(words[4])
		s.must(err)
	}
	return r
}

// deck adds an edition of a deck.
func (s *story) deck(name string, from time.Time, all ...rates.Rate) {
	if len(all) == 0 {
		return
	}
	deck, err := rates.NewDeck(name, "EUR", all)
	s.must(err)
	number := 1
	for _, e := range s.editions {
		if e.Deck.Name() == name {
			number++
		}
	}
	s.editions = append(s.editions, rates.Edition{Number: number, ValidFrom: from, Deck: deck})
}

func (s *story) prices() *rates.Prices {
	var selling []rates.Choice
	if len(s.sold) > 0 {
		selling = append(selling, rates.Choice{Tenant: "acme", Deck: "retail"})
	}
	return rates.NewPrices(s.editions, "default", nil, selling)
}
