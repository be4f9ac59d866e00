package guard

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/limits"
)

// begin makes the guard at the first fact.
func (s *story) begin(now time.Time) {
	if s.guard != nil {
		return
	}
	s.rules.Calendar = limits.NewCalendar(s.zone)
	if len(s.editions) == 0 {
		s.deck("default", time.Time{}, s.rates...)
		s.deck("retail", time.Time{}, s.sold...)
	}
	s.guard = New(s.rules, s.prices(), s.kept.state(s.rules.Calendar, now), now)
	if len(s.kept.legs) == 0 { // a restart tells itself when the link stands again
		s.guard.Handle(ServerUp{Seen{Server: "pbx", At: now}})
	}
}

// passTime gives the guard its Ticks up to now.
func (s *story) passTime(now time.Time) {
	if s.guard == nil {
		return
	}
	for {
		at, ok := s.guard.Next()
		if !ok || at.After(now) {
			return
		}
		effects := s.guard.Handle(Tick{Seen{At: at}})
		if len(effects) > 0 {
			s.print("  " + s.clock(at) + " tick")
			s.effects(effects)
		}
	}
}

func (s *story) clock(t time.Time) string {
	text := t.In(s.zone).Format("15:04:05.999")
	if t.In(s.zone).Format("2006-01-02") != s.day.Format("2006-01-02") {
		text = t.In(s.zone).Format("01-02 ") + text
	}
	return text
}

// channel gives a channel by its short name in the story; PJSIP/carrier channels begin as outgoing.
func (s *story) channel(id string) Channel {
	c, ok := s.names[id]
	if !ok {
		s.t.Fatalf("the story has not told of channel %q", id)
	}
	return c
}

