package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/web"
	"github.com/fraudguard/fraudguard/web/webtest"
)

// TestVerify: what is off comes with its keys and as decimal strings; nothing off is an empty list.
func TestVerify(t *testing.T) {
	backend := sample(t)
	path, _ := start(t, backend)
	c := clientOf(t, path)
	proof, err := c.Verify(t.Context(), web.VerifyQuery{From: "2026-11-01", To: "2026-11-20"})
	if err != nil || proof.From != "2026-11-01" || proof.To != "2026-11-20" || proof.Discrepancies == nil || len(proof.Discrepancies) != 0 {
		t.Errorf("%+v, %v", proof, err)
	}
	account := limits.Account{Tenant: "acme", Extension: "101"}
	backend.Wrong = []store.Discrepancy{
		{Table: store.TableMonth, Key: "2026-11", Account: account, Figure: "price", Total: 1, Sum: 2_000_001},
		{Table: store.TableRoute, Key: "2026-11-21", Account: account, Route: "Rome", Figure: "billed_seconds", Total: 9223372036854775807, Sum: -1},
	}
	_, body := send(t, path, "GET /v1/verify HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	var answer map[string]any
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	one, _ := answer["discrepancies"].([]any)[0].(map[string]any)
	if got := strings.Join(slices.Sorted(maps.Keys(one)), " "); got != "extension figure off period route sum table tenant total" {
		t.Errorf("a discrepancy has %s", got)
	}
	if one["total"] != "0.000001" || one["sum"] != "2.000001" || one["off"] != "-2.00" {
		t.Errorf("%v", one)
	}
	if proof, err = c.Verify(t.Context(), web.VerifyQuery{}); err != nil || proof.Discrepancies[1].Off != "9223372036854775807" {
		t.Errorf("%+v, %v", proof, err)
	}
	for query, want := range map[string]string{
		"from=2026-11-31": "2026-11-31", "to=november": "november", "from=2026-11-02&to=2026-11-01": "comes after", "day=1": "unknown",
		"from=2026-11": "2026-11", "from=" + strings.Repeat("1", 300): "bytes",
	} {
		_, body := send(t, path, "GET /v1/verify?"+query+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		if !strings.Contains(body, want) || !strings.Contains(body, `"error"`) {
			t.Errorf("%.40s: %s", query, body)
		}
	}
}

// TestPrune: who asks is told by the kernel, and what is wrong never reaches the backend.
func TestPrune(t *testing.T) {
	backend := sample(t)
	path, _ := start(t, backend)
	c := clientOf(t, path)
	if _, err := c.Prune(t.Context(), web.PruneRequest{Before: "2026-08-01", DryRun: true, Who: "somebody else"}); err != nil {
		t.Fatal(err)
	}
	var refused *web.Error
	if _, err := c.Prune(t.Context(), web.PruneRequest{Before: "August"}); !errors.As(err, &refused) || refused.Status != http.StatusBadRequest {
		t.Errorf("no day: %v", err)
	}
	want := []string{me(t) + `: prune before "2026-08-01", dry run true`}
	if got := backend.Asked(); !slices.Equal(got, want) {
		t.Errorf("asked was %q, want %q", got, want)
	}
}

// slowPrune holds a pruning until it is let go.
type slowPrune struct {
	*webtest.Backend
	begun chan<- struct{}
	free  <-chan struct{}
}

func (b slowPrune) Prune(ctx context.Context, r web.PruneRequest) (web.Pruned, error) {
	b.begun <- struct{}{}
	<-b.free
	return b.Backend.Prune(ctx, r)
}

// TestOnePruningAtATime: the second is refused at once.
func TestOnePruningAtATime(t *testing.T) {
	begun, free := make(chan struct{}), make(chan struct{})
	path, _ := start(t, slowPrune{sample(t), begun, free})
	first := make(chan error, 1)
	c := clientOf(t, path)
	go func() {
		_, err := c.Prune(context.Background(), web.PruneRequest{})
		first <- err
	}()
	<-begun
	var refused *web.Error
	if _, err := c.Prune(t.Context(), web.PruneRequest{}); !errors.As(err, &refused) || refused.Status != http.StatusConflict {
		t.Errorf("the second: %v", err)
	}
	close(free)
	if err := <-first; err != nil {
		t.Error(err)
	}
}
