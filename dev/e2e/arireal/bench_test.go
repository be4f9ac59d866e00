package arireal

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/ari"
	"github.com/fraudguard/fraudguard/dev/asterisk"
)

// BenchmarkHangup measures how long Asterisk takes to be asked for the end of
// an answered channel.
func BenchmarkHangup(b *testing.B) {
	for _, version := range asterisk.Versions() {
		b.Run(version, func(b *testing.B) {
			server := start(b, version)
			client := connect(b, configOf(server))
			var took []time.Duration
			for i := 0; b.Loop(); i++ {
				id := fmt.Sprintf("bench-%d", i)
				originate(b, server, id, "answer", false)
				untilState(b, client, id, "Up")
				began := time.Now()
				if err := client.Hangup(b.Context(), id, ari.ReasonRejected); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
				untilState(b, client, id, "")
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
		})
	}
}
