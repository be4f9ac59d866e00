package sip

import "time"

// Behaviour says what somebody does who is called. The zero value answers at
// once and talks until the other side hangs up.
type Behaviour struct {
	// RingFor is the time between 180 Ringing and what follows. At zero
	// there is no ringing.
	RingFor time.Duration

	// EarlyMedia sends 183 Session Progress with an SDP instead of 180.
	EarlyMedia bool

	// NoAnswer rings until the caller gives up.
	NoAnswer bool

	// Refuse answers with this status, for example 486 for busy or 503
	// for a carrier without lines, instead of 200.
	Refuse int

	// ForwardTo sends the caller to another number with 302 Moved
	// Temporarily. The number is one of the server that called.
	ForwardTo string

	// HangUpAfter ends an answered call from this side. Zero leaves that to
	// the other.
	HangUpAfter time.Duration
}

// words for the statuses that tests refuse calls with.
func reasonOf(status int) string {
	switch status {
	case 403:
		return "Forbidden"
	case 404:
		return "Not Found"
	case 480:
		return "Temporarily Unavailable"
	case 486:
		return "Busy Here"
	case 487:
		return "Request Terminated"
	case 503:
		return "Service Unavailable"
	case 603:
		return "Decline"
	default:
		return "Refused"
	}
}
