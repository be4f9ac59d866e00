package main

import (
	"context"
	"fmt"

	"github.com/fraudguard/fraudguard/dev/postgres"
)

const (
	// startGoal is within what a guard with a hundred thousand accounts has to have begun.
	startGoal   = "< 3 s"
	startRounds = 5
)

// measureStart runs the benchmarks that start on a month of a hundred thousand accounts, each charged every day: the
// program itself on SQLite, and then what of it depends on the store alone, on each engine.
func measureStart(ctx context.Context, b *bench) error {
	const what = "start with 100,000 accounts and 3,000,000 charges, "
	out, err := b.goBenchmark(ctx, "./cmd/fraudguard", "^BenchmarkStart$", startRounds)
	if err != nil {
		return err
	}
	figures, err := benchmarkFigures(out, "BenchmarkStart")
	if err != nil {
		return err
	}
	b.add(result{What: what + "SQLite, the program", Value: figures["start-s"], Unit: "s", Goal: startGoal,
		Note: "from its execution to its log line that it is guarding"})
	add := func(name, engine string) error {
		figures, err := benchmarkFigures(out, name)
		if err != nil {
			return err
		}
		b.add(result{What: what + engine + ", in process", Value: figures["start-s"], Unit: "s", Goal: startGoal,
			Note: fmt.Sprintf("%.2f s to load, %.2f s to make the guard", figures["load-s"], figures["guard-s"])})
		return nil
	}
	if out, err = b.goBenchmark(ctx, "./store/sqlite", "^BenchmarkStart$", startRounds); err != nil {
		return err
	}
	if err := add("BenchmarkStart", "SQLite"); err != nil {
		return err
	}
	if out, err = b.goBenchmark(ctx, "./dev/e2e/postgres", "^BenchmarkStart$", startRounds); err != nil {
		return err
	}
	for _, version := range postgres.Versions() {
		if err := add("BenchmarkStart/"+version, "PostgreSQL "+version); err != nil {
			return err
		}
	}
	return nil
}

// pruneSaves is how many ends of calls are saved each way.
const pruneSaves = 3000

// measurePrune runs the benchmark that saves calls while old ones are deleted, or their numbers cut.
func measurePrune(ctx context.Context, b *bench) error {
	out, err := b.goBenchmark(ctx, "./store/sqlite", "^BenchmarkSaveBesidePrune$", pruneSaves)
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
