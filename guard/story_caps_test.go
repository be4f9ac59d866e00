package guard

import (
	"fmt"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/limits"
)

// capChange reads what people and the configuration do to caps: "set-cap SUBJECT KIND VALUE WHO
// [reason…]", "unset-cap SUBJECT KIND WHO", and "reload-cap SUBJECT KIND VALUE".
func (s *story) capChange(seen Seen, what string, words []string) Fact {
	subject, err := limits.ParseSubject(words[0])
	s.must(err)
	kind, err := limits.KindNamed(words[1])
	s.must(err)
	switch what {
	case "unset-cap":
		return CapUnset{Seen: seen, Subject: subject, Kind: kind, Who: words[2]}
	case "reload-cap":
		s.cap(words[0], words[1], words[2])
		return RulesChanged{Seen: seen, Rules: s.rules}
	}
	value, err := kind.Parse(words[2])
	s.must(err)
	return CapSet{Seen: seen, Subject: subject, Kind: kind, Value: value, Who: words[3], Reason: strings.Join(words[4:], " ")}
}

// caps prints those that are set, or those that count for an account.
func (s *story) caps(now time.Time, words []string) {
	all := s.guard.Caps()
	if len(words) > 0 {
		var a limits.Account
		a.Tenant, a.Extension, _ = strings.Cut(words[0], "/")
		all = s.guard.CapsOf(a, now)
	}
	for _, c := range all {
		text := fmt.Sprintf("  > cap %s of %s: %s", c.Kind, c.Subject, c.Kind.Format(c.Value))
		if c.Who != "" {
			text += " by " + c.Who + " " + s.clock(c.At)
		}
		if c.Used != limits.Unlimited {
			text += ", used " + c.Kind.Format(c.Used)
		}
		s.print(text)
	}
}

func (s *story) capRecordText(r Record) string {
	c, ok := r.(CapChange)
	switch {
	case !ok:
		return fmt.Sprintf("%T", r)
	case c.Unset:
		return fmt.Sprintf("cap %s of %s unset by %s", c.Kind, c.Subject, c.Who)
	}
	return fmt.Sprintf("cap %s of %s = %s by %s", c.Kind, c.Subject, c.Kind.Format(c.Value), c.Who)
}
