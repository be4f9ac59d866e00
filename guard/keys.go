package guard

import (
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
)

const (
	// momentDigits is how many digits the time takes in an ID, until the year 2085.
	momentDigits = 10
	// laneDigits is how many tell one guard from another.
	laneDigits = 3
	lanes      = 36 * 36 * 36
)

// id gives a new key: the time in microseconds, one more where that is taken, in base 36, and three
// digits for the guard. Keys are short, sort by time, and need neither a counter in the store nor
// randomness; several guards on one store give others, though their clocks be the same.
func (g *Guard) id() string {
	g.lastID = max(g.lastID+1, g.now.UnixMicro())
	return strconv.FormatInt(g.lastID, 36) + g.lane
}

// laneOf gives the last digits of a guard's IDs. Its servers are its own, and so these digits are.
func laneOf(servers map[string]ServerRules) string {
	hash := fnv.New32a()
	for _, name := range slices.Sorted(maps.Keys(servers)) {
		hash.Write(append([]byte(name), 0))
	}
	return strconv.FormatInt(lanes+int64(hash.Sum32()%lanes), 36)[1:]
}

// parseID gives the moment in an ID, 0 where it has none: one that a person has made up, by SQL.
func parseID(id string) int64 {
	if len(id) != momentDigits && len(id) != momentDigits+laneDigits { // older ones are without a lane
		return 0
	}
	n, err := strconv.ParseInt(id[:momentDigits], 36, 64)
	if err != nil {
		return 0
	}
	return n
}
