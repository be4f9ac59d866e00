package web_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/web"
	"github.com/fraudguard/fraudguard/web/webtest"
)

// slowStore takes longer to store a list than a client may take for its next piece.
type slowStore struct{ *webtest.Backend }

func (b slowStore) ImportRates(ctx context.Context, _ web.ImportRequest, body io.Reader) (web.RatesSummary, error) {
	if _, err := io.Copy(io.Discard, body); err != nil {
		return web.RatesSummary{}, err
	}
	if _, err := io.Copy(io.Discard, body); err != nil { // as the daemon does: what follows the last row
		return web.RatesSummary{}, err
	}
	select {
	case <-ctx.Done():
		return web.RatesSummary{}, ctx.Err()
	case <-time.After(time.Second): // storing it
		return web.RatesSummary{}, nil
	}
}

// TestStoringMayTakeLongerThanAPiece: a client that has sent all waits as long as it takes.
func TestStoringMayTakeLongerThanAPiece(t *testing.T) {
	path, _ := start(t, slowStore{sample(t)}, func(p *web.Patience) { p.Body = 100 * time.Millisecond })
	_, err := clientOf(t, path).ImportRates(t.Context(), web.ImportRequest{Deck: "one", File: "one.csv"}, strings.NewReader(carrier), int64(len(carrier)))
	if err != nil {
		t.Errorf("the client is still there, and yet: %v", err)
	}
}
