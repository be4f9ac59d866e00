package daemon

import (
	"errors"
	"net/http"
	"os/user"
	"strings"
	"testing"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/web"
)

func (s *site) caps(subject *limits.Subject) map[string]web.Cap {
	s.t.Helper()
	list, err := s.client.Caps(s.t.Context(), subject)
	if err != nil {
		s.t.Fatal(err)
	}
	caps := make(map[string]web.Cap)
	for _, c := range list {
		caps[c.Cap+" of "+c.SetFor] = c
	}
	return caps
}

// TestCaps: a cap that is set while a call runs ends it, holds through a reload and a restart over
// what the configuration says, and is told with what is used and who set it, until it is taken back.
func TestCaps(t *testing.T) {
	x := newExchange(t, "pbx1")
	s := newSite(t, "enforce", caps, x).run()
	s.importPrices(priceList)
	u, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	live := x.dial(cheap)
	x.answer(live)
	waitFor(t, "the answer", func() bool { return s.calls()["pbx1 "+live].Answered != nil })
	account := s.calls()["pbx1 "+live]
	subject := limits.Subject{Tenant: account.Tenant, Extension: account.Extension}
	set, err := s.client.SetCap(t.Context(), web.CapRequest{Subject: subject, Kind: limits.CostPerDay, Value: 1000, Reason: "enough"})
	if err != nil || set.Value != "0.001" || set.Source != u.Username || set.Set == nil {
		t.Fatalf("%+v, %v", set, err)
	}
	x.hungUp(live)
	if i := s.incidents("caps.set")[0]; i.Urgent || i.Extension != account.Extension || !strings.Contains(i.Seen, u.Username+" set the cap cost_per_day") ||
		!strings.HasSuffix(i.Seen, ": enough") {
		t.Errorf("incident %+v", i)
	}
	if i := s.incidents("caps.extension.cost_per_day"); i[0].Leg != live {
		t.Errorf("incidents %+v", i)
	}

	s.write(s.settings("enforce", caps+"[caps.extensions.\""+subject.String()+"\"]\ncost_per_day = \"7.00\"\nattempts_per_day = 9\n", x))
	s.reload()
	s.stop()
	s = s.again().run()
	if c := s.caps(nil); len(c) != 4 || c["cost_per_day of */*"].Source != web.FromConfiguration || c["cost_per_day of "+subject.String()].Value != "0.001" {
		t.Errorf("all caps %+v", c)
	}
	used := s.caps(&subject)
	if c := used["cost_per_day of "+subject.String()]; c.Value != "0.001" || c.Source != u.Username || !c.Set.Equal(*set.Set) || c.Used == nil || *c.Left != "0.00" {
		t.Errorf("the cap after a restart: %+v", c)
	}
	if c := used["attempts_per_day of "+subject.String()]; c.Used == nil || *c.Used != "1" || *c.Left != "8" {
		t.Errorf("attempts: %+v", c)
	}
	x.hungUp(x.dial(cheap))

	if err := s.client.UnsetCap(t.Context(), subject, limits.CostPerDay); err != nil {
		t.Fatal(err)
	}
	if c := s.caps(&subject)["cost_per_day of "+subject.String()]; c.Value != "7.00" || c.Source != web.FromConfiguration {
		t.Errorf("the cap that was taken back: %+v", c)
	}
	each := limits.Subject{Scope: limits.PerExtension}
	if c := s.caps(&each); len(c) != 2 || c["cost_per_day of */*"].Used != nil {
		t.Errorf("caps of all extensions %+v", c)
	}
	s.incidents("caps.unset")
	good := x.dial(cheap)
	waitFor(t, "a call that is let through", func() bool { return s.calls()["pbx1 "+good].Verdict == guard.Allowed })
	var refused *web.Error
	for _, s2 := range []limits.Subject{subject, each} {
		if err := s.client.UnsetCap(t.Context(), s2, limits.CostPerDay); !errors.As(err, &refused) || refused.Status != http.StatusNotFound {
			t.Errorf("a cap of the configuration is taken back: %v", err)
		}
	}
}

// TestBlockTargets: what no block can hold is refused with the reason.
func TestBlockTargets(t *testing.T) {
	s := newSite(t, "enforce", caps, newExchange(t, "pbx1")).run()
	for text, status := range map[string]int{
		"+112": 400, "+442079460000": 0, "+39112": 400, "acme/101:+112": 400, "server:pbx1": 0, "server:pbx2": 404, "country:CU": 0, "+112*": 0, "everything": 0,
	} {
		target, err := web.ParseTarget(text)
		if err != nil {
			t.Fatal(err)
		}
		block, err := s.client.Block(t.Context(), web.BlockRequest{Target: target, KeepLive: true})
		var refused *web.Error
		if status == 0 {
			if err != nil || block.Target != text {
				t.Errorf("%s: %+v, %v", text, block, err)
			} else if err := s.client.Unblock(t.Context(), target); err != nil {
				t.Errorf("%s cannot be unblocked: %v", text, err)
			}
			continue
		}
		if !errors.As(err, &refused) || refused.Status != status {
			t.Errorf("%s: %+v, %v", text, block, err)
		}
	}
}
