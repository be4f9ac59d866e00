package store

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Pruning says which legs are no longer to be kept as they are.
type Pruning struct {
	// Before is the moment: legs that began before it and have ended.
	Before time.Time
	// Cut leaves the legs, and of their numbers only how they begin and how long they are (CutNumber).
	// Otherwise the legs are deleted.
	Cut bool
	// DryRun changes nothing, and counts.
	DryRun bool
	// After is where the last step ended; zero is the beginning.
	After LegKey
	// Limit is how many legs one step looks at, at least 1.
	Limit int
}

// LegKey is the place of a leg among all, by its beginning.
type LegKey struct {
	Started    time.Time
	Server, ID string
}

// Pruned says what one step did.
type Pruned struct {
	// Legs counts those that were deleted or cut. Those that were cut already do not count again.
	Legs int
	// More says that there may be further ones, behind Next.
	More bool
	Next LegKey
}

const (
	// hidden is how many digits at least a cut number hides, and shown how many it shows where no
	// price list says how much of it is the destination.
	hidden, shown = 4, 3
	// masked stands for each digit that is hidden.
	masked = "x"
)

// CutNumber leaves of a number how it begins, as far as the rate's prefix goes that gave its price,
// and its length: "390612xxxxxx". The last four digits are always hidden. What is cut already stays.
func CutNumber(number, prefix string) string {
	return cut(number, max(utf8.RuneCountInString(prefix), shown))
}

// CutDialled leaves of what was dialled its first three characters and its length.
func CutDialled(dialled string) string { return cut(dialled, shown) }

// IsCut says whether a text is what CutNumber or CutDialled has left of one.
func IsCut(text string) bool {
	length := utf8.RuneCountInString(text)
	return length > 0 && strings.HasSuffix(text, strings.Repeat(masked, min(length, hidden)))
}

func cut(text string, show int) string {
	length := utf8.RuneCountInString(text)
	show = max(min(show, length-hidden), 0)
	beginning := text
	for i := range text {
		if show == 0 {
			beginning = text[:i]
			break
		}
		show--
	}
	return beginning + strings.Repeat(masked, length-utf8.RuneCountInString(beginning))
}
