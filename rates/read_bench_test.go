package rates

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
)

const benchRows = 1_000_000

// carrierFile is a price list of a million rows in no order, as carriers send it.
var carrierFile = sync.OnceValue(func() []byte {
	random := rand.New(rand.NewPCG(1, 2))
	seen := make(map[uint64]bool, benchRows)
	var text bytes.Buffer
	text.WriteString("prefix,route,price,connect,increment,valid_from\n")
	for len(seen) < benchRows {
		prefix := 10_000 + random.Uint64N(99_999_999)
		if text := fmt.Sprint(prefix); seen[prefix] || new(prefixes).checkZero(text, text) != nil {
			continue // there is no such prefix
		}
		seen[prefix] = true
		route := prefix % 9000
		fmt.Fprintf(&text, "%d,\"Country %d, mobile\",0.%04d,0.%02d,%s,2026-%02d-01\n", prefix, route, 1+route, route%7,
			[]string{"60/60", "30/6", "1/1"}[route%3], 1+route%12)
	}
	return text.Bytes()
})

// BenchmarkRead is to be held against BenchmarkPlainCSV: at most four times its time is the promise.
func BenchmarkRead(b *testing.B) {
	text := carrierFile()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		list, err := Read(bytes.NewReader(text), "bench.csv", ReadOptions{})
		if err != nil || len(list.Rates) != benchRows {
			b.Fatal(err)
		}
	}
	b.ReportMetric(benchRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkPlainCSV only cuts the same bytes into cells.
func BenchmarkPlainCSV(b *testing.B) {
	text := carrierFile()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		r := csv.NewReader(bytes.NewReader(text))
		r.ReuseRecord = true
		for {
			if _, err := r.Read(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(benchRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
