package ami

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/number"
)

// FuzzFacts brings any bytes as a manager's stream to a guard: nothing that an Asterisk, or whoever
// names its channels, can say makes the guard fail, or go on for ever.
func FuzzFacts(f *testing.F) {
	files, _ := filepath.Glob("testdata/asterisk22/*.ami")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		limit := money.Amount(1)
		now := time.Date(2026, 11, 21, 23, 59, 0, 0, time.UTC)
		g := guard.New(guard.Rules{
			Calendar: limits.NewCalendar(time.UTC), Horizon: time.Minute, Unpriced: &limit,
			Caps: limits.Caps{Values: map[limits.Subject]limits.Values{{}: {limits.CostPerDay: 5}}},
			Servers: map[string]guard.ServerRules{"pbx": {
				Trunks: []string{"PJSIP/carrier"}, Tenant: "default", TenantBy: []guard.TenantSource{guard.ByAccountCode},
				Plan: number.Plan{Country: "IT"},
			}},
		}, nil, guard.State{}, now)
		g.Handle(guard.ServerUp{Seen: guard.Seen{Server: "pbx", At: now}})
		reader := NewReader(bytes.NewReader(text), Limits{Line: 512, Headers: 64, Bytes: 8192})
		var list []Message
		for range 500 {
			m, err := reader.Read()
			if err != nil {
				break
			}
			now = now.Add(time.Second)
			list = append(list, m)
			if fact, ok := Fact("pbx", m, now); ok {
				g.Handle(fact)
			}
			if at, ok := g.Next(); ok && at.Before(now) {
				t.Fatalf("the guard still waits for %s at %s", at, now)
			}
		}
		g.Handle(Listed("pbx", list, now))
		for range 100 {
			at, ok := g.Next()
			if !ok {
				return
			}
			g.Handle(guard.Tick{Seen: guard.Seen{At: at}})
		}
	})
}
