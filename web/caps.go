package web

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
)

// Cap is a cap that is set. Values are written as in the configuration: money as a decimal string,
// minutes, counts and per cent as whole numbers, "none" for no cap.
type Cap struct {
	// Subject is who was asked about, or else whom the cap is set for, which SetFor is always:
	// "acme/101", "acme/*", "*/*", "acme" or "*".
	Subject string `json:"subject"`
	Cap     string `json:"cap"` // the kind's key, "cost_per_day"
	Value   string `json:"value"`
	Unit    string `json:"unit"` // "money", "minutes", "count" or "percent"
	SetFor  string `json:"set_for"`
	// Source is "configuration", or the person who set it at the moment Set.
	Source string     `json:"source"`
	Set    *time.Time `json:"set"`
	// Used and Left are null where no single account was asked about, or the cap is not one that
	// is used up.
	Used *string `json:"used"`
	Left *string `json:"left"`
}

// FromConfiguration is the source of caps that no person has set at run time.
const FromConfiguration = "configuration"

// CapRequest asks for a cap that lies over that of the configuration.
type CapRequest struct {
	Subject limits.Subject
	Kind    limits.Kind
	Value   limits.Value
	// Reason can be empty.
	Reason string
	// Who asks, as the kernel tells it. A client cannot set it.
	Who string
}

var unitNames = map[limits.Unit]string{
	limits.InMoney: "money", limits.InMinutes: "minutes", limits.InCount: "count", limits.InPercent: "percent",
}

// CapOf gives a cap its shape. Asked is who was asked about.
func CapOf(c guard.CapState, asked limits.Subject) Cap {
	shape := Cap{
		Subject: asked.String(), Cap: c.Kind.String(), Value: c.Kind.Format(c.Value), Unit: unitNames[c.Kind.Unit()],
		SetFor: c.Subject.String(), Source: FromConfiguration, Set: MomentOrNull(c.At),
	}
	if c.Who != "" {
		shape.Source = c.Who
	}
	if c.Used == limits.Unlimited {
		return shape
	}
	used := c.Kind.Format(c.Used)
	shape.Used = &used
	if c.Value != limits.Unlimited {
		left := max(c.Value-c.Used, 0)
		if c.Kind.Unit() == limits.InMinutes {
			left -= left % 60 // a begun minute is a used one
		}
		text := c.Kind.Format(left)
		shape.Left = &text
	}
	return shape
}

// Single says whether a subject is one account, and which.
func Single(s limits.Subject) (limits.Account, bool) {
	return limits.Account{Tenant: s.Tenant, Extension: s.Extension},
		s.Tenant != "" && (s.Extension != "" || s.Scope == limits.PerTenant)
}

func (s *server) caps(_ http.ResponseWriter, r *http.Request) (any, error) {
	p := params{values: r.URL.Query()}
	text := p.text("subject")
	if err := p.end(); err != nil {
		return nil, err
	}
	if text == "" {
		return list(s.backend.Caps(r.Context(), nil))
	}
	subject, err := ParseSubject(text)
	if err != nil {
		return nil, wrong("%v", err)
	}
	return list(s.backend.Caps(r.Context(), &subject))
}

// capBody is what a client sends to set a cap.
type capBody struct {
	Subject string `json:"subject"`
	Cap     string `json:"cap"`
	Value   string `json:"value"`
	Reason  string `json:"reason"`
}

func (s *server) setCap(w http.ResponseWriter, r *http.Request) (any, error) {
	var body capBody
	if err := s.decode(w, r, &body); err != nil {
		return nil, err
	}
	request := CapRequest{Reason: strings.TrimSpace(body.Reason), Who: Who(r.Context())}
	var err error
	if request.Subject, request.Kind, err = ParseCap(body.Subject, body.Cap); err != nil {
		return nil, wrong("%v", err)
	}
	if request.Value, err = request.Kind.Parse(body.Value); err != nil {
		return nil, wrong("%v", err)
	}
	if len(request.Reason) > maxReason {
		return nil, wrong("the reason has %d bytes: write at most %d", len(request.Reason), maxReason)
	}
	return s.backend.SetCap(r.Context(), request)
}

func (s *server) unsetCap(_ http.ResponseWriter, r *http.Request) (any, error) {
	p := params{values: r.URL.Query()}
	subject, kind, err := ParseCap(p.text("subject"), p.text("cap"))
	if known := p.end(); known != nil {
		return nil, known
	}
	if err != nil {
		return nil, wrong("%v", err)
	}
	return nil, s.backend.UnsetCap(r.Context(), subject, kind, Who(r.Context()))
}

// ParseCap reads whom a cap is for, and its kind.
func ParseCap(subject, kind string) (s limits.Subject, k limits.Kind, err error) {
	if s, err = ParseSubject(subject); err == nil {
		k, err = limits.KindNamed(kind)
	}
	return s, k, err
}

// Caps gives the caps that are set; of a subject, those that are set for it, and of a single account
// those that count for it.
func (c *Client) Caps(ctx context.Context, subject *limits.Subject) ([]Cap, error) {
	text := ""
	if subject != nil {
		text = subject.String()
	}
	return get[[]Cap](ctx, c, "/v1/caps", values("subject", text))
}

// SetCap sets a cap. Who of the request is not sent: the daemon knows.
func (c *Client) SetCap(ctx context.Context, r CapRequest) (Cap, error) {
	body, err := json.Marshal(capBody{Subject: r.Subject.String(), Cap: r.Kind.String(), Value: r.Kind.Format(r.Value), Reason: r.Reason})
	if err != nil {
		return Cap{}, err
	}
	return ask[Cap](ctx, c, http.MethodPut, "/v1/caps", nil, bytes.NewReader(body), int64(len(body)))
}

// UnsetCap takes back a cap that was set at run time.
func (c *Client) UnsetCap(ctx context.Context, subject limits.Subject, kind limits.Kind) error {
	_, err := ask[struct{}](ctx, c, http.MethodDelete, "/v1/caps", values("subject", subject.String(), "cap", kind.String()), nil, 0)
	return err
}
