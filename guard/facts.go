package guard

import (
	"time"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/rates"
)

// Fact is something that was seen, said or has come due. The facts of this file are all there are.
type Fact interface {
	// When is the moment at which it was seen.
	When() time.Time
}

// Seen is where and when a fact was seen. Server is the name from the configuration; it is empty
// for what concerns no single Asterisk.
type Seen struct {
	Server string
	At     time.Time
}

// When gives the moment at which the fact was seen.
func (s Seen) When() time.Time { return s.At }

// Channel is what Asterisk tells of one of its channels.
type Channel struct {
	// ID is Asterisk's Uniqueid; LinkedID is that of the channel with which the call began.
	ID, LinkedID string
	// Name is "technology/endpoint-number". It can change; the ID does not.
	Name        string
	State       ChannelState
	AccountCode string
	Context     string
	Exten       string
}

// ChannelState is the part of Asterisk's channel states that matters for money.
type ChannelState int

// The states of a channel.
const (
	// StateOutgoing is a channel that Asterisk has just made in order to dial out on it.
	StateOutgoing ChannelState = iota
	// StateRinging is a channel on which somebody calls in, or which is being called.
	StateRinging
	// StateUp is an answered channel.
	StateUp
)

type (
	// ChannelCreated comes when Asterisk makes a channel.
	ChannelCreated struct {
		Seen
		Channel Channel
	}

	// DialBegun comes when a channel is told to call somebody.
	DialBegun struct {
		Seen
		// From dials; its ID is empty where nobody does (originated calls).
		From Channel
		// To is the channel that carries the call out; Dialled is what it was told to dial.
		To      Channel
		Dialled string
	}

	// ChannelAnswered comes when a channel is answered: a carrier bills from here.
	ChannelAnswered struct {
		Seen
		Channel Channel
	}

	// ChannelEnded comes when a channel is gone: a carrier bills up to here.
	ChannelEnded struct {
		Seen
		ID    string
		Cause int // Q.850
	}

	// Transferred comes when By has sent the party at its other end to a dialplan, with or without
	// having asked there first.
	Transferred struct {
		Seen
		By, Transferee Channel
	}

	// Forwarded comes when By, which From was calling, has answered with another number, To. What is
	// dialled there is dialled next; From's ID is empty where nobody calls (originated calls).
	Forwarded struct {
		Seen
		By, From Channel
		To       string
	}

	// Parked comes when a channel is put on a parking lot, from where it may go on by itself. By is
	// who did it, as one dials it: "technology/endpoint".
	Parked struct {
		Seen
		Channel Channel
		By      string
	}

	// Held comes when a channel puts the party at its other end on hold, which Asterisk also does for a
	// phone whose keys ask for a transfer.
	Held struct {
		Seen
		Channel Channel
	}

	// LocalJoined says which two channels are the halves of one Local channel.
	LocalJoined struct {
		Seen
		One, Two Channel
	}

	// Declined comes when the other side of a channel ends it: a phone that is called is busy, or
	// forwards, or hangs up.
	Declined struct {
		Seen
		Channel Channel
	}

	// AccountNamed comes when the dialplan names the payer of a channel's legs in FRAUDGUARD_TENANT
	// or FRAUDGUARD_EXTENSION; the field that it did not name is empty.
	AccountNamed struct {
		Seen
		Channel           Channel
		Tenant, Extension string
	}

	// AdmissionAsked comes where a call that is about to dial waits for a verdict.
	AdmissionAsked struct {
		Seen
		Channel Channel
		// Number is what it is going to dial. Tenant and Extension are the payer that the dialplan
		// names; both can be empty.
		Number, Tenant, Extension string
		// Limit is after which time the dialplan itself ends the call; 0 is never.
		Limit time.Duration
	}

	// VerdictFailed comes when Asterisk would not take the verdict on a call that asked.
	VerdictFailed struct {
		Seen
		ID string
		// Gone is set where the call has ended.
		Gone   bool
		Reason string
	}

	// AskingBegun and AskingEnded say whether calls of a server can ask.
	AskingBegun struct{ Seen }
	AskingEnded struct{ Seen }

	// CallRecorded comes when Asterisk has written its own record of a call.
	CallRecorded struct {
		Seen
		CallRecord
	}

	// RecordsRead brings records of calls of the past.
	RecordsRead struct {
		Seen
		Records []CallRecord
		// Known are the legs in the store whose channels have the names of those in the records.
		Known []Leg
		// Prices are those of the records' time; nil is those of now.
		Prices *rates.Prices
		// Tolerance is by how much a record of a leg may differ from what was metered.
		Tolerance time.Duration
		// Told is set where the records came as events: their clock may be hours off, so that a leg
		// of the same name makes them known, whenever it was.
		Told bool
		// DryRun says what would become of them, and changes nothing.
		DryRun bool
	}

	// RecordsDiffer comes at the end of an import in which records differ from what was metered.
	RecordsDiffer struct {
		Seen
		// Source is where they came from; Legs counts them, Worst are the farthest off.
		Source string
		Legs   int
		Worst  []Evidence
	}

	// BillCompared comes when a carrier's bill was compared with the ledger: the legs for which it
	// wants more, and what is charged for that.
	BillCompared struct {
		Seen
		// Source is the bill's file; Longer counts the legs, Worst are the farthest off.
		Source string
		Longer int
		Worst  []Evidence
		// Legs are calls that only the bill has, and Charges correct the ledger; both can be empty.
		Legs    []Leg
		Charges []Charge
	}

	// ServerUp comes when the link to a server stands, before its channels are listed.
	ServerUp struct{ Seen }

	// ServerDown comes when the link to a server breaks.
	ServerDown struct {
		Seen
		Reason string
	}

	// EventsMissed comes where events of a server are missing.
	EventsMissed struct{ Seen }

	// EventBroken comes where an event of a call does not say which channel it is about.
	EventBroken struct{ Seen }

	// ChannelsListed comes after ServerUp, and wherever events may have been missed: all channels
	// that live. What is not among them is gone.
	ChannelsListed struct {
		Seen
		Channels []ListedChannel
	}

	// ChannelsFound is what the REST interface shows of the channels that lived when it was asked.
	ChannelsFound struct {
		Seen
		Channels []Channel
	}

	// HangUpFailed comes when Asterisk would not take a request to hang up.
	HangUpFailed struct {
		Seen
		ID  string
		Way Way
		// Gone is set where Asterisk says that it has no such channel.
		Gone   bool
		Reason string
	}

	// LimitFailed comes when Asterisk would not take the time limit of a channel, or did not answer.
	LimitFailed struct {
		Seen
		ID string
		// Gone is set where Asterisk says that it has no such channel.
		Gone   bool
		Reason string
	}

	// BlockAsked and UnblockAsked come from people.
	BlockAsked struct {
		Seen
		Target Target
		Until  time.Time // zero is until a person lifts it
		Reason string
		Who    string
		// KeepLive lets the calls go on that are live.
		KeepLive bool
	}
	UnblockAsked struct {
		Seen
		Target Target
		Who    string
	}

	// CapSet and CapUnset come from people: a cap that lies over that of the configuration, and its
	// end.
	CapSet struct {
		Seen
		Subject limits.Subject
		Kind    limits.Kind
		Value   limits.Value
		// Reason can be empty.
		Reason string
		Who    string
	}
	CapUnset struct {
		Seen
		Subject limits.Subject
		Kind    limits.Kind
		Who     string
	}

	// StoreRead is what is in force by the store, and has come after all that the guard itself has recorded:
	// what is new in it was set by another program, and what is not in it was lifted by one.
	StoreRead struct {
		Seen
		Blocks    []Block
		Overrides []Override
	}

	// TotalsRead is what the store has of a day and of the rest of its month, once it had all that the guard
	// had recorded when it asked (FindTotals). Days and Routes are as in a State.
	TotalsRead struct {
		Seen
		Day    string
		Days   []limits.Row
		Routes []limits.RouteRow
	}

	// RulesChanged puts other rules in force, PricesChanged other prices.
	RulesChanged struct {
		Seen
		Rules Rules
	}
	PricesChanged struct {
		Seen
		Prices *rates.Prices
	}

	// JournalFull comes, once while the store is away, where the journal does not take what waits.
	JournalFull struct {
		Seen
		Reason string
	}

	// JournalDamaged comes where a part of the journal could not be read.
	JournalDamaged struct {
		Seen
		// File is what is kept of it.
		File string
	}

	// LedgerDiffers comes where totals of the ledger are not the sums of their charges: What says it in
	// a sentence.
	LedgerDiffers struct {
		Seen
		What     string
		Evidence []Evidence
	}
	// ServerLost comes where another guard has taken the server. Nothing that is asked of it, and
	// nothing that is recorded of its legs, is done from then on.
	ServerLost struct {
		Seen
		Holder string
	}
	// SecondGuard comes where Asterisk shows that another guard is there, which keeps another record.
	SecondGuard struct {
		Seen
		Who string
	}

	// Tick is the passing of time: it comes at the moment that Next asked for, or later.
	Tick struct{ Seen }
)

// CallRecord is Asterisk's own record of a call. One leg can be part of several: its own dial, and after
// a transfer each further one that it comes to, where it stands on either side. The record's times are
// cut to whole seconds, as Asterisk writes them.
type CallRecord struct {
	// Channel and Destination are the names of the two channels, ID the Uniqueid of the first one;
	// LinkedID can be empty.
	Channel, Destination string
	ID, LinkedID         string
	// Dialled is what Destination was told to dial, "" where the record does not say; Exten is where the
	// dialplan began.
	Dialled, Exten       string
	Context, AccountCode string
	// Answered is zero where nobody answered.
	Started, Answered, Ended time.Time
	BillableSeconds          int64
	// EndWorkedOut says that Ended is Started and the length of the call, from both of which parts of a
	// second were cut off: it may be a second later.
	EndWorkedOut bool
}

// ListedChannel is a channel as a list of all channels shows it, which is less than the events do.
type ListedChannel struct {
	Channel
	// Created is when the channel was made.
	Created time.Time
	// Outgoing says that Asterisk dialled out on it; Dialled is the best that is known of the number.
	Outgoing bool
	Dialled  string
}
