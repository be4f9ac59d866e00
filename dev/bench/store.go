package main

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"

	"github.com/fraudguard/fraudguard/dev/postgres"
)

// storeBatches is how many batches of 200 legs each way posts: enough for a 99th percentile.
const storeBatches = 200

// measureStore runs the benchmarks that live beside the stores, since bare SQL needs the stores' own
// columns: they post the same rows each way in turns, into stores of the same kind.
func measureStore(ctx context.Context, b *bench) error {
	out, err := b.goBenchmark(ctx, "./store/sqlite", "^BenchmarkPost$", storeBatches)
	if err != nil {
		return err
	}
	figures, err := benchmarkFigures(out, "BenchmarkPost")
	if err != nil {
		return err
	}
	b.add(result{What: "SQLite, a leg with charge, incident and notice", Value: figures["legs/s"], Unit: "legs/s",
		Ratio: figures["legs/s"] / figures["bare-legs/s"], Beside: "bare SQL", Goal: storeGoal, Note: commitTimes(figures) + "; 200 legs a transaction, synced"})
	b.add(result{What: "bare SQL, the same rows", Value: figures["bare-legs/s"], Unit: "legs/s"})
	if out, err = b.goBenchmark(ctx, "./dev/e2e/postgres", "^BenchmarkPost$", storeBatches); err != nil {
		return err
	}
	for _, version := range postgres.Versions() {
		if figures, err = benchmarkFigures(out, "BenchmarkPost/"+version); err != nil {
			return err
		}
		b.add(result{What: "PostgreSQL " + version + ", the same", Value: figures["legs/s"], Unit: "legs/s",
			Ratio: figures["legs/s"] / figures["bare-legs/s"], Beside: "bare INSERTs", Goal: storeGoal, Note: commitTimes(figures)})
		b.add(result{What: "bare INSERTs, pipelined", Value: figures["bare-legs/s"], Unit: "legs/s"})
		b.add(result{What: "bare COPY", Value: figures["copy-legs/s"], Unit: "legs/s", Note: "nothing asked, nothing merged"})
	}
	return nil
}

// storeGoal is what the store's promises may cost.
const storeGoal = ">= 0.7"

// commitTimes says how long a batch takes to be durable, by the store and by bare SQL.
func commitTimes(figures map[string]float64) string {
	return fmt.Sprintf("a commit takes %.1f ms, p99 %.1f; bare %.1f, p99 %.1f",
		figures["p50-ms"], figures["p99-ms"], figures["bare-p50-ms"], figures["bare-p99-ms"])
}

// goBenchmark runs benchmarks of a package so many times round, and gives what they print.
func (b *bench) goBenchmark(ctx context.Context, folder, pattern string, rounds int) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", pattern, "-benchtime", fmt.Sprintf("%dx", rounds), folder)
	cmd.Dir = b.root
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("the benchmarks of %s: %w\n%s", folder, err, out)
	}
	return string(out), nil
}

// benchmarkFigures reads the metrics of a line that go test prints, by their units.
func benchmarkFigures(out, name string) (map[string]float64, error) {
	for line := range strings.SplitSeq(out, "\n") {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], name) {
			continue
		}
		figures := make(map[string]float64)
		for i := 2; i+1 < len(fields); i += 2 {
			v, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				return nil, err
			}
			figures[fields[i+1]] = v
		}
		return figures, nil
	}
	return nil, fmt.Errorf("%s printed no figures:\n%s", name, out)
}
