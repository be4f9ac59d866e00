package rates

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/fraudguard/fraudguard/money"
)

func read(t *testing.T, text string, options ReadOptions) []Rate {
	t.Helper()
	list, err := Read(strings.NewReader(text), "deck.csv", options)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return list.Rates
}

func TestReadFormsOfOneDeck(t *testing.T) {
	want := Rate{Prefix: "39347", Route: "Italy, mobile", PerMinute: 12_500, Connect: 50_000, First: 30, Next: 6,
		ValidFrom: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)}
	for name, text := range map[string]string{
		"commas":      "prefix,route,price,connect fee,increment,valid from\n39347,\"Italy, mobile\",0.0125,0.05,30/6,2026-01-31\n",
		"semicolons":  "Dial Code;Destination;Rate;Setup Fee;Billing Increment;Effective Date\n+39 347;Italy, mobile;0.0125;0.05;30/6;01/31/2026\n",
		"tabs":        "CODE\tDescription\tCost per minute\tConnect_Fee\tFirst Interval\tNext Interval\tEffective\n39347\tItaly, mobile\t0.0125\t.05\t30\t6\t1/31/2026",
		"Windows":     "\ufeffprefix;name;price;connect;increment;effective from\r\n39347;\"Italy, mobile\";0,0125;0,05;30/6;2026-01-31T00:00:00Z\r\n\r\n",
		"other order": "Price (EUR/min),Ignored,Valid-From,Increment,Setup,Route,Destination Code\n0.01250000,x,2026-01-31T01:00:00+01:00,30/6,0.05,\"Italy, mobile\",\"39347\",,\n",
		"blank rows":  "\nprefix,route,price,connect fee,increment,valid from\n,,,,,\n\n39347 , \"Italy, mobile\" , 0.0125,0.05,30 / 6,2026-01-31\n;;\n",
	} {
		if got := read(t, text, ReadOptions{}); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

func TestReadWhatIsMissing(t *testing.T) {
	got := read(t, "prefix,price\n39,1\n", ReadOptions{})
	want := Rate{Prefix: "39", Route: "39", PerMinute: 1_000_000, First: 60, Next: 60}
	if len(got) != 1 || got[0] != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	got = read(t, "prefix,price\n39,1\n", ReadOptions{First: 1, Next: 1})
	if got[0].First != 1 || got[0].Next != 1 {
		t.Errorf("increments of the options are not taken: %+v", got)
	}
	got = read(t, "prefix,price,increment\n39,1,60\n40,1,1/1\n", ReadOptions{First: 30, Next: 6})
	if got[0].First != 60 || got[0].Next != 60 || got[1].Next != 1 {
		t.Errorf("the file's own increments do not count: %+v", got)
	}
}

func TestReadDatesInTheZoneOfTheOptions(t *testing.T) {
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, "prefix,price,effective\n39,1,2026-07-01\n40,1,2026-07-01T00:00:00Z\n41,1,\n", ReadOptions{Location: rome})
	midnight := time.Date(2026, 6, 30, 22, 0, 0, 0, time.UTC)
	if !got[0].ValidFrom.Equal(midnight) || !got[1].ValidFrom.Equal(midnight.Add(2*time.Hour)) || !got[2].ValidFrom.IsZero() {
		t.Errorf("%v, %v, %v", got[0].ValidFrom, got[1].ValidFrom, got[2].ValidFrom)
	}
}

func TestReadLatin1(t *testing.T) {
	if got := read(t, "prefix,route,price\n262,R\xe9union,1\n", ReadOptions{}); got[0].Route != "Réunion" {
		t.Errorf("route %q", got[0].Route)
	}
}

func TestReadPrices(t *testing.T) {
	for cell, want := range map[string]money.Amount{
		"0": 0, "0,05": 50_000, "12,5": 12_500_000, ".5": 500_000, "0.000001": 1, "1000": 1_000_000_000, "0,125": 125_000, "0.0100000000": 10_000,
	} {
		if got := read(t, "prefix;price\n39;"+cell+"\n", ReadOptions{}); got[0].PerMinute != want {
			t.Errorf("%s is %v, want %v", cell, got[0].PerMinute, want)
		}
	}
	if got := read(t, "prefix,price\n62,15000\n", ReadOptions{MaxPrice: 100_000 * money.Unit}); got[0].PerMinute != 15_000*money.Unit {
		t.Errorf("with a higher bound: %v", got)
	}
}

