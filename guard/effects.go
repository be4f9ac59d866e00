package guard

import (
	"time"
)

// Effect is something that the guard wants done. The effects of this file are all there are. Those
// that protect come before those that record in what Handle returns, and all that protect are
// idempotent: doing one twice is as good as once.
type Effect interface{ effect() }

// Way is the road on which Asterisk is asked to hang up.
type Way int

// The ways: ARI first, AMI where ARI did not do it.
const (
	ByARI Way = iota
	ByAMI
)

// String names the way as people do.
func (w Way) String() string {
	if w == ByAMI {
		return "AMI"
	}
	return "ARI"
}

type (
	// HangUp ends a channel. That it was asked is not that it is done: ChannelEnded is.
	HangUp struct {
		Server, ID string
		Way        Way
		// Refused is set for a leg that is not let through, as against one that is cut.
		Refused bool
	}

	// LimitTime makes Asterisk itself end a channel after a time, whatever becomes of the guard;
	// 0 takes the limit back.
	LimitTime struct {
		Server, ID string
		After      time.Duration
	}

	// Answer gives a call that asked its verdict: it may go on for a time (0 is without limit), or
	// it may not, for the reason of a rule.
	Answer struct {
		Server, ID string
		Allow      bool
		Limit      time.Duration
		Reason     string
	}

	// RaiseFlag and LowerFlag keep a block in Asterisk's own database, where a dialplan can read
	// it without the guard.
	RaiseFlag struct{ Server, Key, Value string }
	LowerFlag struct{ Server, Key string }
	// LowerAllFlags takes away every flag below a key.
	LowerAllFlags struct{ Server, Key string }

	// FindLegs asks whether the store has the legs of a record's channels, of which the guard knows
	// nothing any more; RecordsRead is the answer.
	FindLegs struct {
		Server string
		Record CallRecord
	}

	// FindTotals asks for what the store has of a day, and of the rest of its month, to which the clock
	// was set; TotalsRead is the answer.
	FindTotals struct{ Day string }

	// Save puts a record into the store.
	Save struct{ Record Record }
)

func (HangUp) effect()        {}
func (LimitTime) effect()     {}
func (Answer) effect()        {}
func (RaiseFlag) effect()     {}
func (LowerFlag) effect()     {}
func (LowerAllFlags) effect() {}
func (FindLegs) effect()      {}
func (FindTotals) effect()    {}
func (Save) effect()          {}
