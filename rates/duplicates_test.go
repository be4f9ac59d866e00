package rates

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestReadDuplicates(t *testing.T) {
	const head = "prefix,route,price,effective\n"
	if got := read(t, head+"39,x,1,\n39,x,1,\n39,x,2,2026-01-01\n", ReadOptions{}); len(got) != 2 || got[0].PerMinute != 1_000_000 || got[1].PerMinute != 2_000_000 {
		t.Errorf("%+v", got)
	}
	_, err := Read(strings.NewReader(head+"39,x,1,\n44,y,1,\n39,x,1,\n39,x,2,\n39,x,3,\n"), "deck.csv", ReadOptions{})
	var failure *ReadError
	if !errors.As(err, &failure) {
		t.Fatal(err)
	}
	var lines []int
	for _, row := range failure.Rows {
		lines = append(lines, row.Line)
	}
	if !slices.Equal(lines, []int{5, 6}) || !strings.Contains(failure.Rows[1].Reason, "1.00 and 3.00") || !strings.Contains(failure.Rows[1].Reason, "line 2") {
		t.Errorf("%v", err)
	}
}

// TestReadDuplicatesBesideBadRows: all that is wrong is told at once, in the order of the lines, and no more
// than twenty rows of it.
func TestReadDuplicatesBesideBadRows(t *testing.T) {
	many := ""
	for i := range 25 {
		many += fmt.Sprintf("%d,1,\n", 90-i) // so that the order of the prefixes is not that of the lines
	}
	for _, c := range []struct {
		name, text string
		lines      []int
		more       bool
	}{
		{"two", "39,1,\n39,2,\n44x,1,\n", []int{3, 4}, false},
		{"a bad row first", "44x,1,\n39,1,\n39,2,\n", []int{2, 4}, false},
		{"forty", many + strings.ReplaceAll(many, ",1,", ",2,") + strings.Repeat("x,1,\n", 15), []int{27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46}, true},
		{"two dozen contradictions", strings.Repeat("39,1,\n39,2,\n", 24), []int{3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31, 33, 35, 37, 39, 41}, true},
		{"just twenty", strings.Repeat("39,1,\n39,2,\n", 19) + "x,1,\n", []int{3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31, 33, 35, 37, 39, 40}, false},
		{"before reading stopped", "39,1,\n39,2,\n" + strings.Repeat("x,1,\n", 40), []int{3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22}, true},
		// As long as a sign or an order is not known, it is not known either what contradicts what.
		{"decimals that another row tells", "39,\"1,234\",\n39,\"2,5\",\nx,1,\n", []int{3, 4}, false},
		{"decimals that another row tells to be none", "39,\"1,000\",\n39,1000,\nx,1,\n40,2.5,\n", []int{4}, false},
		{"decimals that nothing tells", "39,\"1,000\",\n39,1000,\nx,1,\n", []int{4}, false},
		{"dates that nothing tells", "39,1,01/02/2026\n39,2,2026-01-02\nx,1,\n", []int{4}, false},
		{"dates that another row tells", "39,1,01/02/2026\n39,2,2026-01-02\nx,1,\n40,1,01/31/2026\n", []int{3, 4}, false},
	} {
		_, err := Read(strings.NewReader("prefix,price,effective\n"+c.text), "deck.csv", ReadOptions{})
		var failure *ReadError
		if !errors.As(err, &failure) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var lines []int
		for _, row := range failure.Rows {
			lines = append(lines, row.Line)
		}
		if !slices.Equal(lines, c.lines) || failure.More != c.more {
			t.Errorf("%s: lines %v, more %v, not %v, %v: %v", c.name, lines, failure.More, c.lines, c.more, err)
		}
	}
}
