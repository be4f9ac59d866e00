package guard

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/abuse"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/number"
)

// Rules that refuse a leg, besides the caps and the detectors.
const (
	ruleBlock       = "block"
	ruleUnpriced    = "rates.unpriced"
	ruleClosed      = "rates.closed"
	ruleUnparseable = "number.unparseable"
)

// refusal says why a leg is refused, and what else is to be done about its account; nil lets the
// leg through. An emergency call is let through before anything else is looked at. Detectors come
// before the caps, because they count attempts, refused ones too.
func (g *Guard) refusal(l *leg, from *channel, destination number.Destination, unparseable error) *refused {
	if l.emergency {
		return nil
	}
	var found *refused
	switch {
	case unparseable == nil:
		found = g.detect(l, from, destination)
	case !l.adopted:
		return &refused{rule: ruleUnparseable, seen: unreadable(unparseable)}
	}
	if b := g.blockOn(l); b != nil {
		return &refused{rule: ruleBlock, seen: fmt.Sprintf("%s is blocked: %s", b.Target, b.Reason), evidence: blockEvidence(b)}
	}
	if found != nil {
		return found
	}
	if r := g.refusalForPrice(l, g.now); r != nil && !l.adopted {
		return r
	}
	if cap, ok := g.book.Admit(l.book, g.now, g.rules.Horizon); !ok {
		return capRefusal(cap)
	}
	return nil
}

// refused is why a leg is not let through.
type refused struct {
	rule, seen string
	evidence   []Evidence
	// action beyond the refusal; abuse.Deny is none.
	action   abuse.Action
	blockFor time.Duration
	// told is set where the call was refused for it before, when it asked.
	told bool
}

func capRefusal(r limits.Refusal) *refused {
	limit, spent, held, needed := r.Kind.Format(r.Limit), r.Kind.Format(r.Spent), r.Kind.Format(r.Held), r.Kind.Format(r.Needed)
	found := &refused{rule: r.Rule(), action: abuse.Deny, evidence: []Evidence{{"cap", limit}}}
	switch r.Kind.By() {
	case limits.ByPrice:
		found.seen = fmt.Sprintf("the route costs %s per minute; the cap is %s", needed, limit)
		return found
	case limits.ByCall:
		found.evidence = append(found.evidence, Evidence{"needed", needed})
		found.seen = fmt.Sprintf("the call needs %s at once; the cap of %s on %s is %s", needed, nameOf(r.Account), r.Kind.What(), limit)
		return found
	case limits.ByCount:
		found.seen = fmt.Sprintf("%s has %s calls answered and %s ringing; the cap on %s is %s", nameOf(r.Account), spent, held, r.Kind.What(), limit)
	default:
		found.seen = fmt.Sprintf("%s has spent %s and holds %s of its cap of %s on %s; the call needs %s at once",
			nameOf(r.Account), spent, held, limit, r.Kind.What()+onRoute(r.Route), needed)
	}
	found.evidence = append(found.evidence, Evidence{"spent", spent}, Evidence{"held", held}, Evidence{"needed", needed})
	return found
}

// nameOf names an account, or the whole tenant.
func nameOf(a limits.Account) string {
	if a.Extension == "" {
		return "tenant " + a.Tenant
	}
	return a.String()
}

// detect tells the detectors of the attempt. The same number on the next trunk, because the first
// one did not take the call, is the same attempt.
func (g *Guard) detect(l *leg, from *channel, d number.Destination) (found *refused) {
	if from != nil {
		if from.tried == d.Digits {
			l.Retried = !l.firstAsked
			return from.found
		}
		from.tried = d.Digits
		defer func() { from.found = found }()
	}
	attempt := abuse.Attempt{At: g.now, Account: l.Account, Destination: d}
	for _, detector := range g.detectors {
		f, ok := detector.Attempt(attempt)
		if !ok {
			continue
		}
		r := &refused{rule: f.Rule, seen: f.Seen, action: f.Action, blockFor: f.BlockFor}
		if f.Action == abuse.Alert || g.rules.Observe {
			if !f.Again && g.blockOn(l) == nil {
				g.incident(l, Incident{Rule: r.rule, Seen: r.seen, Actions: g.actions(r)})
			}
			continue
		}
		if found == nil || r.action > found.action {
			found = r
		}
	}
	return found
}

