package abuse

import (
	"fmt"
	"time"

	"github.com/fraudguard/fraudguard/limits"
)

// RepeatedNumberRule is the name of the rule, which is its place in the configuration.
const RepeatedNumberRule = "abuse.repeated_number"

// maxNumbers bounds the numbers that are watched for one account at once. Where an account dials
// more, the one that it has not dialled for the longest time is forgotten, so that no account can
// use up the memory that watches the others.
const maxNumbers = 1000

// RepeatedNumberSettings are the thresholds of the detector.
type RepeatedNumberSettings struct {
	// Calls is how many attempts within the window are still honest; one more is a finding.
	Calls int
	// Within is the length of the window, which slides: it ends at the attempt that is looked at.
	Within time.Duration
	Action Action
	// BlockFor is how long a block lasts; 0 is until a person lifts it.
	BlockFor time.Duration
}

// repeatedNumber finds an extension that dials the same international number too often.
type repeatedNumber struct {
	RepeatedNumberSettings
	seen  map[limits.Account]map[string]*series
	swept time.Time
}

func newRepeatedNumber(s RepeatedNumberSettings) *repeatedNumber {
	return &repeatedNumber{RepeatedNumberSettings: s, seen: make(map[limits.Account]map[string]*series)}
}

// Forget drops what was seen of an account.
func (d *repeatedNumber) Forget(a limits.Account) { delete(d.seen, a) }

// Attempt counts the attempt and says whether it is one too many.
func (d *repeatedNumber) Attempt(a Attempt) (Finding, bool) {
	if !a.Destination.International {
		return Finding{}, false
	}
	d.sweep(a.At)
	s := d.series(a)
	first, full := s.push(a.At, d.Calls)
	if !full || a.At.Sub(first) >= d.Within {
		s.over = false
		return Finding{}, false
	}
	again := s.over
	s.over = true
	return Finding{
		Rule: RepeatedNumberRule, Action: d.Action, BlockFor: d.BlockFor, Again: again,
		Seen: fmt.Sprintf("%d attempts to +%s within %s; %d within %s are allowed", d.Calls+1,
			a.Destination.Digits, a.At.Sub(first).Round(time.Millisecond), d.Calls, d.Within),
	}, true
}

func (d *repeatedNumber) series(a Attempt) *series {
	numbers := d.seen[a.Account]
	if numbers == nil {
		numbers = make(map[string]*series)
		d.seen[a.Account] = numbers
	}
	s := numbers[a.Destination.Digits]
	if s == nil {
		if len(numbers) >= maxNumbers {
			delete(numbers, stalest(numbers))
		}
		s = &series{times: make([]time.Time, 0, d.Calls)}
		numbers[a.Destination.Digits] = s
	}
	return s
}

// sweep forgets, once a window, what has slid out of it, so that memory stays flat.
func (d *repeatedNumber) sweep(now time.Time) {
	if now.Sub(d.swept) < d.Within {
		return
	}
	d.swept = now
	for account, numbers := range d.seen {
		for digits, s := range numbers {
			if now.Sub(s.last()) >= d.Within {
				delete(numbers, digits)
			}
		}
		if len(numbers) == 0 {
			delete(d.seen, account)
		}
	}
}

// series holds the times of the last attempts, as many as are allowed within the window; of older
// ones none can matter.
type series struct {
	times []time.Time
	next  int // where the oldest stands once times is full
	over  bool
}

// push takes a time in and gives the oldest of the times before it, if there were size of them.
func (s *series) push(t time.Time, size int) (oldest time.Time, full bool) {
	if len(s.times) < size {
		s.times = append(s.times, t)
		return time.Time{}, false
	}
	oldest = s.times[s.next]
	s.times[s.next] = t
	s.next = (s.next + 1) % size
	return oldest, true
}

// last is the time that was pushed last.
func (s *series) last() time.Time {
	return s.times[(s.next+len(s.times)-1)%len(s.times)]
}

func stalest(numbers map[string]*series) string {
	var found string
	var oldest time.Time
	for digits, s := range numbers {
		if found == "" || s.last().Before(oldest) {
			found, oldest = digits, s.last()
		}
	}
	return found
}