func TestReadRefusesFiles(t *testing.T) {
	for name, c := range map[string]struct{ text, reason string }{
		"empty":            {"", "file is empty"},
		"blank":            {"\n\n ; ;\n", "file is empty"},
		"header only":      {"prefix,price\n", "no rows"},
		"one column":       {"prefix\n39\n", "only one column"},
		"no price":         {"prefix,route\n39,x\n", "no column for the price"},
		"no prefix":        {"country;price\n39;1\n", "no column for the prefix"},
		"no header":        {"39,0.05\n40,0.06\n", "no column for the prefix"},
		"two prices":       {"prefix,price,rate\n39,1,2\n", `can both be the price: choose one with --map price=#2 or --map price=#3`},
		"half an interval": {"prefix,price,first\n39,1,60\n", "tell the other with --increments"},
		"other half":       {"prefix,price,next\n39,1,60\n", "tell the other with --increments"},
		"two increments":   {"prefix,price,increment,first,next\n39,1,60,60,60\n", "both tell increments"},
		"spreadsheet":      {"PK\x03\x04rest", "save it as CSV UTF-8, or unpack"},
		"empty zip":        {"PK\x05\x06" + strings.Repeat("\x00", 18), "save it as CSV UTF-8, or unpack"},
		"part of a zip":    {"PK\x07\x08PK\x03\x04rest", "save it as CSV UTF-8, or unpack"},
		"old spreadsheet":  {"\xd0\xcf\x11\xe0rest", "save it as CSV UTF-8"},
		"gzip":             {"\x1f\x8b\x08\x00", "unpack"},
		"PDF":              {"%PDF-1.7\n", "ask the carrier"},
		"web page":         {"\ufeff\r\n <!DOCTYPE html><table><tr><td>prefix</td>", "web page"},
		"table":            {"<HTML>\n", "web page"},
		"XML":              {"<?xml version=\"1.0\"?>", "XML"},
		"old Mac":          {"prefix,price\r39,1\r40,1\r", "CR alone"},
		"long old Mac":     {strings.Repeat("prefix,price\r39,1\r40,1\r", 5000), "CR alone"},
		"half a character": {"\xff\xfep\x00r", "cut off"},
		"binary at once":   {"\x00\x01\x02\x03\xff\xfe", "control character"},
		"binary":           {"prefix,price\n39,1\n\x00\x01\x02\n", "control character"},
		"endless line":     {"prefix,price\n" + strings.Repeat("3", maxLine+1), "longer than"},
		"quoted endlessly": {"prefix,price\n\"39,1\n40,1\n", "does not end"},
	} {
		_, err := Read(strings.NewReader(c.text), "deck.csv", ReadOptions{})
		var failure *ReadError
		if name != "half a character" && !errors.As(err, &failure) || err == nil || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s: %v, want %q", name, err, c.reason)
		}
	}
}

