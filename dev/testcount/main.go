// Command testcount reads what "go test -json" prints, shows a line for each package and the whole
// output of what failed, and ends with a plain count: "N passed, N failed". Tests with subtests
// count as one besides them.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

func main() {
	if !count(os.Stdin, os.Stdout) {
		os.Exit(1)
	}
}

// event is a line of "go test -json" (see go doc test2json).
type event struct {
	Action, Package, Test, Output, ImportPath string
	Elapsed                                   float64
}

// count reports and says whether all is well: something passed, and nothing failed.
func count(in io.Reader, out io.Writer) bool {
	passed, failed, skipped, broken := 0, 0, 0, 0
	said := make(map[string][]string)
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			fmt.Fprintln(out, lines.Text()) // what is no event comes from the build
			continue
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "output":
			said[key] = append(said[key], e.Output)
			continue
		case "build-output":
			fmt.Fprint(out, e.Output)
			continue
		case "build-fail":
			broken++
			continue
		case "pass", "fail", "skip":
		default:
			continue
		}
		if e.Test == "" {
			summary(out, e, said[key])
			if e.Action == "fail" {
				broken++
			}
			delete(said, key)
			continue
		}
		switch e.Action {
		case "pass":
			passed++
		case "skip":
			skipped++
			fmt.Fprintf(out, "SKIP %s %s\n", e.Package, e.Test)
		case "fail":
			failed++
			show(out, said[key])
		}
		delete(said, key)
	}
	if failed == 0 {
		failed = broken // a package that does not build, or that failed outside its tests
	}
	fmt.Fprintf(out, "%d passed, %d failed, %d skipped\n", passed, failed, skipped)
	return lines.Err() == nil && failed == 0 && passed > 0
}

func summary(out io.Writer, e event, said []string) {
	switch e.Action {
	case "pass":
		fmt.Fprintf(out, "ok   %s %.1fs\n", e.Package, e.Elapsed)
	case "fail":
		fmt.Fprintf(out, "FAIL %s %.1fs\n", e.Package, e.Elapsed)
		show(out, said)
	}
}

func show(out io.Writer, said []string) {
	for _, line := range said {
		fmt.Fprint(out, line)
	}
}
