// Package abuse holds the detectors: small state machines that watch the attempts to dial out and
// speak up when a pattern of theft crosses its threshold. One detector is one file. They are pure:
// the time comes with each attempt.
package abuse

import (
	"fmt"
	"time"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/number"
)

// Attempt is somebody's try to dial out, whether or not it is answered or allowed.
type Attempt struct {
	At          time.Time
	Account     limits.Account
	Destination number.Destination
}

// Finding is what a detector says when its threshold is crossed.
type Finding struct {
	Rule     string
	Action   Action
	BlockFor time.Duration // 0 is until a person lifts it
	// Again is set where the attempt before this one was over the threshold already.
	Again bool
	// Seen says in words what was seen, with the figures.
	Seen string
}

// Action is what is done about a finding; each one includes those before it.
type Action int

// The actions, from the mildest on.
const (
	Alert  Action = iota // tell
	Deny                 // and refuse this attempt
	HangUp               // and hang up the account's live legs
	Block                // and refuse the account's attempts from now on
)

var actionNames = [...]string{Alert: "alert", Deny: "deny", HangUp: "hangup", Block: "block"}

// String gives the word that the configuration uses.
func (a Action) String() string { return actionNames[a] }

// UnmarshalText reads the word that the configuration uses.
func (a *Action) UnmarshalText(text []byte) error {
	for i, name := range actionNames {
		if name == string(text) {
			*a = Action(i)
			return nil
		}
	}
	return fmt.Errorf(`%.20q is no action: write "alert", "deny", "hangup" or "block"`, text)
}

// MarshalText writes the word that the configuration uses.
func (a Action) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Detector watches attempts. It is told each attempt once, in order of time.
type Detector interface {
	// Attempt takes one attempt in, and gives a finding where it is over the threshold.
	Attempt(Attempt) (Finding, bool)
	// Forget drops what was seen of an account, after a person has lifted its block.
	Forget(limits.Account)
}

// Settings are the thresholds of all detectors; a detector whose settings are nil is off.
type Settings struct {
	RepeatedNumber *RepeatedNumberSettings
}

// New makes the detectors that are on.
func (s Settings) New() []Detector {
	var detectors []Detector
	if s.RepeatedNumber != nil {
		detectors = append(detectors, newRepeatedNumber(*s.RepeatedNumber))
	}
	return detectors
}

// Equal says whether both would make the same detectors.
func (s Settings) Equal(t Settings) bool {
	return equal(s.RepeatedNumber, t.RepeatedNumber)
}

func equal[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// Window is how far back the detectors look: what is older cannot change what any of them says.
func (s Settings) Window() time.Duration {
	if s.RepeatedNumber != nil {
		return s.RepeatedNumber.Within
	}
	return 0
}
