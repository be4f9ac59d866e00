package ari

import (
	"net/http"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/ari/aritest"
)

// BenchmarkHangup compares a hang-up with the barest DELETE that net/http can
// send to the same server in the same run: "ratio" is ours to the bare one.
func BenchmarkHangup(b *testing.B) {
	server := aritest.Start(b)
	client := newClient(b, server)
	bare := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: maxConnections}}
	defer bare.CloseIdleConnections()
	add := func() { server.Add(aritest.Channel{ID: "1700000000.1"}) }
	ours := func() {
		if err := client.Hangup(b.Context(), "1700000000.1", ReasonRejected); err != nil {
			b.Fatal(err)
		}
	}
	theirs := func() {
		request, err := http.NewRequestWithContext(b.Context(), http.MethodDelete, server.URL()+"/channels/1700000000.1?reason=rejected", nil)
		if err != nil {
			b.Fatal(err)
		}
		request.SetBasicAuth(aritest.User, aritest.Password)
		response, err := bare.Do(request)
		if err != nil {
			b.Fatal(err)
		}
		response.Body.Close()
	}
	var oursTook, theirsTook time.Duration
	for b.Loop() {
		// By turns, so that a busy machine slows both.
		add()
		began := time.Now()
		ours()
		middle := time.Now()
		oursTook += middle.Sub(began)
		add()
		began = time.Now()
		theirs()
		theirsTook += time.Since(began)
	}
	b.ReportMetric(float64(oursTook.Nanoseconds())/float64(b.N), "ours-ns/op")
	b.ReportMetric(float64(theirsTook.Nanoseconds())/float64(b.N), "bare-ns/op")
	b.ReportMetric(float64(oursTook)/float64(theirsTook), "ratio")
}
