package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// result is one line of the table.
type result struct {
	Row  string `json:"row"`
	What string `json:"what"`
	// Value is in Unit, such as "events/s" or "µs".
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	// Ratio is this line beside the one named in Beside; 0 where it stands alone. Goal is what it should be, in words:
	// the ratio, or the value, and then with a unit.
	Ratio  float64 `json:"ratio,omitempty"`
	Beside string  `json:"beside,omitempty"`
	Goal   string  `json:"goal,omitempty"`
	Note   string  `json:"note,omitempty"`
}

func (b *bench) add(r result) {
	r.Row = b.row
	b.results = append(b.results, r)
}

func (b *bench) print(w io.Writer, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(b.results)
	}
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "row\twhat\tvalue\tunit\tratio\tgoal\tnote")
	last := ""
	for _, r := range b.results {
		name := r.Row
		if name == last {
			name = ""
		} else if last != "" {
			fmt.Fprintln(t, "\t\t\t\t\t\t")
		}
		last = r.Row
		ratio := ""
		if r.Ratio != 0 {
			ratio = fmt.Sprintf("%.2f x %s", r.Ratio, r.Beside)
		}
		value := ""
		if r.Unit != "" {
			value = readable(r.Value)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", name, r.What, value, r.Unit, ratio, r.Goal, r.Note)
	}
	return t.Flush()
}

// readable writes a figure with as many digits as anybody believes.
func readable(v float64) string {
	switch {
	case math.Abs(v) >= 1000:
		digits := strconv.FormatFloat(math.Round(v), 'f', 0, 64)
		var b strings.Builder
		for i, c := range digits {
			if i > 0 && (len(digits)-i)%3 == 0 && digits[i-1] != '-' {
				b.WriteByte(',')
			}
			b.WriteRune(c)
		}
		return b.String()
	case math.Abs(v) >= 10 || v == math.Trunc(v):
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

func median(values []float64) float64 { return percentile(values, 50) }

// percentile gives the value below which that many of a hundred values lie.
func percentile(values []float64, p int) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)*p/100, len(sorted)-1)]
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// ratios divides round by round, so that what slows a whole round down cancels out.
func ratios(ours, theirs []float64) []float64 {
	out := make([]float64, len(ours))
	for i := range ours {
		out[i] = ours[i] / theirs[i]
	}
	return out
}
