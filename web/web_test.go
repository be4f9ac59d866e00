package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/web"
)

// TestQuestions: what the client gets is what the backend has, through a real socket.
func TestQuestions(t *testing.T) {
	backend := sample(t)
	backend.AddBlock(guard.Block{ID: "b1", Target: guard.Target{Number: "88213"}, Reason: "r", Source: "s", Since: now, Lifted: now, LiftedBy: "time"})
	backend.AddBlock(guard.Block{ID: "b2", Target: guard.Target{Account: backend.Legs[0].Account}, Since: now, Until: now.Add(time.Hour)})
	path, _ := start(t, backend)
	c, ctx := clientOf(t, path), t.Context()
	live, other := web.CallOf(backend.Legs[0]), web.CallOf(backend.Legs[1])
	day, month := web.LedgerRowOf(backend.Rows[0]), web.LedgerRowOf(backend.Rows[1])
	newest, oldest := web.IncidentOf(backend.Reports[0]), web.IncidentOf(backend.Reports[1])
	status := backend.How
	status.NotGuarded, status.NoticesWaiting = []string{}, map[string]int{}
	price, connect := money.Amount(12_500), money.Amount(0)
	lookup := func(server, number string) (any, error) {
		return c.LookupRate(ctx, web.LookupQuery{Server: server, Number: number})
	}
	for name, ask := range map[string]struct {
		got  func() (any, error)
		want any
	}{
		"status":     {func() (any, error) { return c.Status(ctx) }, status},
		"calls":      {func() (any, error) { return c.Calls(ctx, store.CallsQuery{}) }, []web.Call{live, other}},
		"live":       {func() (any, error) { return c.Calls(ctx, store.CallsQuery{LiveOnly: true}) }, []web.Call{live}},
		"limit":      {func() (any, error) { return c.Calls(ctx, store.CallsQuery{Limit: 1}) }, []web.Call{live}},
		"extension":  {func() (any, error) { return c.Calls(ctx, store.CallsQuery{Tenant: "acme", Extension: "102"}) }, []web.Call{other}},
		"since":      {func() (any, error) { return c.Calls(ctx, store.CallsQuery{Since: now}) }, []web.Call{live}},
		"until":      {func() (any, error) { return c.Calls(ctx, store.CallsQuery{Until: now}) }, []web.Call{other}},
		"no calls":   {func() (any, error) { return c.Calls(ctx, store.CallsQuery{Tenant: "a&b=c"}) }, []web.Call{}},
		"today":      {func() (any, error) { return c.Ledger(ctx, web.LedgerQuery{}) }, []web.LedgerRow{day}},
		"this month": {func() (any, error) { return c.Ledger(ctx, web.LedgerQuery{Period: limits.Month}) }, []web.LedgerRow{month}},
		"a month":    {func() (any, error) { return c.Ledger(ctx, web.LedgerQuery{Period: limits.Month, Key: "2026-11"}) }, []web.LedgerRow{month}},
		"a day":      {func() (any, error) { return c.Ledger(ctx, web.LedgerQuery{Key: "2026-11-20"}) }, []web.LedgerRow{}},
		"incidents":  {func() (any, error) { return c.Incidents(ctx, store.IncidentsQuery{}) }, []web.Incident{newest, oldest}},
		"rule":       {func() (any, error) { return c.Incidents(ctx, store.IncidentsQuery{Rule: "link"}) }, []web.Incident{newest}},
		"incident":   {func() (any, error) { return c.Incident(ctx, "i1") }, oldest},
		"decks": {func() (any, error) { return c.Decks(ctx) }, []web.Deck{{Name: "default", Edition: 1, Currency: "EUR", Timezone: "UTC", Rates: 2,
			Saved: web.Moment(now), File: "default.csv", State: web.DeckInForce, InForce: true}}},
		"lookup": {func() (any, error) { return lookup("", "+390612345678") }, web.RateLookup{
			Server: "pbx1", Dialled: "+390612345678", Number: "390612345678", Country: "IT", Class: "national", Currency: "EUR",
			Price: web.Price{Deck: "default", Edition: 1, Priced: true, Prefix: "3906", Route: "Rome", PerMinute: &price, Connect: &connect, First: 1, Next: 1}}},
		"unpriced": {func() (any, error) { return lookup("pbx1", "004930123456") }, web.RateLookup{
			Server: "pbx1", Dialled: "004930123456", Number: "4930123456", Country: "DE", Class: "international", International: true, Currency: "EUR",
			Price: web.Price{Deck: "default", Edition: 1}, Rule: "rates.unpriced", Reason: "deck default@1 has no price for +4930123456"}},
	} {
		got, err := ask.got()
		if l, ok := got.(web.RateLookup); ok {
			if len(l.Steps) == 0 {
				t.Errorf("%s: no steps", name)
			}
			l.Steps = nil
			got = l
		}
		if err != nil || !reflect.DeepEqual(got, ask.want) {
			t.Errorf("%s: %+v, %v\nwant %+v", name, got, err, ask.want)
		}
	}
	for all, want := range map[bool]int{false: 1, true: 2} {
		if blocks, err := c.Blocks(ctx, all); err != nil || len(blocks) != want {
			t.Errorf("blocks, all %v: %+v, %v", all, blocks, err)
		}
	}
}