func TestReadRefusesRows(t *testing.T) {
	const head = "prefix;route;price;connect fee;increment;valid from\n"
	for _, c := range []struct{ row, column, reason string }{
		{";x;1;;60;", "prefix", "missing"},
		{"39a;x;1;;60;", "prefix", "something else than digits"},
		{"39-40;x;1;;60;", "prefix", "is it the country codes from 39 to 40"},
		{"3.9E+11;x;1;;60;", "prefix", "spreadsheet"},
		{"0039;x;1;;60;", "prefix", "begins with 0"},
		{"1234567890123456;x;1;;60;", "prefix", "16 digits"},
		{"39;x;;;60;", "price", "missing"},
		{"39;x;-1;;60;", "price", "negative"},
		{"39;x;abc;;60;", "price", "not a decimal"},
		{"39;x;1e3;;60;", "price", "not a decimal"},
		{"39;x;$1;;60;", "price", "which currency is $?"},
		{"39;x;N/A;;60;", "price", "is no price: write closed"},
		{"39;x;-;;60;", "price", "is no price: write closed"},
		{"39;x;1001;;60;", "price", "above 1000.00"},
		{"39;x;0.0000001;;60;", "price", "decimals"},
		{"39;x;1,234;;60;", "price", `is "1,234" 1.234 or 1234.00? No price of the file tells: say it with --decimal`},
		{"39;x;1.234,56;;60;", "price", "1234.56 is above 1000.00"},
		{"39;x;1,234,567;;60;", "price", "1234567.00 is above 1000.00"},
		{"39;x;1,23,4;;60;", "price", "not a decimal"},
		{"39;x;1.2.3;;60;", "price", "not a decimal"},
		{"39;x;5.;;60;", "price", "not a decimal"},
		{"39;x;99999999999999999999;;60;", "price", "absurdly large"},
		{"39;x;1;2000;60;", "connect fee", "above 1000.00"},
		{"39;x;1;;0;", "increment", "no increment"},
		{"39;x;1;;60/0;", "increment", "no increment"},
		{"39;x;1;;60/60/60;", "increment", "no increment"},
		{"39;x;1;;+60;", "increment", "no increment"},
		{"39;x;1;;;", "increment", "no increment"},
		{"39;x;1;;60;31/12/2026", "valid from", "--dates day-first"},
		{"39;x;1;;60;01-02-2026", "valid from", "no date"},
		{"39;x;1;;60;1/2/26", "valid from", "no date"},
		{"39;x;1;;60;46053", "valid from", "no date"},
		{"39;x;1;;60;2026-02-30", "valid from", "no date"},
		{"39;x;1;;60;0206-01-01", "valid from", "year"},
		{"39;" + strings.Repeat("x", maxRoute+1) + ";1;;60;", "route", "route name"},
		{"39;x;1", "", "3 cells and the header 6"},
		{"39;x;1;;60;;extra", "", "7 cells and the header 6"},
		{`39;"x"y;1;;60;`, "", "quoted cell"},
		{`39;"x;1;;60;`, "", "quoted cell"},
		{strings.Repeat(";", maxCells) + "x", "", "more than 200 cells"},
	} {
		_, err := Read(strings.NewReader(head+"44;good;1;;60;\n"+c.row+"\n"), "deck.csv", ReadOptions{})
		var failure *ReadError
		if !errors.As(err, &failure) || len(failure.Rows) != 1 {
			t.Errorf("%s: %v", c.row, err)
			continue
		}
		if row := failure.Rows[0]; row.Line != 3 || row.Column != c.column || !strings.Contains(row.Reason, c.reason) {
			t.Errorf("%s: %+v, want %q, %q", c.row, row, c.column, c.reason)
		}
	}
	_, err := Read(strings.NewReader("prefix,price\n39,\"1,500\"\n"), "deck.csv", ReadOptions{})
	if err == nil || err.Error() != `deck.csv:2: column "price": is "1,500" 1.50 or 1500.00? No price of the file tells: say it with --decimal point or --decimal comma` {
		t.Errorf("open sign: %v", err)
	}
}

func TestReadStopsAfterTwentyBadRows(t *testing.T) {
	_, err := Read(strings.NewReader("prefix,price\n"+strings.Repeat("39,x\n", 100)), "deck.csv", ReadOptions{})
	var failure *ReadError
	if !errors.As(err, &failure) || len(failure.Rows) != maxRowErrors || !failure.More || failure.Rows[19].Line != 21 {
		t.Errorf("%v", err)
	}
	_, err = Read(strings.NewReader("prefix,price\n"+strings.Repeat("39,x\n", maxRowErrors)), "deck.csv", ReadOptions{})
	if !errors.As(err, &failure) || len(failure.Rows) != maxRowErrors || failure.More {
		t.Errorf("%v", err)
	}
}

// endless gives the same text for ever, and counts it.
type endless struct {
	text  string
	given int
}

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		copied := copy(p[n:], e.text[(e.given+n)%len(e.text):])
		n += copied
	}
	e.given += n
	return n, nil
}

// counted gives rows, each with a prefix of its own, up to a number of them.
type counted struct {
	row, rows int
	rest      []byte
}

func (c *counted) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if len(c.rest) == 0 {
			if c.row == c.rows {
				return n, io.EOF
			}
			c.row++
			c.rest = fmt.Appendf(c.rest[:0], "%d,0.01\n", 390_000_000+c.row)
		}
		copied := copy(p[n:], c.rest)
		n, c.rest = n+copied, c.rest[copied:]
	}
	return n, nil
}

