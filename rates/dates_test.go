package rates

import (
	"strings"
	"testing"
	"time"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	in, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func TestDates(t *testing.T) {
	const head = "prefix;price;valid from\n39;1;"
	rome := zone(t, "Europe/Rome")
	day := time.Date(2026, 2, 1, 0, 0, 0, 0, rome)
	for cell, want := range map[string]string{
		"2026-02-01": iso, "2026-2-1": iso, "2026/02/01": iso, "2026-02-01 00:00:00": iso, "2026-02-01T00:00": iso, "2026-02-01 00:00:00.000": iso,
		"01.02.2026": dayFirst, "1.2.2026": dayFirst, "01.02.2026 00:00": dayFirst, "1-Feb-2026": iso, "01-FEB-2026": iso, "1 feb 2026": iso,
		"1 February 2026": iso, "Feb 1, 2026": iso, "February 1, 2026": iso, "02/01/2026": monthFirst, "2/1/2026": monthFirst,
		"2/1/2026 12:00:00 AM": monthFirst, "2/1/2026 0:00": monthFirst, "2026-01-31T23:00:00Z": iso, "2026-02-01T00:00:00+01:00": iso,
	} {
		list := readList(t, head+cell+"\n", ReadOptions{Location: rome})
		if got := list.Rates[0].ValidFrom; !got.Equal(day) || list.Layout.Dates != want {
			t.Errorf("%s: %v %q, want %v %q", cell, got, list.Layout.Dates, day, want)
		}
	}
	list := readList(t, head+"2026-02-01 06:30\n", ReadOptions{Location: rome})
	if got := list.Rates[0].ValidFrom; !got.Equal(day.Add(6*time.Hour + 30*time.Minute)) {
		t.Errorf("%v", got)
	}
	if list = readList(t, head+"\n", ReadOptions{}); list.Layout.Dates != "" || !list.Rates[0].ValidFrom.IsZero() {
		t.Errorf("%+v", list)
	}
	for _, cell := range []string{
		"31-01-2026", "2026-13-01", "2026-02-30", "30.02.2026", "1/2/26", "Sept 1, 2026", "46053", "20260201", "tomorrow", "1990-01-01", "0206-01-01", "1989-12-31", "2200-01-02",
		"9999-12-31", "2026-02-01 25:00", "2026-02-01Z", strings.Repeat("2", 41), "02/30/2026",
	} {
		if got := refused(t, head+cell+"\n", ReadOptions{Location: rome}); got.Column != "valid from" {
			t.Errorf("%s: %+v", cell, got)
		}
	}
}

func TestOrderOfDates(t *testing.T) {
	file := func(header string, dates ...string) string {
		text := "prefix;price;" + header + "\n"
		for i, date := range dates {
			text += string(rune('1'+i)) + "1;1;" + date + "\n"
		}
		return text
	}
	for _, c := range []struct {
		text, option, order string
		month               time.Month
	}{
		{file("effective", "03/04/2026"), "", monthFirst, time.March},
		{file("effective", "03/04/2026"), dayFirst, dayFirst, time.April},
		{file("effective", "03/04/2026", "31/12/2026"), dayFirst, dayFirst, time.April},
		{file("effective", "03/04/2026", "12/31/2026"), monthFirst, monthFirst, time.March},
		{file("effective (DD/MM/YYYY)", "03/04/2026"), "", dayFirst, time.April},
		{file("effective [mm/dd/yyyy]", "03/04/2026"), "", monthFirst, time.March},
		{file("effective (DD/MM/YYYY)", "03/04/2026"), monthFirst, monthFirst, time.March},
		{file("effective", "2026-03-04", "03.04.2026", "03/04/2026"), monthFirst, dayFirst, time.March},
		{file("effective", "03.04.2026", "12/31/2026", "03/04/2026"), "", dayFirst, time.April},  // one tells for all
		{file("effective", "03.04.2026", "03/03/2026"), "", dayFirst, time.April},                // it does not matter
		{file("effective (MM/DD/YYYY)", "03/04/2026", "03.04.2026"), "", monthFirst, time.March}, // the header tells
	} {
		list := readList(t, c.text, ReadOptions{Dates: c.option})
		if got := list.Rates[0].ValidFrom.Month(); got != c.month || list.Layout.Dates != c.order {
			t.Errorf("%q %q: %v %q", c.text, c.option, got, list.Layout.Dates)
		}
	}
	for _, c := range []struct {
		text, option, reason string
		line                 int
	}{
		{file("effective", "03/04/2026", "31/12/2026"), "", "say it with --dates day-first", 3},
		{file("effective", "2026-03-04", "03.04.2026", "03/04/2026"), "", `"03/04/2026": which is the month?`, 4},
		{file("effective", "03/04/2026", "01/02/2026", "31.12.2026"), "", `"31.12.2026" has the day first: say it with --dates month-first or --dates day-first`, 2},
		{"prefix;price;effective;end date\n39;0,05;01/12/2026;31.12.2027\n", "", "which is the month?", 2},
		{file("effective", "31/12/2026"), monthFirst, "in the order month-first", 2},
		{file("effective", "12/31/2026"), dayFirst, "in the order day-first", 2},
		{file("effective (DD/MM/YYYY)", "12/31/2026"), "", "in the order day-first", 2},
		{file("effective", "12/31/2026"), "dmy", "write month-first or day-first", 0},
	} {
		if got := refused(t, c.text, ReadOptions{Dates: c.option}); got.Line != c.line || !strings.Contains(got.Reason, c.reason) {
			t.Errorf("%q %q: %+v", c.text, c.option, got)
		}
	}
}

func TestEndDates(t *testing.T) {
	const head = "prefix,price,start date,end date\n39,1,,"
	rome, saoPaulo := zone(t, "Europe/Rome"), zone(t, "America/Sao_Paulo")
	for _, c := range []struct {
		cell string
		in   *time.Location
		want time.Time
	}{
		{"", rome, time.Time{}},
		{"9999-12-31", rome, time.Time{}},
		{"12/31/9999 23:59:59", zone(t, "America/New_York"), time.Time{}},
		{"2026-12-31", rome, time.Date(2027, 1, 1, 0, 0, 0, 0, rome)},
		{"2026-12-31 00:00:00", rome, time.Date(2027, 1, 1, 0, 0, 0, 0, rome)},
		{"2026-12-31 23:59:59", rome, time.Date(2027, 1, 1, 0, 0, 0, 0, rome)},
		{"2026-12-31 23:59", rome, time.Date(2027, 1, 1, 0, 0, 0, 0, rome)},
		{"2026-12-31 18:00", rome, time.Date(2026, 12, 31, 18, 0, 0, 0, rome)},
		{"2026-12-31T00:00:00Z", rome, time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)},
		{"2026-12-31T22:59:59Z", rome, time.Date(2026, 12, 31, 22, 59, 59, 0, time.UTC)},
		{"2026-03-29", rome, time.Date(2026, 3, 29, 22, 0, 0, 0, time.UTC)},  // 23 hours long
		{"2026-10-25", rome, time.Date(2026, 10, 25, 23, 0, 0, 0, time.UTC)}, // 25 hours long
		{"2199-12-30", rome, time.Date(2199, 12, 31, 0, 0, 0, 0, rome)},
		{"2018-11-03", saoPaulo, time.Date(2018, 11, 4, 3, 0, 0, 0, time.UTC)}, // the next day begins at 01:00
	} {
		if got := read(t, head+c.cell+"\n", ReadOptions{Location: c.in})[0].ValidUntil; !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", c.cell, got.In(c.in), c.want)
		}
	}
	r := read(t, "prefix,price,start date,end date\n39,1,2018-11-04,2018-11-04\n", ReadOptions{Location: saoPaulo})[0]
	if got := r.ValidUntil.Sub(r.ValidFrom); got != 23*time.Hour {
		t.Errorf("a day that begins at 01:00 has %v", got)
	}
	got := refused(t, "prefix,price,start date,end date\n39,1,2026-02-01,2026-01-31\n", ReadOptions{})
	if far := refused(t, head+"2199-12-31\n", ReadOptions{}); !strings.Contains(far.Reason, "the year is not") {
		t.Errorf("%+v", far)
	}
	if got.Column != "end date" || !strings.Contains(got.Reason, "ends before it begins") {
		t.Errorf("%+v", got)
	}
}