// TestOrders: what changes something reaches the backend with the name that the kernel tells.
func TestOrders(t *testing.T) {
	backend := sample(t)
	path, _ := start(t, backend)
	c, ctx, who := clientOf(t, path), t.Context(), me(t)
	target := guard.Target{Account: limits.Account{Tenant: "acme", Extension: "101"}}
	block, err := c.Block(ctx, web.BlockRequest{Target: target, For: 90 * time.Minute, Reason: " stolen ", Who: "somebody else"})
	if err != nil {
		t.Fatal(err)
	}
	if block.Target != "acme/101" || block.Source != who || block.Reason != "stolen" || !block.Until.Equal(block.Since.Add(90*time.Minute)) {
		t.Errorf("%+v", block)
	}
	if forever, err := c.Block(ctx, web.BlockRequest{Target: guard.Target{Number: "390612"}}); err != nil || forever.Until != nil {
		t.Errorf("%+v, %v", forever, err)
	}
	if err := c.Unblock(ctx, target); err != nil {
		t.Error(err)
	}
	var refused *web.Error
	if err := c.Unblock(ctx, target); !errors.As(err, &refused) || refused.Status != http.StatusNotFound {
		t.Errorf("the second unblock: %v", err)
	}
	everything := guard.Target{Everything: true}
	if block, err := c.Block(ctx, web.BlockRequest{Target: everything, KeepLive: true}); err != nil || block.Target != "everything" {
		t.Errorf("%+v, %v", block, err)
	}
	subject := limits.Subject{Tenant: "a+c@me"}
	set := web.CapRequest{Subject: subject, Kind: limits.MinutesPerDay, Value: 600, Reason: " fair ", Who: "somebody else"}
	if cap, err := c.SetCap(ctx, set); err != nil || cap.Subject != "a+c@me/*" || cap.Cap != "minutes_per_day" || cap.Value != "10" ||
		cap.Unit != "minutes" || cap.Source != who || cap.Set == nil || cap.Used != nil || cap.Left != nil {
		t.Errorf("%+v, %v", cap, err)
	}
	set.Kind, set.Value, set.Subject.Extension = limits.CostPerCall, limits.Unlimited, "1"
	if cap, err := c.SetCap(ctx, set); err != nil || cap.Value != "none" || cap.SetFor != "a+c@me/1" {
		t.Errorf("%+v, %v", cap, err)
	}
	for _, asked := range []struct {
		subject *limits.Subject
		caps    int
	}{{nil, 2}, {&subject, 1}, {&limits.Subject{}, 0}} {
		if caps, err := c.Caps(ctx, asked.subject); err != nil || len(caps) != asked.caps {
			t.Errorf("caps of %v: %+v, %v", asked.subject, caps, err)
		}
	}
	if err := c.UnsetCap(ctx, subject, limits.MinutesPerDay); err != nil {
		t.Error(err)
	}
	if err := c.UnsetCap(ctx, subject, limits.MinutesPerDay); !errors.As(err, &refused) || refused.Status != http.StatusNotFound {
		t.Errorf("the second unset: %v", err)
	}
	if err := c.Reload(ctx); err != nil {
		t.Error(err)
	}
	request := web.ImportRequest{Deck: "second", File: "a b&c.csv", Options: rates.ReadOptions{First: 30, Next: 6, Map: map[string]string{"price": "price"}}}
	summary, err := c.ImportRates(ctx, request, strings.NewReader(carrier), int64(len(carrier)))
	if err != nil || summary.Deck != "second" || summary.Edition != 1 || summary.Currency != "EUR" || summary.Rates != 2 ||
		summary.Difference.Added != 2 || len(summary.Layout.Columns) != 4 || summary.Layout.Columns[2].Field != "price" {
		t.Errorf("%+v, %v", summary, err)
	}
	request.Digest = "0000"
	if _, err := c.ImportRates(ctx, request, strings.NewReader(carrier), int64(len(carrier))); !errors.As(err, &refused) || refused.Status != http.StatusConflict {
		t.Errorf("a file that has changed: %v", err)
	}
	info, deck, err := c.Deck(ctx, "second", 0)
	if err != nil || info.Edition != 1 || info.Rates != 2 || deck.Len() != 2 {
		t.Errorf("%+v, %v", info, err)
	}
	if _, _, err := c.Deck(ctx, "second", 2); !errors.As(err, &refused) || refused.Status != http.StatusNotFound {
		t.Errorf("an edition that is none: %v", err)
	}
	want := []string{
		"block acme/101 for 1h30m0s: stolen", "block +390612 for 0s: ", "unblock acme/101", "unblock acme/101",
		"block, keeping what is live, everything for 0s: ", "cap minutes_per_day of a+c@me/* = 10: fair", "cap cost_per_call of a+c@me/1 = none: fair",
		"no cap minutes_per_day of a+c@me/*", "no cap minutes_per_day of a+c@me/*",
		"reload", "import a b&c.csv as second, 30/6", "import a b&c.csv as second, 30/6",
	}
	for i := range want {
		want[i] = who + ": " + want[i]
	}
	if got := backend.Asked(); !slices.Equal(got, want) {
		t.Errorf("asked %q\nwant  %q", got, want)
	}
}