func TestReadRefusesFiftyMillionRows(t *testing.T) {
	rows := &counted{rows: 50_000_000}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Read(io.MultiReader(strings.NewReader("prefix,price\n"), rows), "deck.csv", ReadOptions{})
	runtime.ReadMemStats(&after)
	if err == nil || err.Error() != "deck.csv:2000002: more than 2000000 rates: a deck holds no more" {
		t.Errorf("%v", err)
	}
	if rows.row > 2_100_000 {
		t.Errorf("%d rows were read before the file was refused", rows.row)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 400<<20 {
		t.Errorf("%d MiB were used to refuse it", used>>20)
	}
}

func TestReadIsBounded(t *testing.T) {
	for name, c := range map[string]struct{ head, tail, reason string }{
		"blank lines":       {"prefix,price\n39,1\n", "\n", "more than 4000000 lines"},
		"notes":             {"prefix,price\n39,1\n", "Total\n", "more than 4000000 lines"},
		"line":              {"prefix,price\n39,", "1", "line is longer than 65536 bytes"},
		"quoted cell":       {"prefix,price\n39,\"", "1\n", "deck.csv:2: a quoted cell does not end within"},
		"quoted at once":    {"\"", "1\n", "only one column"},
		"UTF-16":            {"\xff\xfe", "1", "line is longer"},
		"ranges":            {"prefix,price\n", "\"441000-441999,442000-442999\",1\n", "more than 2000000 rates"},
		"ranges in a cell":  {"prefix,price\n\"" + strings.Repeat("441000-441999,", 4000) + "\",1\n", "39,1\n", "more than 2000000 prefixes in one cell"},
		"the same for ever": {"prefix,price\n", "39,1\n", "more than 2000000 rates"},
		"bad rows":          {"prefix,price\n", "x,x\n", "there are more than these 20"},
		"many cells":        {"prefix,price\n39,1", ",,,", "line is longer"},
	} {
		tail := &endless{text: c.tail}
		_, err := Read(io.MultiReader(strings.NewReader(c.head), tail), "deck.csv", ReadOptions{})
		var failure *ReadError
		if !errors.As(err, &failure) || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s: %v, want %q", name, err, c.reason)
		}
		if tail.given > 64<<20 {
			t.Errorf("%s: %d MiB were read", name, tail.given>>20)
		}
	}
}

func TestReadBrokenOff(t *testing.T) {
	const begin = "prefix,price\n39,1\n"
	for _, broken := range []error{errors.New("disk fell off"), io.ErrUnexpectedEOF, fmt.Errorf("network: %w", io.EOF)} {
		list, err := Read(io.MultiReader(strings.NewReader(begin+"4"), iotest.ErrReader(broken)), "deck.csv", ReadOptions{})
		if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "deck.csv: reading line 3") || list != nil {
			t.Errorf("%v", err)
		}
		// In a quoted cell, in the header, and at once.
		for _, text := range []string{begin + "\"39", "prefix", ""} {
			if _, err := Read(io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)), "deck.csv", ReadOptions{}); !errors.Is(err, broken) {
				t.Errorf("after %q: %v", text, err)
			}
		}
	}
	if _, err := Read(idle{}, "deck.csv", ReadOptions{}); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a reader that gives nothing: %v", err)
	}
}

// idle never gives anything.
type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

func TestReadInAnyPortions(t *testing.T) {
	text := "prefix,route,price\r\n39,\"Italy,\r\nall\",0.01\r\n44,R\xe9union €,0.02"
	for name, r := range map[string]io.Reader{
		"whole":          strings.NewReader(text),
		"bytes":          iotest.OneByteReader(strings.NewReader(text)),
		"halves":         iotest.HalfReader(strings.NewReader(text)),
		"data with ends": iotest.DataErrReader(strings.NewReader(text)),
	} {
		list, err := Read(r, "deck.csv", ReadOptions{})
		if err != nil || len(list.Rates) != 2 || list.Rates[0].Route != "Italy, all" || list.Rates[1].PerMinute != 20_000 {
			t.Errorf("%s: %+v, %v", name, list, err)
		}
	}
}