func (s *story) fact(now time.Time, what string, words []string) {
	s.begin(now)
	seen := Seen{Server: "pbx", At: now}
	var f Fact
	switch what {
	case "channel": // id name [account=…] [linked=…] [in or out]
		c := Channel{ID: words[0], Name: words[1], LinkedID: words[0], State: StateRinging}
		if strings.HasPrefix(c.Name, "PJSIP/carrier") {
			c.State = StateOutgoing
		}
		for _, word := range words[2:] {
			key, value, _ := strings.Cut(word, "=")
			switch key {
			case "account":
				c.AccountCode = value
			case "linked":
				c.LinkedID = value
			case "exten":
				c.Exten = value
			case "in":
				c.State = StateRinging
			case "out":
				c.State = StateOutgoing
			}
		}
		s.names[c.ID] = c
		f = ChannelCreated{seen, c}
	case "dial": // from to digits [account=…]
		d := DialBegun{Seen: seen, To: s.channel(words[1])}
		if len(words) > 3 {
			d.To.AccountCode = strings.TrimPrefix(words[3], "account=")
		}
		if words[0] != "-" {
			d.From = s.channel(words[0])
		}
		if len(words) > 2 {
			d.Dialled = words[2]
		}
		f = d
	case "asking":
		f = AskingBegun{seen}
	case "asking-ended":
		f = AskingEnded{seen}
	case "ask": // channel number [tenant/extension] [limit=…]
		asked := AdmissionAsked{Seen: seen, Channel: s.channel(words[0]), Number: words[1]}
		for _, word := range words[2:] {
			if limit, ok := strings.CutPrefix(word, "limit="); ok {
				d, err := time.ParseDuration(limit)
				s.must(err)
				asked.Limit = d
			} else {
				asked.Tenant, asked.Extension, _ = strings.Cut(word, "/")
			}
		}
		f = asked
	case "verdict-failed": // channel
		f = VerdictFailed{Seen: seen, ID: words[0], Reason: "404"}
	case "answer":
		c := s.channel(words[0])
		c.State = StateUp
		f = ChannelAnswered{seen, c}
	case "end":
		f = ChannelEnded{Seen: seen, ID: words[0], Cause: 16}
	case "transfer":
		f = Transferred{Seen: seen, By: s.channel(words[0]), Transferee: s.channel(words[1])}
	case "forward": // by from to-number
		forwarded := Forwarded{Seen: seen, By: s.channel(words[0]), To: words[2]}
		if words[1] != "-" {
			forwarded.From = s.channel(words[1])
		}
		f = forwarded
	case "park": // channel by-endpoint
		f = Parked{Seen: seen, Channel: s.channel(words[0]), By: words[1]}
	case "decline":
		f = Declined{Seen: seen, Channel: s.channel(words[0])}
	case "hold":
		f = Held{Seen: seen, Channel: s.channel(words[0])}
	case "local":
		f = LocalJoined{Seen: seen, One: s.channel(words[0]), Two: s.channel(words[1])}
	case "named": // channel tenant extension, of which one may be -
		f = AccountNamed{Seen: seen, Channel: s.channel(words[0]), Tenant: strings.TrimPrefix(words[1], "-"), Extension: strings.TrimPrefix(words[2], "-")}
	case "cdr": // channel destination seconds [begun answered ended], where - is not answered
		f = CallRecorded{seen, s.callRecord(words)}
	case "store-answers": // what the guard asked for last
		f = RecordsRead{Seen: seen, Records: []CallRecord{s.find.Record}, Known: s.kept.charged(), Tolerance: 2 * time.Second, Told: true}
	case "up":
		f = ServerUp{seen}
	case "down":
		f = ServerDown{Seen: seen, Reason: "the story says so"}
	case "list":
		f = s.list(seen, words)
	case "limit-failed": // channel [gone]
		f = LimitFailed{Seen: seen, ID: words[0], Gone: len(words) > 1, Reason: "Permission denied"}
	case "refused-to-hang-up": // channel [gone]
		f = HangUpFailed{Seen: seen, ID: words[0], Way: ByARI, Gone: len(words) > 1, Reason: "500"}
	case "set-cap", "unset-cap", "reload-cap":
		f = s.capChange(seen, what, words)
	case "block", "unblock":
		f = s.byPerson(seen, what, words)
	case "elsewhere":
		s.elsewhere(now, words)
		return
	case "store-read":
		state := s.kept.state(s.rules.Calendar, now)
		for i := range state.Blocks {
			state.Blocks[i].Until = state.Blocks[i].Until.Truncate(time.Microsecond) // as a store keeps it
		}
		f = StoreRead{Seen: seen, Blocks: state.Blocks, Overrides: state.Overrides}
	case "deck": // from-when prefix route per-minute first/next [connect]
		s.deck("default", s.time(words[0]), s.rate(words[1:]))
		f = PricesChanged{Seen: seen, Prices: s.prices()}
	case "cap": // subject kind value
		s.cap(words[0], words[1], words[2])
		f = RulesChanged{Seen: seen, Rules: s.rules}
	case "mode":
		s.rules.Observe = words[0] == "observe"
		f = RulesChanged{Seen: seen, Rules: s.rules}
	case "found":
		found := ChannelsFound{Seen: seen}
		for _, id := range words {
			found.Channels = append(found.Channels, s.channel(id))
		}
		f = found
	case "unseen": // a channel that lives without an event about it
		s.names[words[0]] = Channel{ID: words[0], Name: words[1], AccountCode: "acme"}
		return
	case "server-removed":
		rules := s.rules
		rules.Servers = nil
		f = RulesChanged{Seen: seen, Rules: rules}
	case "restart":
		s.guard = nil
		s.begin(now)
		return
	case "ledger":
		s.ledger(now)
		return
	case "caps":
		s.caps(now, words)
		return
	default:
		s.t.Fatalf("no such fact: %s", what)
	}
	s.effects(s.guard.Handle(f))
}

// callRecord reads a record, which dials as the story's calls do.
func (s *story) callRecord(words []string) CallRecord {
	seconds, err := strconv.ParseInt(words[2], 10, 64)
	s.must(err)
	from := s.channel(words[0])
	r := CallRecord{Channel: from.Name, Destination: s.channel(words[1]).Name, ID: from.ID, LinkedID: from.LinkedID, AccountCode: from.AccountCode,
		Exten: "00441112222", BillableSeconds: seconds}
	if len(words) > 3 {
		r.Started, r.Ended = s.time(words[3]), s.time(words[5])
		if words[4] != "-" {
			r.Answered = s.time(words[4])
		}
	}
	return r
}

// list reads channels as "id" or, where the answer was missed, "id:up"; "id:up:digits" is a trunk
// channel that dialled digits before anybody watched.
func (s *story) list(seen Seen, words []string) Fact {
	list := ChannelsListed{Seen: seen}
	for _, word := range words {
		parts := strings.Split(word, ":")
		c := ListedChannel{Channel: s.channel(parts[0]), Created: seen.At.Add(-time.Minute)}
		if len(parts) > 1 {
			c.State = StateUp
		}
		if len(parts) > 2 {
			c.Outgoing, c.Dialled = true, parts[2]
		}
		list.Channels = append(list.Channels, c)
	}
	return list
}