// TestContract holds the JSON keys, which scripts use, to the letter; nothing is left out when it
// is empty, and a list is never null.
func TestContract(t *testing.T) {
	backend := sample(t)
	backend.AddBlock(guard.Block{ID: "b1", Target: guard.Target{Number: "88213"}, Since: now})
	backend.Set = []guard.CapState{{Kind: limits.WarnAt, Value: 80, Used: limits.Unlimited}}
	path, _ := start(t, backend)
	for request, want := range map[string]string{
		"status":       "blocks currency deck live_legs mode not_guarded notices_waiting servers started store timezone version",
		"calls":        "answered billed_seconds cost ended extension id number reason route server started tenant verdict",
		"ledger":       "attempts billed_seconds calls cost extension period tenant",
		"incidents":    "actions at evidence extension id leg number observed rule seen server tenant urgent",
		"incidents/i2": "actions at evidence extension id leg number observed rule seen server tenant urgent",
		"blocks":       "id lifted lifted_by reason since source target until",
		"caps":         "cap left set set_for source subject unit used value",
		"decks":        "currency edition file in_force name rates saved state timezone valid_from",
		"rates?number=%2B493012": "class closed connect country currency deck dialled edition first grace international minimum next number per_minute prefix priced " +
			"reason route rule selling server steps tenant tiers trunk valid_from valid_until",
	} {
		_, body := send(t, path, "GET /v1/"+request+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		var one map[string]any
		var list []map[string]any
		if json.Unmarshal([]byte(body), &list) == nil && len(list) > 0 {
			one = list[0]
		} else if err := json.Unmarshal([]byte(body), &one); err != nil {
			t.Errorf("%s: %v: %s", request, err, body)
		}
		if got := strings.Join(slices.Sorted(maps.Keys(one)), " "); got != want {
			t.Errorf("%s has %s\nwant %s", request, got, want)
		}
		for _, key := range []string{"servers", "not_guarded", "notices_waiting", "actions", "evidence"} {
			if v, there := one[key]; there && v == nil {
				t.Errorf("%s: %s is null", request, key)
			}
		}
		if request == "calls" && (list[1]["cost"] != "0.0125" || list[0]["ended"] != nil || list[0]["started"] != "2026-11-21T09:15:03.123456Z") {
			t.Errorf("calls: %v", list)
		}
	}
}

// TestFaults: what the backend says goes to the client with a fitting status.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		fault  error
		status int
		say    string
	}{
		{web.Errorf(http.StatusBadRequest, "fraudguard.toml:3: no"), 400, "fraudguard.toml:3: no"},
		{fmt.Errorf("around: %w", web.Errorf(http.StatusConflict, "busy")), 409, "around: busy"},
		{fmt.Errorf("incident 7: %w", store.ErrNotFound), 404, "incident 7: not found"},
		{&rates.ReadError{File: "a.csv", Rows: []rates.RowError{{Line: 2, Reason: "bad"}}}, 422, "a.csv:2: bad"},
		{errors.New("disk full"), 500, "disk full"},
		{context.DeadlineExceeded, 503, "it took too long and was given up: see the daemon's log"},
	} {
		backend := sample(t)
		backend.Fault = c.fault
		path, stop := start(t, backend)
		var refused *web.Error
		if err := clientOf(t, path).Reload(t.Context()); !errors.As(err, &refused) || refused.Status != c.status || refused.Message != c.say {
			t.Errorf("%v: %#v", c.fault, err)
		}
		stop()
	}
}

