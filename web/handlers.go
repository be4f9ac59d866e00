package web

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/rates"
)

// Bounds on what a person may ask.
const (
	maxReason = 200 // bytes
	maxFor    = 10 * 365 * 24 * time.Hour
)

var deckName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

func (s *server) status(_ http.ResponseWriter, r *http.Request) (any, error) {
	status, err := s.backend.Status(r.Context())
	status.Servers, status.NotGuarded = orEmpty(status.Servers), orEmpty(status.NotGuarded)
	if status.NoticesWaiting == nil {
		status.NoticesWaiting = map[string]int{}
	}
	return status, err
}

func (s *server) calls(_ http.ResponseWriter, r *http.Request) (any, error) {
	q, err := readCallsQuery(r.URL.Query())
	if err != nil {
		return nil, err
	}
	return list(s.backend.Calls(r.Context(), q))
}

func (s *server) ledger(_ http.ResponseWriter, r *http.Request) (any, error) {
	q, err := readLedgerQuery(r.URL.Query())
	if err != nil {
		return nil, err
	}
	return list(s.backend.Ledger(r.Context(), q))
}

func (s *server) incidents(_ http.ResponseWriter, r *http.Request) (any, error) {
	q, err := readIncidentsQuery(r.URL.Query())
	if err != nil {
		return nil, err
	}
	return list(s.backend.Incidents(r.Context(), q))
}

func (s *server) incident(_ http.ResponseWriter, r *http.Request) (any, error) {
	id := r.PathValue("id")
	if len(id) > maxParam {
		return nil, wrong("%.20q… is no incident's ID: it is too long", id)
	}
	i, err := s.backend.Incident(r.Context(), id)
	i.Evidence, i.Actions = orEmpty(i.Evidence), orEmpty(i.Actions)
	return i, err
}

func (s *server) blocks(_ http.ResponseWriter, r *http.Request) (any, error) {
	p := params{values: r.URL.Query()}
	all := p.flag("all")
	if err := p.end(); err != nil {
		return nil, err
	}
	return list(s.backend.Blocks(r.Context(), all))
}

// blockBody is what a client sends to set a block.
type blockBody struct {
	Target string `json:"target"`
	For    int64  `json:"for"` // seconds; 0 is until lifted
	Reason string `json:"reason"`
	// KeepLive lets the calls go on that are live.
	KeepLive bool `json:"keep_live"`
}

func (s *server) block(w http.ResponseWriter, r *http.Request) (any, error) {
	var body blockBody
	if err := s.decode(w, r, &body); err != nil {
		return nil, err
	}
	target, err := ParseTarget(body.Target)
	if err != nil {
		return nil, wrong("%v", err)
	}
	if body.For < 0 || body.For > int64(maxFor/time.Second) {
		return nil, wrong("a block lasts from one second to ten years, or until it is lifted")
	}
	reason := strings.TrimSpace(body.Reason)
	if len(reason) > maxReason {
		return nil, wrong("the reason has %d bytes: write at most %d", len(reason), maxReason)
	}
	return s.backend.Block(r.Context(), BlockRequest{
		Target: target, For: time.Duration(body.For) * time.Second, Reason: reason, KeepLive: body.KeepLive, Who: Who(r.Context()),
	})
}

func (s *server) unblock(_ http.ResponseWriter, r *http.Request) (any, error) {
	p := params{values: r.URL.Query()}
	text := p.text("target")
	if err := p.end(); err != nil {
		return nil, err
	}
	target, err := ParseTarget(text)
	if err != nil {
		return nil, wrong("%v", err)
	}
	return nil, s.backend.Unblock(r.Context(), target, Who(r.Context()))
}

func (s *server) lookupRate(_ http.ResponseWriter, r *http.Request) (any, error) {
	p := params{values: r.URL.Query()}
	q := LookupQuery{Server: p.text("server"), Tenant: p.text("tenant"), Trunk: p.text("trunk"), Number: p.text("number")}
	if err := p.end(); err != nil {
		return nil, err
	}
	if q.Number == "" {
		return nil, wrong("there is no number to look up: write it with + and country code, or as it is dialled")
	}
	return s.backend.LookupRate(r.Context(), q)
}

func (s *server) decks(_ http.ResponseWriter, r *http.Request) (any, error) {
	return list(s.backend.Decks(r.Context()))
}

// deckHeader is where the answer with a price list says which one it is, as JSON in base64: names of
// files can hold what a header cannot.
const deckHeader = "Fraudguard-Deck"

