package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/store"
)

type (
	// Proof is what came of comparing the ledger with what it is the sum of.
	Proof struct {
		From string `json:"from"` // local days
		To   string `json:"to"`
		// Days, Months and Routes count the totals that were compared.
		Days   int64 `json:"days"`
		Months int64 `json:"months"`
		Routes int64 `json:"routes"`
		// PrunedCalls are those of these days that are no longer kept. Calls and attempts that they
		// were are proven by the counts that were noted when they were deleted.
		PrunedCalls   int64         `json:"pruned_calls"`
		Discrepancies []Discrepancy `json:"discrepancies"`
		// More says that not all discrepancies are listed.
		More bool `json:"more"`
	}

	// Discrepancy is one figure of the ledger that is not the sum of its parts. Total, Sum and Off,
	// by which the total is too high, are decimal strings: of money where the figure is cost or price.
	Discrepancy struct {
		Table     string `json:"table"`  // "day", "month" or "route"
		Period    string `json:"period"` // "2026-11-21" or "2026-11"
		Tenant    string `json:"tenant"`
		Extension string `json:"extension"`
		Route     string `json:"route"`
		Figure    string `json:"figure"`
		Total     string `json:"total"`
		Sum       string `json:"sum"`
		Off       string `json:"off"`
	}

	// Pruned says how many old calls were deleted, or had their numbers cut, or would have.
	Pruned struct {
		Before  time.Time `json:"before"`
		Numbers string    `json:"numbers"` // "delete" or "cut"
		DryRun  bool      `json:"dry_run"`
		Calls   int       `json:"calls"`
	}
)

// ProofOf gives a proof its shape.
func ProofOf(q VerifyQuery, p store.Proof) Proof {
	shape := Proof{From: q.From, To: q.To, Days: p.Days, Months: p.Months, Routes: p.Routes, PrunedCalls: p.Pruned, More: p.More}
	for _, d := range p.Discrepancies {
		shape.Discrepancies = append(shape.Discrepancies, DiscrepancyOf(d))
	}
	shape.Discrepancies = orEmpty(shape.Discrepancies)
	return shape
}

// DiscrepancyOf gives a discrepancy its shape.
func DiscrepancyOf(d store.Discrepancy) Discrepancy {
	text := func(n int64) string { return strconv.FormatInt(n, 10) }
	if d.Figure == "cost" || d.Figure == "price" {
		text = func(n int64) string { return money.Amount(n).String() }
	}
	return Discrepancy{
		Table: d.Table, Period: d.Key, Tenant: d.Account.Tenant, Extension: d.Account.Extension, Route: d.Route,
		Figure: d.Figure, Total: text(d.Total), Sum: text(d.Sum), Off: text(d.Off()),
	}
}

func (s *server) verify(_ http.ResponseWriter, r *http.Request) (any, error) {
	p := params{values: r.URL.Query()}
	q := VerifyQuery{From: p.day("from"), To: p.day("to")}
	if q.From != "" && q.To != "" && q.From > q.To {
		p.fail("from %s to %s: the first day comes after the last", q.From, q.To)
	}
	if err := p.end(); err != nil {
		return nil, err
	}
	proof, err := s.backend.Verify(r.Context(), q)
	proof.Discrepancies = orEmpty(proof.Discrepancies)
	return proof, err
}

func (s *server) prune(_ http.ResponseWriter, r *http.Request) (any, error) {
	p := params{values: r.URL.Query()}
	request := PruneRequest{Before: p.day("before"), DryRun: p.flag("dry_run"), Who: Who(r.Context())}
	if err := p.end(); err != nil {
		return nil, err
	}
	if !s.pruning.TryLock() {
		return nil, Errorf(http.StatusConflict, "old calls are being pruned already: try again when that is done")
	}
	defer s.pruning.Unlock()
	return s.backend.Prune(r.Context(), request)
}

// day reads a local day.
func (p *params) day(name string) string {
	text := p.text(name)
	if text == "" {
		return ""
	}
	if err := CheckPeriod(limits.Day, text); err != nil {
		p.fail("%s: %v", name, err)
	}
	return text
}