func TestParseTarget(t *testing.T) {
	acme := limits.Account{Tenant: "acme", Extension: "101"}
	for good, want := range map[string]guard.Target{
		"acme/101":            {Account: acme},
		"acme/*":              {Account: limits.Account{Tenant: "acme"}},
		"a.b-c_d@e+f/unknown": {Account: limits.Account{Tenant: "a.b-c_d@e+f", Extension: "unknown"}},
		"acme/+39":            {Account: limits.Account{Tenant: "acme", Extension: "+39"}},
		"everything/country":  {Account: limits.Account{Tenant: "everything", Extension: "country"}},
		"+390612345678":       {Number: "390612345678"},
		"+112":                {Number: "112"},
		"+4*":                 {Prefix: "4"},
		"+123456789012345*":   {Prefix: "123456789012345"},
		"country:GB":          {Country: "GB"},
		"server:pbx1":         {Server: "pbx1"},
		"everything":          {Everything: true},
		"acme/101:+390612":    {Account: acme, Number: "390612"},
	} {
		if target, err := web.ParseTarget(good); err != nil || target != want || target.String() != good {
			t.Errorf("%s: %+v, %v", good, target, err)
		}
	}
	for _, bad := range []string{"", "101", "390612345678", "+39 06", "+39x", "+12", "+" + strings.Repeat("1", 33), "/101", "acme/", "a/b/c",
		"acme /101", "acme/1\r\n01", "äcme/101", "+", "*", strings.Repeat("a", 65) + "/1", "*/*", "*/101", "acme/1*", "acme/101:", "acme/101:+",
		"acme/101:+39*", "acme/*:+390612", "/:+390612", "acme/101:390612", "acme/101:+390612:+1", "server:", "server:a b", "server:a/b",
		"Everything", "everything:", "acme", "prefix:+39", "country", "server"} {
		if target, err := web.ParseTarget(bad); err == nil || !strings.Contains(err.Error(), "default/101") {
			t.Errorf("%q: %+v, %v", bad, target, err)
		}
	}
}

func FuzzParseTarget(f *testing.F) {
	for _, seed := range []string{"acme/101", "+390612345678", "/", "+", "a/b/c", "\x00/\n", "acme/*", "+44*", "country:GB", "server:pbx1", "everything", "a/1:+44123"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		target, err := web.ParseTarget(text)
		if err != nil {
			return
		}
		if target.String() != text || strings.ContainsAny(text, "\r\n\x00 \"'$") || target == (guard.Target{}) {
			t.Errorf("%q became %+v", text, target)
		}
	})
}
