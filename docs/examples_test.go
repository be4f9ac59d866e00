package docs_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
)

// TestWorkedExamples charges each call of the manual's table as the guard would.
func TestWorkedExamples(t *testing.T) {
	section := between(t, read(t, "docs/operating.md"), "\n### What a call costs\n", "\n## Numbers\n")
	rows := regexp.MustCompile(`(?m)^\| \d.*$`).FindAllString(section, -1)
	if len(rows) < 10 {
		t.Fatalf("%d examples", len(rows))
	}
	for _, row := range rows {
		cells := strings.Split(strings.Trim(row, "| "), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if len(cells) != 9 {
			t.Errorf("%d cells: %s", len(cells), row)
			continue
		}
		zone, err := time.LoadLocation("Europe/Rome")
		if err != nil {
			t.Fatal(err)
		}
		r := rateOf(t, cells, zone)
		answered, err := time.ParseInLocation("2006-01-02 15:04:05", cells[5], zone)
		if err != nil {
			t.Fatal(err)
		}
		lasts, err := time.ParseDuration(cells[6])
		if err != nil {
			t.Fatal(err)
		}
		if got := charges(r, answered, lasts, zone); got != cells[7]+" | "+cells[8] {
			t.Errorf("%s\ncosts %s", row, got)
		}
	}
}

// rateOf reads price, connect fee, increments, minimum and grace, and tiers.
func rateOf(t *testing.T, cells []string, zone *time.Location) rates.Rate {
	t.Helper()
	amount := func(text string) money.Amount {
		a, err := money.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	r := rates.Rate{Prefix: "39", PerMinute: amount(cells[0]), Connect: amount(cells[1])}
	if _, err := fmt.Sscanf(cells[2], "%d/%d", &r.First, &r.Next); err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split(cells[3], ", ") {
		word, seconds, _ := strings.Cut(part, " ")
		switch word {
		case "minimum":
			r.Minimum, _ = strconv.Atoi(seconds)
		case "grace":
			r.Grace, _ = strconv.Atoi(seconds)
		}
	}
	var err error
	if r.Tiers, err = rates.ParseTiers(strings.ReplaceAll(strings.Trim(cells[4], "`"), "¦", "|"), zone); err != nil {
		t.Fatal(err)
	}
	if err := r.Check(); err != nil {
		t.Fatal(err)
	}
	return r
}

// charges writes billed seconds and money, day by day.
func charges(r rates.Rate, answered time.Time, lasts time.Duration, zone *time.Location) string {
	book := limits.NewBook(limits.NewCalendar(zone), limits.Caps{}, answered)
	leg := &limits.Leg{Account: limits.Account{Tenant: "t", Extension: "e"}, Rate: r}
	book.Add(leg)
	book.Answer(leg, answered)
	var billed, cost []string
	for _, c := range book.End(leg, answered.Add(lasts)) {
		billed = append(billed, strconv.FormatInt(c.BilledSeconds, 10))
		cost = append(cost, c.Amount.String())
	}
	return strings.Join(billed, " + ") + " | " + strings.Join(cost, " + ")
}