// actions says in words what a refusal does.
func (g *Guard) actions(r *refused) []string {
	var actions []string
	if r.action >= abuse.Deny {
		actions = append(actions, "refuse the call")
	}
	if r.action >= abuse.HangUp {
		actions = append(actions, "hang up the account's live calls")
	}
	if r.action >= abuse.Block {
		until := "until it is lifted"
		if r.blockFor > 0 {
			until = "for " + r.blockFor.String()
		}
		actions = append(actions, "block the extension "+until)
	}
	if len(actions) == 0 {
		actions = append(actions, "tell")
	}
	return actions
}

// refuse hangs a leg up before it is answered, and does what else the rule asks for.
func (g *Guard) refuse(l *leg, r *refused) {
	l.Verdict, l.Reason = Denied, r.rule
	g.hangUp(l)
	if !r.told {
		g.followUp(l, r)
	}
}

// followUp tells of a refusal, and does what else the rule asks for.
func (g *Guard) followUp(l *leg, r *refused) {
	r.action = max(r.action, abuse.Deny)
	g.closeOrOpen(l.Account)
	g.incident(l, Incident{Rule: r.rule, Seen: r.seen, Evidence: r.evidence, Actions: g.actions(r)})
	if r.action >= abuse.Block && !g.rules.Observe {
		until := time.Time{}
		if r.blockFor > 0 {
			until = g.now.Add(r.blockFor)
		}
		g.block(Block{Target: Target{Account: l.Account}, Reason: r.seen, Source: r.rule, Until: until})
	}
	if r.action >= abuse.HangUp {
		g.cutAll(r.rule, r.seen, func(other *leg) bool { return other != l && other.Account == l.Account })
	}
}

// cutAll ends the live legs that match, for a rule that is not about one of them.
func (g *Guard) cutAll(rule, seen string, match func(*leg) bool) {
	for _, l := range g.inOrder() {
		if match(l) && !l.emergency && l.Verdict == Allowed {
			g.cut(l, rule, seen, nil)
		}
	}
}

// inOrder gives the live legs in a fixed order, so that the same facts always give the same effects.
func (g *Guard) inOrder() []*leg {
	legs := make([]*leg, 0, len(g.legs))
	for _, l := range g.legs {
		legs = append(legs, l)
	}
	slices.SortFunc(legs, func(a, b *leg) int {
		if c := strings.Compare(a.Server, b.Server); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return legs
}

// cut ends a leg that was let through.
func (g *Guard) cut(l *leg, rule, seen string, evidence []Evidence) {
	if l.noted {
		return
	}
	if g.rules.Observe {
		l.noted = true
	} else {
		l.Verdict, l.Reason = Cut, rule
		g.hangUp(l)
	}
	g.incident(l, Incident{Rule: rule, Seen: seen, Evidence: evidence, Actions: []string{"hang up"}})
	g.recordLeg(l)
}

// incident fills in what is known of the leg, which can be nil, and records the incident.
func (g *Guard) incident(l *leg, i Incident) {
	i.ID, i.At, i.Observed = g.id(), g.now, g.rules.Observe
	if l != nil {
		i.Server, i.Account, i.Number, i.Leg = l.Server, l.Account, l.Number, l.ID
		i.Evidence = append(i.Evidence, Evidence{"channel", l.Name}, Evidence{"paid by", l.PaidBy},
			Evidence{"dialled", l.Dialled}, Evidence{"deck", l.Deck}, Evidence{"route", l.Rate.Route},
			Evidence{"price per minute", l.Rate.PerMinute.String()})
	}
	g.record(i)
}

// reasonOf cuts an error down to what fits in a sentence.
func reasonOf(err error) string {
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next
	}
	return err.Error()
}