func (s *story) byPerson(seen Seen, what string, words []string) Fact {
	target := targetOf(words[0])
	if what == "unblock" {
		return UnblockAsked{Seen: seen, Target: target, Who: "admin"}
	}
	f := BlockAsked{Seen: seen, Target: target, Who: "admin", Reason: "by hand"}
	for _, word := range words[1:] {
		if word == "keep-live" {
			f.KeepLive = true
			continue
		}
		d, err := time.ParseDuration(word)
		s.must(err)
		f.Until = seen.At.Add(d)
	}
	return f
}

// targetOf reads a target as its String writes it.
func targetOf(word string) (t Target) {
	who, number, pair := strings.Cut(word, ":+")
	if country, ok := strings.CutPrefix(word, "country:"); ok {
		return Target{Country: country}
	}
	if server, ok := strings.CutPrefix(word, "server:"); ok {
		return Target{Server: server}
	}
	if digits, ok := strings.CutPrefix(word, "+"); ok {
		if prefix, ok := strings.CutSuffix(digits, "*"); ok {
			return Target{Prefix: prefix}
		}
		return Target{Number: digits}
	}
	if word == "everything" {
		return Target{Everything: true}
	}
	if t.Account.Tenant, t.Account.Extension, _ = strings.Cut(who, "/"); pair {
		t.Number = number
	}
	t.Account.Extension = strings.TrimPrefix(t.Account.Extension, "*")
	return t
}

func (s *story) ledger(now time.Time) {
	for _, p := range []limits.Period{limits.Day, limits.Month} {
		for _, r := range s.guard.Ledger(p, now) {
			sold := ""
			if r.Price != r.Cost {
				sold = ", sold for " + r.Price.String()
			}
			s.print(fmt.Sprintf("  > ledger %s %s cost %s%s, %d s, %d calls, %d attempts",
				r.Account, r.Key, r.Cost, sold, r.BilledSeconds, r.Calls, r.Attempts))
		}
	}
}

func (s *story) effects(effects []Effect) {
	for _, e := range effects {
		switch e := e.(type) {
		case Save:
			s.kept.save(e.Record)
		case FindLegs:
			s.find = e
		}
		s.print("  > " + s.effect(e))
	}
}

func (s *story) effect(e Effect) string {
	switch e := e.(type) {
	case HangUp:
		why := "cut"
		if e.Refused {
			why = "refused"
		}
		return fmt.Sprintf("hang up %s by %s (%s)", e.ID, e.Way, why)
	case LimitTime:
		return fmt.Sprintf("limit %s to %s", e.ID, e.After)
	case Answer:
		if e.Allow {
			return fmt.Sprintf("tell %s: allow for %s", e.ID, e.Limit)
		}
		return fmt.Sprintf("tell %s: refuse, %s", e.ID, e.Reason)
	case RaiseFlag:
		return fmt.Sprintf("flag %s = %s", e.Key, e.Value)
	case LowerAllFlags:
		return "no flags below " + e.Key
	case LowerFlag:
		return "no flag " + e.Key
	case FindLegs:
		return "ask the store for the legs of " + e.Record.Destination
	case FindTotals:
		return "ask the store for the totals of " + e.Day
	case Save:
		return "save " + s.recordText(e.Record)
	}
	return fmt.Sprintf("%T", e)
}

func (s *story) recordText(r Record) string {
	switch r := r.(type) {
	case Leg:
		state := "ringing"
		if !r.Answered.IsZero() {
			state = "answered " + s.clock(r.Answered)
		}
		if !r.Ended.IsZero() {
			state += fmt.Sprintf(", ended %s, %s for %d s", s.clock(r.Ended), r.Cost, r.BilledSeconds)
			if r.Price != r.Cost {
				state += ", sold for " + r.Price.String()
			}
		}
		if r.RecordedSeconds >= 0 {
			state += fmt.Sprintf(", Asterisk says %d s", r.RecordedSeconds)
		}
		if r.Estimated {
			state += ", estimated"
		}
		return fmt.Sprintf("leg %s %s +%s %s: %s %s", r.ID, r.Account, r.Number, r.Rate.Route, r.Verdict, state)
	case Charge:
		return fmt.Sprintf("charge %s %s %s: %s for %d s", r.Leg, r.Account, r.Day, r.Amount, r.BilledSeconds)
	case Incident:
		observed := ""
		if r.Observed {
			observed = " (observed)"
		}
		text := fmt.Sprintf("incident %s%s %s: %s [%s]", r.Rule, observed, r.Account, r.Seen, strings.Join(r.Actions, ", "))
		if r.Rule == ruleRecordDiffers {
			text += fmt.Sprintf(" %v", r.Evidence)
		}
		return text
	case Block:
		switch {
		case !r.Lifted.IsZero():
			return fmt.Sprintf("block %s lifted by %s", r.Target, r.LiftedBy)
		case r.Until.IsZero():
			return fmt.Sprintf("block %s by %s until lifted", r.Target, r.Source)
		}
		return fmt.Sprintf("block %s by %s until %s", r.Target, r.Source, s.clock(r.Until))
	}
	return s.capRecordText(r)
}

