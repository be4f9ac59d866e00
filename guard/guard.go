// Package guard decides. Facts go in, effects come out: it meters each leg, knows who pays for it,
// asks the caps and the detectors, and says what is to be done and what is to be recorded. It is
// pure: no clock, network, disk, goroutine or randomness; the time comes with each fact. So the
// same code runs live, in tests, in simulation and in the backtest.
package guard

import (
	"slices"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/abuse"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/rates"
)

// Guard is the state behind the decisions. It is not safe for concurrent use: one goroutine feeds
// it facts, in the order in which they were seen.
type Guard struct {
	rules     Rules
	prices    *rates.Prices // nil until there are any
	book      *limits.Book
	detectors []abuse.Detector
	servers   map[string]*server
	legs      map[*limits.Leg]*leg // the live ones
	holds     map[*limits.Leg]*admission
	closed    map[limits.Account]time.Time // accounts that have used up a cap, and until when
	told      map[string]time.Time         // what tell was asked for, and when it said yes
	blocks    map[Target]*Block
	wakes     wakes
	due       []*wake                  // those that wakeUp is at
	warnings  map[limits.Account]*wake // when an account comes to where it has to be warned
	takeover  wake                     // when the next edition of a deck begins
	overrides map[capKey]Override
	lastID    int64
	lane      string // which guard gives the IDs

	now     time.Time
	protect []Effect
	changed []*leg // legs whose record is to be saved
	save    []Effect
	taken   []Taken // of the last RecordsRead
}

// server is what the guard knows of one Asterisk.
type server struct {
	name     string
	rules    ServerRules
	channels map[string]*channel
	legs     map[string]*leg // by channel ID; the live ones and, for a while, those that have ended
	byName   map[string]*leg // the same by the channel's name, as Asterisk's own records have it
	// seenLast is when the manager told the last fact. From darkSince on things may have happened that nobody
	// saw, until the channels are listed; zero while the server is watched without a gap.
	seenLast, darkSince time.Time
	// up says whether the link stands, without which no limit can be set; sawCall, whether an event
	// of a call has come since.
	up, sawCall bool
	// asking says whether calls can ask.
	asking bool
	// suspects are channels that no event told of so far, and when they were first found.
	suspects map[string]time.Time
	// differing are legs that Asterisk's own records say otherwise.
	differing differing
}

// goDark notes that what came after the last fact may have been missed. Until the channels are
// listed, legs that were ringing count as answered since then.
func (g *Guard) goDark(s *server) {
	if !s.darkSince.IsZero() {
		return
	}
	s.darkSince = s.seenLast
	for _, l := range s.legs {
		if !l.Ended.IsZero() {
			continue
		}
		l.seenLast = s.darkSince
		if l.Answered.IsZero() && l.book.Unwatched.IsZero() {
			l.book.Unwatched = l.ringingUntil(s.darkSince)
			g.book.Change(l.book)
		}
	}
}

// New makes a guard that goes on where state says the last one stopped. Prices may be nil.
func New(rules Rules, prices *rates.Prices, state State, now time.Time) *Guard {
	g := &Guard{
		rules:     rules,
		prices:    prices,
		book:      limits.NewBook(rules.Calendar, rules.Caps, now),
		detectors: rules.Abuse.New(),
		servers:   make(map[string]*server),
		legs:      make(map[*limits.Leg]*leg),
		holds:     make(map[*limits.Leg]*admission),
		closed:    make(map[limits.Account]time.Time),
		told:      make(map[string]time.Time),
		blocks:    make(map[Target]*Block),
		warnings:  make(map[limits.Account]*wake),
		overrides: make(map[capKey]Override),
		lastID:    parseID(state.LastID),
		lane:      laneOf(rules.Servers),
		now:       now,
	}
	g.takeover.place = -1
	g.wakes.set(&g.takeover, prices.NextTakeover(now))
	for name := range rules.Servers {
		g.addServer(name)
	}
	for _, row := range state.Days {
		g.book.Post(row.Account, row.Key, row.Usage, now)
	}
	for _, row := range state.Routes {
		g.book.PostRoute(row.Account, row.Day, row.Route, row.Seconds, now)
	}
	g.takeOverrides(state.Overrides)
	g.book.MarkWarned(now)
	for _, row := range state.Days {
		g.closeOrOpen(row.Account)
	}
	for _, a := range state.Attempts {
		for _, d := range g.detectors {
			d.Attempt(a)
		}
	}
	for _, b := range state.Blocks {
		g.blocks[b.Target] = &b
		g.wakes.add(&wake{at: b.Until, block: &b})
	}
	for _, record := range state.Live {
		g.resume(record)
	}
	if len(state.Live) > 0 {
		g.wakes.set(&g.takeover, now) // a deck may have taken over meanwhile
	}
	return g
}