// deck answers with a price list as CSV, which can be large.
func (s *server) deck(w http.ResponseWriter, r *http.Request) (any, error) {
	name, err := deckNamed(r)
	if err != nil {
		return nil, err
	}
	p := params{values: r.URL.Query()}
	number := p.count("edition", math.MaxInt32)
	if err := p.end(); err != nil {
		return nil, err
	}
	info, deck, err := s.backend.Deck(r.Context(), name, number)
	if err != nil {
		return nil, err
	}
	header, err := json.Marshal(info)
	if err != nil {
		return nil, err
	}
	w.Header().Set(deckHeader, base64.StdEncoding.EncodeToString(header))
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	control := http.NewResponseController(w)
	// An error here is a client that went away. It knows how many rates there are.
	_ = rates.Write(&pacedWriter{to: w, next: func() { _ = control.SetWriteDeadline(time.Now().Add(s.patience.answer)) }}, deck)
	return answered{}, nil
}

// answered says that a task has written its answer itself.
type answered struct{}

// pacedWriter is an answer whose next piece must be taken in time, however many there are.
type pacedWriter struct {
	to   io.Writer
	next func()
}

// Write writes the next piece.
func (p *pacedWriter) Write(piece []byte) (int, error) {
	p.next()
	return p.to.Write(piece)
}

func deckNamed(r *http.Request) (string, error) {
	name := r.PathValue("name")
	if !deckName.MatchString(name) {
		return "", wrong("%.80q is no deck's name: write letters, digits and . _ -, at most 64", name)
	}
	return name, nil
}

func (s *server) reload(_ http.ResponseWriter, r *http.Request) (any, error) {
	return nil, s.backend.Reload(r.Context())
}

func (s *server) importRates(w http.ResponseWriter, r *http.Request) (any, error) {
	request, err := readImportQuery(r.URL.Query())
	if err != nil {
		return nil, err
	}
	if request.Deck, err = deckNamed(r); err != nil {
		return nil, err
	}
	if r.ContentLength > MaxRates {
		return nil, Errorf(http.StatusRequestEntityTooLarge, "%s has %d MiB: a price list has at most %d", request.File, r.ContentLength>>20, MaxRates>>20)
	}
	if !s.importing.TryLock() {
		return nil, Errorf(http.StatusConflict, "another price list is being imported: try again when it is done")
	}
	defer s.importing.Unlock()
	body := s.pace(w, r, MaxRates)
	summary, err := s.backend.ImportRates(r.Context(), request, body)
	// A client that is still sending would not hear the answer: its connection would break first.
	_, _ = io.Copy(io.Discard, body)
	summary.Layout.Columns, summary.Layout.Defaults = orEmpty(summary.Layout.Columns), orEmpty(summary.Layout.Defaults)
	summary.Difference.Increases = orEmpty(summary.Difference.Increases)
	var rows *rates.ReadError
	if err != nil && body.err != nil && !errors.As(err, &rows) {
		return nil, body.err
	}
	return summary, err
}

// pace makes a request's body one whose next piece must come in time.
func (s *server) pace(w http.ResponseWriter, r *http.Request, most int64) *paced {
	control := http.NewResponseController(w)
	deadline, _ := r.Context().Deadline()
	return &paced{body: http.MaxBytesReader(w, r.Body, most), next: func() {
		next := time.Now().Add(s.patience.body)
		if deadline.Before(next) {
			next = deadline
		}
		_ = control.SetReadDeadline(next)
	}, ended: func() { _ = control.SetReadDeadline(time.Time{}) }}
}

// paced is a body whose next piece must come in time, however many there are.
type paced struct {
	body io.Reader
	next func()
	// ended is called once the body is there whole: net/http goes on reading then, to notice a client
	// that leaves, and a deadline would look like one.
	ended func()
	err   error // what ended the body other than its end
}

// Read reads the next piece.
func (p *paced) Read(into []byte) (int, error) {
	p.next()
	n, err := p.body.Read(into)
	if errors.Is(err, io.EOF) {
		p.ended()
	}
	if err != nil && !errors.Is(err, io.EOF) && p.err == nil {
		p.err = err
	}
	return n, err
}

// list makes a missing list an empty one.
func list[T any](rows []T, err error) (any, error) { return orEmpty(rows), err }

// decodeStrictly reads one JSON value with known keys and nothing after it.
func decodeStrictly(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return wrong("this is not the JSON that was expected: %.200v", err)
	}
	if decoder.More() {
		return wrong("there is more than one JSON value")
	}
	return nil
}
