package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// storeBatches is how many batches of 200 legs the store's own benchmark posts each way.
const storeBatches = 40

// measureStore runs the benchmark that lives beside the SQLite store, since bare SQL needs the
// store's own columns: it posts the same rows both ways in turns, into files of the same kind.
func measureStore(ctx context.Context, b *bench) error {
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^BenchmarkPost$", "-benchtime", fmt.Sprintf("%dx", storeBatches), "./store/sqlite")
	cmd.Dir = b.root
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("the benchmark of store/sqlite: %w\n%s", err, out)
	}
	figures, err := benchmarkFigures(string(out), "BenchmarkPost")
	if err != nil {
		return err
	}
	b.add(result{What: "SQLite, a leg with charge, incident and notice", Value: figures["legs/s"], Unit: "legs/s",
		Ratio: figures["legs/s"] / figures["bare-legs/s"], Beside: "bare SQL", Note: "200 legs a transaction, synced"})
	b.add(result{What: "bare SQL, the same rows", Value: figures["bare-legs/s"], Unit: "legs/s"})
	return nil
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
	return nil, errors.New("the benchmark of store/sqlite printed no figures:\n" + out)
}
