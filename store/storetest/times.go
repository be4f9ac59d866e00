package storetest

import (
	"slices"
	"testing"
	"time"
)

// ReportTimes reports the median and the 99th percentile of what a benchmark has timed, as the metrics p50-ms and
// p99-ms, in milliseconds; what is written before both names.
func ReportTimes(b *testing.B, what string, all []time.Duration) {
	b.Helper()
	sorted := slices.Sorted(slices.Values(all))
	for name, took := range map[string]time.Duration{"p50-ms": sorted[len(sorted)/2], "p99-ms": sorted[len(sorted)*99/100]} {
		b.ReportMetric(float64(took.Microseconds())/1000, what+name)
	}
}
