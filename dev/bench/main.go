// Command bench measures fraudguard beside the libraries and programs that could stand in its place,
// and prints one table. What it compares, it measures in the same run, in turns, so that a busy
// machine slows both sides; what it says of time is never a test. It is a module of its own so that
// those libraries never come near the product.
//
//	go run .                   all rows, in some ten minutes; those on a real Asterisk or PostgreSQL need root
//	go run . --only facts      one row
//	go run . --probe           what the two Asterisk libraries do where it matters, seen, not measured
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// row is one question of the table, and the way to its answer.
type row struct {
	name, question string
	measure        func(context.Context, *bench) error
}

func rows() []row {
	return []row{
		{"facts", "AMI bytes to facts", measureFacts},
		{"verdict", "a verdict: 100,000 accounts, 100,000 prefixes", measureVerdicts},
		{"watch", "a refused leg on a real Asterisk 22", measureWatch},
		{"ask", "a call that asks, on a real Asterisk 22", measureAsk},
		{"limits", "time limits of a thousand legs near a cap", measureLimits},
		{"endurance", "the daemon over 10,000 calls", measureEndurance},
		{"deck", "longest prefix among a million", measureDeck},
		{"import", "a price list of a million rows", measureImport},
		{"price", "dialled digits to a price", measurePrice},
		{"swap", "verdicts while a price list of a million is built and swapped in", measureSwap},
		{"store", "legs posted durably", measureStore},
		{"start", "a guard that begins: 100,000 accounts, a month of charges", measureStart},
		{"prune", "records beside the pruning of old calls", measurePrune},
	}
}

// bench is what the rows share: where the product is, room for files, and the table.
type bench struct {
	root    string // of the product's module
	folder  string // temporary
	row     string
	results []result
}

func main() {
	only := flag.String("only", "", "measure one row: "+strings.Join(names(), ", "))
	asJSON := flag.Bool("json", false, "print JSON for scripts")
	probe := flag.Bool("probe", false, "try the two Asterisk libraries instead of measuring")
	flag.Parse()
	if flag.NArg() > 0 || *only != "" && !slices.Contains(names(), *only) {
		fmt.Fprintf(os.Stderr, "bench takes --only NAME, --json and --probe; names are %s\n", strings.Join(names(), ", "))
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *only, *asJSON, *probe); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func names() []string {
	var all []string
	for _, r := range rows() {
		all = append(all, r.name)
	}
	return all
}

func run(ctx context.Context, only string, asJSON, probe bool) error {
	folder, err := os.MkdirTemp("", "fraudguard-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/fraudguard/fraudguard").Output()
	if err != nil {
		return fmt.Errorf("the folder of the product is not known: %w; run this in dev/bench", err)
	}
	b := &bench{root: strings.TrimSpace(string(root)), folder: folder}
	if probe {
		return runProbes(ctx, b, asJSON)
	}
	var failed []string
	for _, r := range rows() {
		if only != "" && only != r.name {
			continue
		}
		fmt.Fprintf(os.Stderr, "measuring %s: %s\n", r.name, r.question)
		b.row = r.name
		if err := r.measure(ctx, b); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			failed = append(failed, fmt.Sprintf("%s: %v", r.name, err))
			b.add(result{What: "not measured: " + err.Error()})
		}
	}
	if err := b.print(os.Stdout, asJSON); err != nil {
		return err
	}
	if len(failed) > 0 {
		return fmt.Errorf("%d rows could not be measured:\n%s", len(failed), strings.Join(failed, "\n"))
	}
	return nil
}

// build compiles a program of a module and gives its path.
func (b *bench) build(ctx context.Context, module, program, name string, flags ...string) (string, error) {
	path := b.folder + "/" + name
	cmd := exec.CommandContext(ctx, "go", append(append([]string{"build", "-o", path}, flags...), program)...)
	cmd.Dir = module
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", program, err, out)
	}
	return path, nil
}
