package ari

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Event is one of the types below: what Asterisk tells the Stasis application,
// or what happened to the stream itself ([Gap], [Disconnected]).
type Event interface{ isEvent() }

// StasisStart: a channel has entered the application and waits.
type StasisStart struct {
	At      time.Time
	Channel Channel
	Args    []string // of Stasis(), behind the application's name
}

// StasisEnd: a channel has left the application.
type StasisEnd struct {
	At      time.Time
	Channel Channel
}

// ChannelStateChange: a channel has begun to ring, or has been answered.
type ChannelStateChange struct {
	At      time.Time
	Channel Channel
}

// ChannelHangupRequest: somebody asked for a channel's end.
type ChannelHangupRequest struct {
	At      time.Time
	Channel Channel
	Cause   int  // Q.850, from the other side; zero where Asterisk does not tell
	Soft    bool // asked from within Asterisk, by [Client.Hangup] or the dialplan
}

// ChannelDestroyed: a channel is gone. Asterisk tells it of channels that were
// made in the application; of one that came by Stasis() the [StasisEnd] is the last.
type ChannelDestroyed struct {
	At        time.Time
	Channel   Channel
	Cause     int // Q.850
	CauseText string
}

// PlaybackFinished: a sound has been played, or could not be.
type PlaybackFinished struct {
	At        time.Time
	Playback  string // the id given to [Client.Play]
	ChannelID string // empty where it was not played to a channel
	State     string // "done" or "failed"
}

// Other is an event of any other type, known to Asterisk or not.
type Other struct {
	At   time.Time
	Type string
	Raw  []byte // the whole message, JSON
}

// LostUnknown is a [Gap] of unknown width.
const LostUnknown = -1

// Gap stands where events are missing: list the channels. It comes first on
// each connection, the very first too, and after an overflow of the queue.
type Gap struct {
	Connected bool // the stream has just been connected
	Lost      int  // how many events; [LostUnknown] after a connection
}

// Disconnected: the stream is broken or could not be connected. While it is,
// Asterisk treats the application as absent.
type Disconnected struct {
	Err   error
	Retry time.Duration // until the next attempt
}

func (StasisStart) isEvent()          {}
func (StasisEnd) isEvent()            {}
func (ChannelStateChange) isEvent()   {}
func (ChannelHangupRequest) isEvent() {}
func (ChannelDestroyed) isEvent()     {}
func (PlaybackFinished) isEvent()     {}
func (Other) isEvent()                {}
func (Gap) isEvent()                  {}
func (Disconnected) isEvent()         {}

const applicationReplaced = "ApplicationReplaced"

// decode reads one message of the stream. The type is read first, for other
// types may use the same names for other things.
func decode(message []byte) (Event, error) {
	var head struct {
		Type      string
		Timestamp moment
	}
	if err := json.Unmarshal(message, &head); err != nil {
		return nil, fmt.Errorf("not an event: %w", err)
	}
	at := time.Time(head.Timestamp)
	switch head.Type {
	case "":
		return nil, errors.New("not an event: it has no type")
	case "PlaybackFinished":
		return decodePlayback(message, at)
	case "StasisStart", "StasisEnd", "ChannelStateChange", "ChannelHangupRequest", "ChannelDestroyed":
		return decodeChannelEvent(head.Type, message, at)
	}
	return Other{At: at, Type: head.Type, Raw: message}, nil
}

func decodeChannelEvent(kind string, message []byte, at time.Time) (Event, error) {
	var wire struct {
		Channel   *Channel
		Args      []string
		Cause     int
		CauseText string `json:"cause_txt"`
		Soft      bool
	}
	if err := json.Unmarshal(message, &wire); err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	if wire.Channel == nil {
		return nil, fmt.Errorf("%s: it has no channel", kind)
	}
	switch kind {
	case "StasisStart":
		return StasisStart{at, *wire.Channel, wire.Args}, nil
	case "StasisEnd":
		return StasisEnd{at, *wire.Channel}, nil
	case "ChannelStateChange":
		return ChannelStateChange{at, *wire.Channel}, nil
	case "ChannelHangupRequest":
		if wire.Soft {
			wire.Cause = 0 // here it is a flag of Asterisk's own: 32 for an explicit request
		}
		return ChannelHangupRequest{at, *wire.Channel, wire.Cause, wire.Soft}, nil
	}
	return ChannelDestroyed{at, *wire.Channel, wire.Cause, wire.CauseText}, nil
}

func decodePlayback(message []byte, at time.Time) (Event, error) {
	var wire struct {
		Playback struct {
			ID, State string
			Target    string `json:"target_uri"`
		}
	}
	if err := json.Unmarshal(message, &wire); err != nil {
		return nil, fmt.Errorf("PlaybackFinished: %w", err)
	}
	if wire.Playback.ID == "" {
		return nil, errors.New("PlaybackFinished: it has no playback")
	}
	channel, isChannel := strings.CutPrefix(wire.Playback.Target, "channel:")
	if !isChannel {
		channel = ""
	}
	return PlaybackFinished{at, wire.Playback.ID, channel, wire.Playback.State}, nil
}