func (g *Guard) addServer(name string) *server {
	s := &server{
		name:     name,
		rules:    g.rules.Servers[name],
		channels: make(map[string]*channel),
		legs:     make(map[string]*leg),
		byName:   make(map[string]*leg),
	}
	s.differing.wake = wake{differs: s, place: -1}
	g.servers[name] = s
	return s
}

// Handle takes one fact in and gives what is to be done, protection first. The slice is good until
// the next call.
func (g *Guard) Handle(f Fact) []Effect {
	g.protect, g.changed, g.save = g.protect[:0], g.changed[:0], g.save[:0]
	if at := f.When(); at.After(g.now) {
		g.now = at
		g.lookAtClock()
	}
	switch f := f.(type) {
	case RulesChanged:
		g.changeRules(f.Rules)
	case PricesChanged:
		g.setPrices(f.Prices)
	case BlockAsked:
		g.blockAsked(f)
	case UnblockAsked:
		g.unblockAsked(f)
	case CapSet:
		g.capSet(f)
	case CapUnset:
		g.capUnset(f)
	case StoreRead:
		g.storeRead(f)
	case TotalsRead:
		g.totalsRead(f)
	case JournalFull:
		g.journalFull(f)
	case JournalDamaged:
		g.journalDamaged(f)
	case LedgerDiffers:
		g.ledgerDiffers(f)
	case ServerLost:
		g.besides(f.Seen, func(s *server) { g.serverLost(s, f) })
	case SecondGuard:
		g.besides(f.Seen, func(s *server) { g.secondGuard(s, f) })
	case Tick:
	default:
		g.handleCall(f)
	}
	g.wakeUp()
	effects := g.protect
	for _, l := range g.changed {
		l.changed = false
		effects = append(effects, Save{Record: l.Leg})
	}
	return append(effects, g.save...)
}

// handleCall takes the facts that one Asterisk tells.
func (g *Guard) handleCall(f Fact) {
	switch f := f.(type) {
	case ChannelCreated:
		g.withServer(f.Seen, func(s *server) { s.created(f.Channel) })
	case DialBegun:
		g.withServer(f.Seen, func(s *server) { g.dialBegun(s, f) })
	case ChannelAnswered:
		g.withServer(f.Seen, func(s *server) { g.answered(s, f) })
	case ChannelEnded:
		g.withServer(f.Seen, func(s *server) { g.ended(s, f) })
	case Transferred:
		g.withServer(f.Seen, func(s *server) { s.transferred(f) })
	case Forwarded:
		g.withServer(f.Seen, func(s *server) { s.forwarded(f) })
	case Parked:
		g.withServer(f.Seen, func(s *server) { s.parked(f) })
	case Held:
		g.withServer(f.Seen, func(s *server) { s.see(f.Channel).heldAt = f.At })
	case Declined:
		g.withServer(f.Seen, func(s *server) { s.see(f.Channel).declined = true })
	case LocalJoined:
		g.withServer(f.Seen, func(s *server) {
			one, two := s.see(f.One), s.see(f.Two)
			one.twin, two.twin = two.ID, one.ID
			one.bequeathed(two)
		})
	case AccountNamed:
		g.withServer(f.Seen, func(s *server) { s.accountNamed(f) })
	case AdmissionAsked:
		g.besides(f.Seen, func(s *server) { g.admissionAsked(s, f) })
	case VerdictFailed:
		g.besides(f.Seen, func(s *server) { g.verdictFailed(s, f) })
	case AskingBegun:
		g.besides(f.Seen, func(s *server) { s.asking = true })
	case AskingEnded:
		g.besides(f.Seen, func(s *server) { s.asking = false })
	case CallRecorded:
		g.withServer(f.Seen, func(s *server) { g.callRecorded(s, f) })
	case RecordsRead:
		g.besides(f.Seen, func(s *server) { g.recordsRead(s, f) })
	case RecordsDiffer:
		g.recordsDiffer(f)
	case BillCompared:
		g.billCompared(f)
	case ServerUp:
		g.withServer(f.Seen, func(s *server) {
			s.up, s.sawCall = true, false
			g.raiseFlags(s.name)
		})
	case ServerDown:
		g.withServer(f.Seen, func(s *server) {
			s.up = false
			g.goDark(s)
		})
	case EventsMissed:
		g.withServer(f.Seen, g.goDark)
	case ChannelsListed:
		g.withServer(f.Seen, func(s *server) { g.channelsListed(s, f) })
	case EventBroken:
		g.withServer(f.Seen, func(s *server) { s.sawCall = true })
	case ChannelsFound:
		g.besides(f.Seen, func(s *server) { g.channelsFound(s, f) })
	case HangUpFailed:
		g.besides(f.Seen, func(s *server) { g.hangUpFailed(s, f) })
	case LimitFailed:
		g.besides(f.Seen, func(s *server) { g.limitFailed(s, f) })
	}
}

