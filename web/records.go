package web

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/bill"
	"github.com/fraudguard/fraudguard/money"
)

const (
	// MaxRecords is the size of the largest file of call records that is taken, MaxBill that of a
	// carrier's bill, in bytes.
	MaxRecords = 16 << 30
	MaxBill    = 64 << 20
	// maxTolerance bounds what may count as no difference.
	maxTolerance = time.Hour
)

// RecordsRequest says how call records, or a carrier's bill, are to be read and what becomes of them.
type RecordsRequest struct {
	// Server is the Asterisk whose calls they are; empty is the first of the configuration.
	Server string
	// File is the file's name, for messages only.
	File string
	// Trunk, of a bill, is "technology/endpoint" of the trunk that it is for; empty is all of them.
	Trunk string
	// Format is that of call records, as package cdr names it; "" is found out.
	Format string
	// Map gives columns: of records their numbers ("5"), of a bill their headers or numbers ("#5").
	Map map[string]string
	// Zone is the time zone of the times; empty is the ledger's.
	Zone string
	// Since leaves out records of calls that ended before; zero leaves out none.
	Since time.Time
	// Tolerance is by how much a call may be longer or shorter than what was metered; 0 is two seconds.
	Tolerance time.Duration
	// Rounding, of a bill, is how the carrier rounds lengths; the zero one is not known.
	Rounding bill.Rounding
	// DryRun, for records, changes nothing; Apply, for a bill, charges what the carrier bills.
	DryRun, Apply bool
}

type (
	// RecordsSummary says what became of call records.
	RecordsSummary struct {
		Server string `json:"server"`
		File   string `json:"file"`
		DryRun bool   `json:"dry_run"`
		// Rows are those that could be read, from the first call to the end of the last.
		Rows  int        `json:"rows"`
		First *time.Time `json:"first"`
		Last  *time.Time `json:"last"`
		// Charged are legs that nobody had watched, Unbilled those of them that nobody answered,
		// Corrected those that had been estimated, Known those that were metered as the records say,
		// Differing those that were metered otherwise. NotOutbound are records without a paid leg.
		Charged     int `json:"charged"`
		Unbilled    int `json:"unbilled"`
		Corrected   int `json:"corrected"`
		Known       int `json:"known"`
		Differing   int `json:"differing"`
		NotOutbound int `json:"not_outbound"`
		// NoLongerKept are records of calls so old that legs of their days were pruned: they are left alone.
		NoLongerKept int `json:"no_longer_kept"`
		// Cost is what was charged for the first and the third of them.
		Cost        money.Amount `json:"cost"`
		Differences []Difference `json:"differences"`
		// Bad counts the rows that make no sense, and Faults are the first ones.
		Bad    int      `json:"bad"`
		Faults []string `json:"faults"`
	}

	// Difference is a leg that somebody else saw otherwise.
	Difference struct {
		Leg       string    `json:"leg"` // its ID; empty where the ledger has none
		Tenant    string    `json:"tenant"`
		Extension string    `json:"extension"`
		Number    string    `json:"number"`
		Started   time.Time `json:"started"`
		// Metered is how long it was answered by the ledger, Told by the other one, in seconds.
		Metered float64 `json:"metered_seconds"`
		Told    float64 `json:"told_seconds"`
		// Cost is that of the ledger, Billed that of the carrier's bill, null where it says none.
		Cost   money.Amount  `json:"cost"`
		Billed *money.Amount `json:"billed"`
		Line   int           `json:"line,omitempty"` // of the bill
	}

	// BillSummary is a carrier's bill beside the ledger.
	BillSummary struct {
		Server string `json:"server"`
		File   string `json:"file"`
		Rows   int    `json:"rows"`
		// NoLongerKept are calls of days of which legs were pruned, or their numbers cut: they are left alone.
		NoLongerKept int `json:"no_longer_kept"`
		// Rounding is how the carrier was said to round lengths, "60/60"; empty where nobody said it.
		Rounding string `json:"rounding"`
		// Matched are the legs that both have, as long and for as much, within the tolerance.
		Matched int          `json:"matched"`
		First   *time.Time   `json:"first"`
		Last    *time.Time   `json:"last"`
		Cost    money.Amount `json:"cost"`   // of the ledger's legs between the two
		Billed  money.Amount `json:"billed"` // by the carrier
		// Longer and Shorter are so at the carrier, Dearer and Cheaper are as long there and cost
		// something else, UnknownHere is billed and not in the ledger, UnknownThere is charged and not
		// on the bill.
		Longer       []Difference `json:"longer"`
		Shorter      []Difference `json:"shorter"`
		Dearer       []Difference `json:"dearer"`
		Cheaper      []Difference `json:"cheaper"`
		UnknownHere  []Difference `json:"unknown_here"`
		UnknownThere []Difference `json:"unknown_there"`
		// Applied counts the corrections that were charged, Correction is their sum.
		Applied    int          `json:"applied"`
		Correction money.Amount `json:"correction"`
		Columns    []string     `json:"columns"` // how the file's columns were understood
	}
)