// keptState is a store in a few lines: what a restart finds.
type keptState struct {
	legs    map[string]Leg
	charges map[string]Charge
	blocks  map[string]Block
	caps    map[capKey]Override
	lastID  string
}

func newKeptState() *keptState {
	return &keptState{legs: map[string]Leg{}, charges: map[string]Charge{}, blocks: map[string]Block{}, caps: map[capKey]Override{}}
}

func (k *keptState) save(r Record) {
	switch r := r.(type) {
	case Leg:
		k.legs[r.ID] = r
	case Charge:
		k.charges[r.Leg+" "+r.Day+" "+r.Kind] = r
	case Block:
		k.lastID = max(k.lastID, r.ID)
		k.blocks[r.ID] = r
		if !r.Lifted.IsZero() {
			delete(k.blocks, r.ID)
		}
	case CapChange:
		k.caps[capKey{r.Subject, r.Kind}] = r.Override
		if r.Unset {
			delete(k.caps, capKey{r.Subject, r.Kind})
		}
	case Incident:
		k.lastID = max(k.lastID, r.ID)
	}
}

// charged gives all legs with what they were charged.
func (k *keptState) charged() []Leg {
	var all []Leg
	for _, l := range k.legs {
		l.Cost, l.Price, l.BilledSeconds = 0, 0, 0
		for _, c := range k.charges {
			if c.Leg == l.ID {
				l.Cost, l.Price, l.BilledSeconds = l.Cost+c.Amount, l.Price+c.Price, l.BilledSeconds+c.BilledSeconds
			}
		}
		all = append(all, l)
	}
	slices.SortFunc(all, func(x, y Leg) int { return x.Started.Compare(y.Started) })
	return all
}

func (k *keptState) state(c limits.Calendar, now time.Time) State {
	state := State{LastID: k.lastID}
	month, today := c.Window(limits.Month, now).Key, c.Window(limits.Day, now).Key
	days := map[string]limits.Row{}
	add := func(a limits.Account, day string, u limits.Usage) {
		row := days[a.String()+day]
		row.Account, row.Key = a, day
		row.Cost += u.Cost
		row.Price += u.Price
		row.BilledSeconds += u.BilledSeconds
		row.InternationalSeconds += u.InternationalSeconds
		row.Calls += u.Calls
		row.Attempts += u.Attempts
		if strings.HasPrefix(day, month) {
			days[a.String()+day] = row
		}
	}
	for _, l := range k.legs {
		add(l.Account, l.Day, limits.Usage{Attempts: 1})
		if !l.Answered.IsZero() {
			add(l.Account, l.AnsweredDay, limits.Usage{Calls: 1})
		}
		if l.Ended.IsZero() {
			state.Live = append(state.Live, l)
		}
	}
	for _, charge := range k.charges {
		u := limits.Usage{Cost: charge.Amount, Price: charge.Price, BilledSeconds: charge.BilledSeconds}
		if charge.International {
			u.InternationalSeconds = u.BilledSeconds
		}
		add(charge.Account, charge.Day, u)
		if charge.Day == today {
			state.Routes = append(state.Routes, limits.RouteRow{
				Account: charge.Account, Day: charge.Day, Route: charge.Route, Seconds: charge.BilledSeconds})
		}
	}
	for _, row := range days {
		state.Days = append(state.Days, row)
	}
	for _, b := range k.blocks {
		state.Blocks = append(state.Blocks, b)
	}
	for _, o := range k.caps {
		state.Overrides = append(state.Overrides, o)
	}
	slices.SortFunc(state.Blocks, func(a, b Block) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(state.Live, func(a, b Leg) int { return strings.Compare(a.ID, b.ID) })
	return state
}
