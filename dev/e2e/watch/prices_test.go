package watch

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/dev/site"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/web"
)

// callTo gives the one call to a number, in E.164 digits.
func callTo(t *testing.T, ctx context.Context, s *site.Site, number string) web.Call {
	t.Helper()
	client := s.Client()
	defer client.Close()
	for _, c := range must[[]web.Call](t)(client.Calls(ctx, store.CallsQuery{})) {
		if c.Number == number {
			return c
		}
	}
	t.Fatalf("there is no call to %s", number)
	return web.Call{}
}

// TestPriceListTakesOver: a list that is to count from a moment on takes over at that moment, while
// nobody does anything. The call in progress keeps its price; the next one has the new one.
func TestPriceListTakesOver(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		before := must[*sip.Call](t)(phone.Dial(ctx, "00442012345678"))
		check(t, before.WaitAnswered(ctx))
		list := filepath.Join(s.Folder, "coming.csv")
		check(t, os.WriteFile(list, []byte("prefix;destination;rate;interval\n44;United Kingdom;0,6000;1/1\n"), 0o600))
		moment := time.Now().Add(8 * time.Second).UTC()
		said := command(t, ctx, s, 0, "rates", "import", list, "--deck", "default", "--valid-from", moment.Format(time.RFC3339Nano))
		says(t, said.out, "takes over on", "Decimal sign     comma", "removed")
		says(t, command(t, ctx, s, 0, "rates", "list").out, "default@1", "default@2", "coming", "in force")
		says(t, command(t, ctx, s, 0, "rates", "lookup", "00442012345678").out, "default@1")
		check(t, g.Wait(ctx, "the list takes over", func() bool {
			out, err := s.Run(ctx, "rates", "lookup", "00442012345678")
			return err == nil && strings.Contains(out, "default@2")
		}))
		if time.Now().Before(moment) {
			t.Error("the list took over too early")
		}
		after := must[*sip.Call](t)(phone.Dial(ctx, "00442087654321"))
		check(t, after.WaitAnswered(ctx))
		pause(ctx, 1500*time.Millisecond)
		check(t, before.Hangup())
		check(t, after.Hangup())
		settled(t, ctx, s, g)
		if got, want := callTo(t, ctx, s, "442012345678"), billed(t, s, "00442012345678"); got.Cost != want {
			t.Errorf("the call in progress costs %s, and the carrier bills %s", got.Cost, want)
		}
		if got := callTo(t, ctx, s, "442087654321"); got.Cost != amount(t, "0.02") || got.BilledSeconds != 2 {
			t.Errorf("two seconds at 0.60 a minute: %+v", got)
		}
	}, site.Options{})
}

// TestPricesByTrunkAndTenant: what a trunk costs is in its own list, in another currency, and the
// caps count what the tenant pays.
func TestPricesByTrunkAndTenant(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		bought, sold := filepath.Join(s.Folder, "usd.csv"), filepath.Join(s.Folder, "retail.csv")
		check(t, os.WriteFile(bought, []byte("code,price,increment\n44,0.06,1/1\n4490,3.00,60/60\n"), 0o600))
		check(t, os.WriteFile(sold, []byte("code,price,increment\n44,6.00,1/1\n"), 0o600))
		says(t, command(t, ctx, s, 1, "rates", "import", bought, "--deck", "dollars", "--currency", "GBP").said, "rates.exchange")
		command(t, ctx, s, 0, "rates", "import", bought, "--deck", "dollars", "--currency", "USD")
		command(t, ctx, s, 0, "rates", "import", sold, "--deck", "retail")
		check(t, s.Configure("", `[rates]
exchange = { USD = "0.50" }
[[rates.buying]]
trunk = "PJSIP/carrier"
deck = "dollars"
[[rates.selling]]
tenant = "acme"
deck = "retail"
[caps]
count = "price"
[caps.extension]
cost_per_day = "0.50"
`))
		command(t, ctx, s, 0, "reload")
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		call := must[*sip.Call](t)(phone.Dial(ctx, "00442012345678"))
		check(t, call.WaitAnswered(ctx))
		must[sip.State](t)(call.WaitOver(ctx)) // five seconds at 6.00 a minute are 0.50
		settled(t, ctx, s, g)
		c := callTo(t, ctx, s, "442012345678")
		if c.BilledSeconds < 4 || c.BilledSeconds > 5 || c.Cost != money.Amount(500*c.BilledSeconds) ||
			c.Price == nil || *c.Price != money.Amount(100_000*c.BilledSeconds) || c.Reason != "caps.extension.cost_per_day" {
			t.Errorf("%+v", c)
		}
		if got, want := c.Cost, billed(t, s, "00442012345678"); got != want {
			t.Errorf("it costs %s, and the carrier bills %s", got, want)
		}
	}, site.Options{Server: "tenant = \"acme\"\n", Rules: "[rates]\nexchange = { USD = \"0.50\" }\n"})
}

// TestDialledForms: however a number is dialled, it is priced as the carrier bills it, or refused.
func TestDialledForms(t *testing.T) {
	forms := map[string]string{ // what is dialled, and the number that it is
		"*6700449001234567": "449001234567", "*31#00442079460002": "442079460002", "#31#00442079460003": "442079460003",
		"0044(0)2079460004": "442079460004", "00-44.2079460005": "442079460005",
	}
	ring := sip.Behaviour{RingFor: 5 * time.Second}
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		for dialled, number := range forms {
			call := must[*sip.Call](t)(phone.Dial(ctx, dialled))
			check(t, call.WaitAnswered(ctx))
			check(t, call.Hangup())
			settled(t, ctx, s, g)
			if c := callTo(t, ctx, s, number); c.Verdict != "allow" {
				t.Errorf("%s: %+v", dialled, c)
			}
		}
		for _, dialled := range []string{"00449009x11111", "000449001111111", "+0449001111111"} {
			refused(t, ctx, s, phone, dialled)
		}
		settled(t, ctx, s, g)
		if n := len(incidents(t, ctx, s, "number.unparseable")); n < 3 {
			t.Errorf("%d incidents of numbers that are none", n)
		}
	}, site.Options{Dialplan: "[tenant-acme]\nexten => _[*#+0-9a-zA-Z%.()-].,1,Dial(PJSIP/${EXTEN}@carrier,60)\n",
		Answers: map[string]sip.Behaviour{"00449009": ring, "000": ring, "+0": ring}})
}