// TestReadSurplusCells: empty cells behind those of the header are taken off where all rows have
// them, and where they cannot come from a price that was cut in two.
func TestReadSurplusCells(t *testing.T) {
	const head = "prefix,route,price,connect\n"
	for _, rows := range []string{"39,Italy,1.50,,\n44,UK,0.07,0.10,\n", "39,Italy,1.50,,,,\n44,UK,2,,,,\n", "39,Italy,1.50,\n44,UK,2,\n"} {
		if got := read(t, head+rows, ReadOptions{}); len(got) != 2 || got[0].PerMinute != 1_500_000 || got[0].Connect != 0 {
			t.Errorf("%q: %+v", rows, got)
		}
	}
	for rows, want := range map[string]struct {
		line   int
		reason string
	}{
		"960,Maldives,1,50,\n":                    {2, "written with a comma and not quoted"},
		"960,Maldives,1.5,0,50,\n":                {2, "row has 6 cells and the header 4"}, // refused with or without the empty one
		"960,Maldives,1.5,,\n961,Lebanon,1,50,\n": {3, "written with a comma and not quoted"},
		"39,Italy,0,05,\n":                        {2, "written with a comma and not quoted"},
		"39,Italy,1.5,\n960,Maldives,1,50,\n":     {3, "row has 5 cells and the header 4"},
		"39,Italy,1.5,,\n960,Maldives,2,\n":       {3, "row has 4 cells, and that in line 2 has 5"},
		"39,Italy,1.5,,\n960,Maldives,2,,,\n":     {3, "row has 6 cells, and that in line 2 has 5"},
		"39,Italy,1.5,,\n960,Maldives\n":          {3, "row has 2 cells and the header 4"},
		"39,Italy,1,05\n":                         {2, "a whole number that begins with 0"},
	} {
		if got := refused(t, head+rows, ReadOptions{}); got.Line != want.line || !strings.Contains(got.Reason, want.reason) {
			t.Errorf("%q: %+v, want %+v", rows, got, want)
		}
	}
	// With semicolons a comma cuts nothing.
	if got := read(t, "prefix;price;connect\n39;1;50;\n", ReadOptions{}); got[0].Connect != 50*money.Unit {
		t.Errorf("%+v", got)
	}
}

func TestReadDeleted(t *testing.T) {
	const text = "prefix;price;effective;end date;status\n" +
		"39347, 39348;;2026-12-01;;deleted\n39;1;;;\n44;x;;;removed\n45;1;2020-01-01;2026-12-31;withdrawn\n39;1;2026-12-24;;deleted\n"
	list := readList(t, text, ReadOptions{Location: zone(t, "Europe/Rome")})
	day := func(year int, month time.Month, day int) time.Time {
		return time.Date(year, month, day, 23, 0, 0, 0, time.UTC)
	}
	want := []Deletion{{"39347", day(2026, 11, 30)}, {"39348", day(2026, 11, 30)}, {Prefix: "44"}, {"45", day(2026, 12, 31)}, {"39", day(2026, 12, 23)}}
	if !slices.Equal(list.Deleted, want) || list.Layout.Skipped != 4 || len(list.Rates) != 1 {
		t.Errorf("%+v, want %+v", list, want)
	}
	if got := refused(t, "prefix;price;effective;status\n39;1;soon;deleted\n", ReadOptions{}); got.Column != "effective" {
		t.Errorf("%+v", got)
	}
}

func TestReadFree(t *testing.T) {
	list := readList(t, "prefix;price;connect;status\n39;0;0;\n44;0;;\n45;0;0,10;\n46;0;;closed\n47;1;;\n", ReadOptions{})
	if list.Layout.Free != 2 || list.Layout.Closed != 1 {
		t.Errorf("%+v", list.Layout)
	}
}

// TestReadConnectFee looks at fees whose columns are named by the call.
func TestReadConnectFee(t *testing.T) {
	for _, header := range []string{"EUR/call", "Charge per call", "price/call"} {
		got := read(t, "prefix,route,EUR/min,"+header+"\n960,Maldives,1.50,0.90\n", ReadOptions{})
		if got[0].PerMinute != 1_500_000 || got[0].Connect != 900_000 {
			t.Errorf("%s: %+v", header, got)
		}
	}
}
