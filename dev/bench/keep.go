package main

import (
	"context"
	"fmt"
	"os/exec"
)

// startGoal is within how many seconds a guard with a hundred thousand accounts has to have begun.
const startGoal = 3

// measureStart runs the benchmark beside the SQLite store that loads a month of a hundred thousand
// accounts, each charged every day, and makes a guard of it.
func measureStart(ctx context.Context, b *bench) error {
	out, err := b.storeBenchmark(ctx, "^BenchmarkStart$", "5x")
	if err != nil {
		return err
	}
	figures, err := benchmarkFigures(out, "BenchmarkStart")
	if err != nil {
		return err
	}
	b.add(result{What: "start with 100,000 accounts and 3,000,000 charges", Value: figures["start-s"], Unit: "s", Goal: fmt.Sprintf("< %d", startGoal),
		Note: fmt.Sprintf("%.2f s to load, %.2f s to make the guard", figures["load-s"], figures["guard-s"])})
	return nil
}

// measurePrune runs the benchmark that saves calls while old ones are deleted, or their numbers cut.
func measurePrune(ctx context.Context, b *bench) error {
	out, err := b.storeBenchmark(ctx, "^BenchmarkSaveBesidePrune$", "3000x")
	if err != nil {
		return err
	}
	for _, row := range []struct{ name, what string }{
		{"alone", "a call's end saved, 99 of 100 within"},
		{"delete", "the same while old calls are deleted"},
		{"cut", "the same while old numbers are cut"},
	} {
		figures, err := benchmarkFigures(out, "BenchmarkSaveBesidePrune/"+row.name)
		if err != nil {
			return err
		}
		b.add(result{What: row.what, Value: figures["p99-ms"], Unit: "ms",
			Note: fmt.Sprintf("median %.2f ms, longest %.0f ms, %.0f old calls meanwhile", figures["p50-ms"], figures["max-ms"], figures["pruned"])})
	}
	return nil
}

// storeBenchmark runs a benchmark of the SQLite store and gives what it prints.
func (b *bench) storeBenchmark(ctx context.Context, pattern, times string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", pattern, "-benchtime", times, "./store/sqlite")
	cmd.Dir = b.root
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("the benchmark of store/sqlite: %w\n%s", err, out)
	}
	return string(out), nil
}