func (g *Guard) withServer(seen Seen, do func(*server)) {
	if s := g.servers[seen.Server]; s != nil {
		do(s)
		s.seenLast = g.now
	}
}

// besides is for facts that do not come from the manager's events: they do not show that it is watched.
func (g *Guard) besides(seen Seen, do func(*server)) {
	if s := g.servers[seen.Server]; s != nil {
		do(s)
	}
}

// see gives what is remembered of a channel, and begins to remember it. What a later event tells of
// it fills what an earlier one left open; the account code stays the one the channel began with,
// which is the endpoint's own.
func (s *server) see(c Channel) *channel {
	ch := s.channels[c.ID]
	if ch == nil {
		ch = &channel{Channel: c, kind: s.rules.kindOf(c.Name), up: c.State == StateUp}
		if l := s.legs[c.ID]; l != nil && l.Ended.IsZero() {
			ch.leg = l
		}
		s.channels[c.ID] = ch
		return ch
	}
	if ch.AccountCode == "" {
		ch.AccountCode = c.AccountCode
	}
	ch.up = ch.up || c.State == StateUp
	if c.LinkedID != "" {
		ch.LinkedID = c.LinkedID
	}
	return ch
}

// created begins to remember a channel. One that has asked already, because the manager tells later
// than the REST interface, is from here on what it began as, and not what it was when it asked.
func (s *server) created(c Channel) {
	ch := s.see(c)
	if ch.createdWhileAsking = s.asking; ch.askedFirst {
		ch.Channel, ch.askedFirst = c, false
	}
}

func (s *server) accountNamed(f AccountNamed) {
	ch := s.see(f.Channel)
	if f.Tenant != "" {
		ch.tenant = clean(f.Tenant)
	}
	if f.Extension != "" {
		ch.variable = clean(f.Extension)
		ch.extension = ch.variable
	}
}

// Next is the moment at which the guard wants a Tick; ok is false where it has nothing to wait for.
func (g *Guard) Next() (at time.Time, ok bool) { return g.wakes.next() }

// do asks for an effect that touches Asterisk, which observe mode does not.
func (g *Guard) do(e Effect) {
	if !g.rules.Observe {
		g.protect = append(g.protect, e)
	}
}

func (g *Guard) record(r Record) { g.save = append(g.save, Save{Record: r}) }

// recordLeg saves the leg once the fact is dealt with, however often it changes on the way.
func (g *Guard) recordLeg(l *leg) {
	if !l.changed {
		l.changed = true
		g.changed = append(g.changed, l)
	}
}

// Live gives the legs that have not ended, the oldest first, charged up to now.
func (g *Guard) Live(now time.Time) []Leg {
	legs := make([]Leg, 0, len(g.legs))
	for _, l := range g.legs {
		record := l.Leg
		for _, c := range g.book.Charges(l.book, now) {
			record.Cost += c.Amount
			record.Price += c.Price
			record.BilledSeconds += c.BilledSeconds
		}
		legs = append(legs, record)
	}
	slices.SortFunc(legs, func(a, b Leg) int {
		if c := a.Started.Compare(b.Started); c != 0 {
			return c
		}
		return strings.Compare(a.Server+a.ID, b.Server+b.ID)
	})
	return legs
}

// Counts gives how many legs have not ended, and how many blocks are in force, without looking at any.
func (g *Guard) Counts() (live, blocks int) { return len(g.legs), len(g.blocks) }

// Ledger gives the running window of the period for all accounts, live legs included.
func (g *Guard) Ledger(p limits.Period, now time.Time) []limits.Row { return g.book.Rows(p, now) }

// Blocks gives the blocks in force, the oldest first.
func (g *Guard) Blocks() []Block {
	blocks := make([]Block, 0, len(g.blocks))
	for _, b := range g.blocks {
		blocks = append(blocks, *b)
	}
	slices.SortFunc(blocks, func(a, b Block) int { return strings.Compare(a.ID, b.ID) })
	return blocks
}