func (r *RecordsRequest) values() url.Values {
	v := values("server", r.Server, "file", r.File, "trunk", r.Trunk, "format", r.Format, "zone", r.Zone, "since", momentText(r.Since),
		"dry_run", flagText(r.DryRun), "apply", flagText(r.Apply))
	if r.Tolerance != 0 {
		v.Set("tolerance", r.Tolerance.String())
	}
	if r.Rounding.Known() {
		v.Set("rounding", r.Rounding.String())
	}
	for column, text := range r.Map {
		v.Add("map", column+"="+text)
	}
	return v
}

func readRecordsRequest(values url.Values) (RecordsRequest, error) {
	p := params{values: values}
	r := RecordsRequest{
		Server: p.text("server"), File: filepath.Base(p.text("file")), Trunk: p.text("trunk"), Format: p.text("format"), Zone: p.text("zone"),
		Since: p.moment("since"), DryRun: p.flag("dry_run"), Apply: p.flag("apply"),
	}
	if text := p.text("tolerance"); text != "" {
		var err error
		if r.Tolerance, err = time.ParseDuration(text); err != nil || r.Tolerance <= 0 || r.Tolerance > maxTolerance {
			p.fail("tolerance=%.20q: write a length of time such as 2s, an hour at most", text)
		}
	}
	if text := p.text("rounding"); text != "" {
		var err error
		if r.Rounding, err = bill.ParseRounding(text); err != nil {
			p.fail("rounding=%v", err)
		}
	}
	for _, text := range p.texts("map") {
		column, where, found := strings.Cut(text, "=")
		if !found || where == "" {
			p.fail("map=%.80q: write column=header, or column=number", text)
		}
		if r.Map == nil {
			r.Map = make(map[string]string)
		}
		r.Map[column] = where
	}
	return r, p.end()
}

// ImportRecords sends call records. The size is in bytes, -1 where it is not known.
func (c *Client) ImportRecords(ctx context.Context, r RecordsRequest, body io.Reader, size int64) (RecordsSummary, error) {
	return ask[RecordsSummary](ctx, c, http.MethodPut, "/v1/records", r.values(), body, size)
}

// Reconcile sends a carrier's bill.
func (c *Client) Reconcile(ctx context.Context, r RecordsRequest, body io.Reader, size int64) (BillSummary, error) {
	return ask[BillSummary](ctx, c, http.MethodPut, "/v1/bill", r.values(), body, size)
}

func (s *server) importRecords(w http.ResponseWriter, r *http.Request) (any, error) {
	request, err := readRecordsRequest(r.URL.Query())
	if err != nil {
		return nil, err
	}
	var summary RecordsSummary
	err = s.takeFile(w, r, request.File, MaxRecords, func(body io.Reader) error {
		summary, err = s.backend.ImportRecords(r.Context(), request, body)
		return err
	})
	summary.Differences, summary.Faults = orEmpty(summary.Differences), orEmpty(summary.Faults)
	return summary, err
}

func (s *server) reconcile(w http.ResponseWriter, r *http.Request) (any, error) {
	request, err := readRecordsRequest(r.URL.Query())
	if err != nil {
		return nil, err
	}
	var summary BillSummary
	err = s.takeFile(w, r, request.File, MaxBill, func(body io.Reader) error {
		summary, err = s.backend.Reconcile(r.Context(), request, body)
		return err
	})
	summary.Longer, summary.Shorter = orEmpty(summary.Longer), orEmpty(summary.Shorter)
	summary.Dearer, summary.Cheaper = orEmpty(summary.Dearer), orEmpty(summary.Cheaper)
	summary.UnknownHere, summary.UnknownThere = orEmpty(summary.UnknownHere), orEmpty(summary.UnknownThere)
	summary.Columns = orEmpty(summary.Columns)
	return summary, err
}

// takeFile takes a large file in, one at a time.
func (s *server) takeFile(w http.ResponseWriter, r *http.Request, name string, most int64, take func(body io.Reader) error) error {
	if r.ContentLength > most {
		return Errorf(http.StatusRequestEntityTooLarge, "%s has %d MiB: at most %d are taken", name, r.ContentLength>>20, most>>20)
	}
	if !s.importing.TryLock() {
		return Errorf(http.StatusConflict, "another file is being imported: try again when it is done")
	}
	defer s.importing.Unlock()
	body := s.pace(w, r, most)
	err := take(body)
	// A client that is still sending would not hear the answer: its connection would break first.
	_, _ = io.Copy(io.Discard, body)
	if err != nil && body.err != nil {
		return body.err
	}
	return err
}
