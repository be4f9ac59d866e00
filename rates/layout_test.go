package rates

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// readList reads a text that is good.
func readList(t *testing.T, text string, options ReadOptions) *List {
	t.Helper()
	list, err := Read(strings.NewReader(text), "deck.csv", options)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return list
}

// refused reads a text that is bad, and gives the one reason why.
func refused(t *testing.T, text string, options ReadOptions) RowError {
	t.Helper()
	list, err := Read(strings.NewReader(text), "deck.csv", options)
	var failure *ReadError
	if !errors.As(err, &failure) || len(failure.Rows) != 1 || list != nil {
		t.Fatalf("%q: %+v, %v; want one row refused", text, list, err)
	}
	return failure.Rows[0]
}

func TestLayout(t *testing.T) {
	const text = "Rates of Example Telecom;;;\n" +
		"Valid for account 4711;;;\n" +
		"\n" +
		"Country;Destination;Country Code;Area Codes;Old Rate;New Rate (EUR/min);Charging Interval;Effective Date;Status;Remarks\n" +
		"Italy;Italy mobile;39;\"330, 347\";0,02;0,0350;60/60;01.12.2026;Increase;\n" +
		"Italy;Italy;39;;0,02;0,01;60/60;01.12.2026;No change;\n" +
		"Cuba;Cuba;53;;0,90;;60/60;01.12.2026;Blocked;was open\n" +
		"Tuvalu;Tuvalu;688;;0,90;0,95;60/60;01.12.2026;Deleted;\n" +
		"* all prices in EUR;;;\n" +
		"Total;;;;;;;;;\n"
	list := readList(t, text, ReadOptions{})
	want := Layout{
		Header: 4, Delimiter: "semicolon", Decimal: "comma", Dates: dayFirst, Rows: 4, Skipped: 1, Closed: 1, Notes: 2,
		Columns: []Column{
			{"", "Country"}, {"route", "Destination"}, {"country", "Country Code"}, {"city", "Area Codes"}, {"", "Old Rate"},
			{"price", "New Rate (EUR/min)"}, {"increment", "Charging Interval"}, {"valid_from", "Effective Date"}, {"status", "Status"}, {"", "Remarks"},
		},
		Defaults: []string{"no connect fee"},
	}
	if !reflect.DeepEqual(list.Layout, want) {
		t.Errorf("%+v\nwant %+v", list.Layout, want)
	}
	var got []string
	for _, r := range list.Rates {
		got = append(got, fmt.Sprintf("%s %s %v %t", r.Prefix, r.Route, r.PerMinute, r.Closed))
	}
	if all := strings.Join(got, "; "); all != "39330 Italy mobile 0.035 false; 39347 Italy mobile 0.035 false; 39 Italy 0.01 false; 53 Cuba 0.00 true" {
		t.Error(all)
	}
	if list.Currency != "EUR" {
		t.Errorf("currency %q", list.Currency)
	}
}

func TestLayoutDefaults(t *testing.T) {
	for text, want := range map[string]string{
		"prefix,price\n39,1\n": "routes named by their prefix; no connect fee; increments 30/6; valid since always",
		"prefix,price,route,connect,first,valid from\n39,1,x,0,1,\n": "following increments of 6 s",
		"prefix,price,route,connect,next,valid from\n39,1,x,0,1,\n":  "first increment of 30 s",
	} {
		list := readList(t, text, ReadOptions{First: 30, Next: 6})
		if got := strings.Join(list.Layout.Defaults, "; "); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	list := readList(t, "prefix,price,first\n39,1,1\n", ReadOptions{First: 30, Next: 6})
	if r := list.Rates[0]; r.First != 1 || r.Next != 6 {
		t.Errorf("%d/%d", r.First, r.Next)
	}
}

// TestHeaders goes through headers as carriers write them.
func TestHeaders(t *testing.T) {
	for header, want := range map[string]string{
		"Prefix,Price":                                          "prefix price",
		"Dial Code,Destination,Cost per Minute":                 "prefix route price",
		"DestinationCode,Area code,Rate":                        "- prefix price",
		"Destination Name,Dialing_Codes,Rate (USD/min)":         "route prefix price",
		"Country - Destination|Code|Price, EUR":                 "route prefix price",
		"Country;Area Code;USD/min":                             "route prefix price",
		"country,country code,city codes,price per min":         "route country city price",
		"Country Code,Dial Code,Rate":                           "country prefix price",
		"country code,city code,prefix,rate":                    "country - prefix price",
		"ISO Country Code\tCode\tRate":                          "- prefix price",
		"Code,Old rate,Current rate,New rate,Change":            "prefix - - price status",
		"Code,Current rate":                                     "prefix price",
		"Code,Rate,Connect Fee (EUR),Min duration (sec)":        "prefix price connect minimum",
		"Code,Rate,Set-up fee,Minimum time,Interval":            "prefix price connect minimum increment",
		"Code,Rate,First Interval (s),Next Interval (s)":        "prefix price first next",
		"Code,Rate,Initial,Subsequent,Free seconds,Tiers":       "prefix price first next grace tiers",
		"Code,Rate,Effective Date (MM/DD/YYYY),Expiry Date":     "prefix price valid_from valid_until",
		"Code,Rate,Start date,End date,Change type,Currency":    "prefix price valid_from valid_until status currency",
		"Code,\"Rate\n(USD)\",Remark":                           "prefix price -",
		"Code,Rate,Rate change %,Fee increase %,Price/sec":      "prefix price - - -",
		"Code,Rate (EUR),Old peak rate,Price in cents":          "prefix price - -",
		"prefix,route,EUR/min,EUR/call":                         "prefix route price connect",
		"Code,Rate,Price per call":                              "prefix price connect",
		"Code,Price/Min,Charge per call (EUR)":                  "prefix price connect",
		"Code,Price per call minute,Rate per call":              "prefix price connect",
		"Code,Call price per min,Per call price":                "prefix price connect",
		"Code,Call rate,Connection rate":                        "prefix price connect",
		"Code,Rate,Flagfall":                                    "prefix price connect",
		"prefix,rate_eur,valid-from,valid.until":                "prefix price valid_from valid_until",
		"Network,Code,Description,Country,Price per minute EUR": "- prefix route - price",
	} {
		list := readList(t, header+"\n"+strings.NewReplacer("prefix", "39", "country", "39", "city", "6", "price", "1.00", "first", "60", "next", "60", "increment", "60",
			"valid_from", "2026-01-01", "valid_until", "2026-12-31", "currency", "EUR", "status", "new", "tiers", "0.50", "-", "", "minimum", "1", "grace", "1", "route", "x", "connect", "0",
			" ", string(delimiterOf(header))).Replace(want)+"\n", ReadOptions{})
		var got []string
		for _, c := range list.Layout.Columns {
			got = append(got, strings.ReplaceAll(c.Field, "", ""))
			if c.Field == "" {
				got[len(got)-1] = "-"
			}
		}
		if all := strings.Join(got, " "); all != want {
			t.Errorf("%q: %s, want %s", header, all, want)
		}
	}
}

func delimiterOf(header string) byte {
	for _, d := range []byte("|;\t") {
		if strings.IndexByte(header, d) >= 0 {
			return d
		}
	}
	return ','
}

// TestHeadersLeftOpen are those that a person has to decide about.
func TestHeadersLeftOpen(t *testing.T) {
	for header, reason := range map[string]string{
		"Code,Rate,Cost":                                     "--map price=#2 or --map price=#3",
		"Code,Rate,New rate":                                 "--map price=#2 or --map price=#3",
		"Code,Area code,Rate":                                "--map prefix=#1 or --map prefix=#2",
		"Code,City code,Rate":                                "--map prefix=#1 or --map prefix=#2",
		"City code,Rate":                                     "no column for the country",
		"Country code,Rate":                                  "no column for the prefix",
		"Code,Rate (cents)":                                  "no column for the price",
		"Code,Price per second":                              "no column for the price",
		"Code,Rate (peak)":                                   "no column for the price",
		"Code,Price (EUR/USD)":                               "no column for the price",
		"Code,Old rate":                                      "no column for the price",
		"Code,Price per call":                                "no column for the price",
		"Code,EUR/call":                                      "no column for the price",
		"Code,Price Min,Price Max":                           "no column for the price",
		"Code,price_min":                                     "no column for the price",
		"Code,Rate (min)":                                    "no column for the price",
		"Code,USD Min,USD Max":                               "no column for the price",
		"Code,Rate,Connect,Charge per call":                  "both be the connect",
		"Code,Rate,Surcharge":                                `#3 "Surcharge": leave a column out with --map "#3=-", or say what it is, such as --map connect=#3`,
		"Code,Rate,Minimum charge,Peak rate":                 `what calls cost: #3 "Minimum charge", #4 "Peak rate": leave a column out with --map "#3=-"`,
		"Code,Rate,Minimum (min)":                            `#3 "Minimum (min)"`,
		"Code,Rate,Interval (min)":                           `#3 "Interval (min)"`,
		"Code,Rate,Increment minutes":                        `#3 "Increment minutes"`,
		"Code,Rate,Initial (min),Grace (min)":                `#3 "Initial (min)", #4 "Grace (min)"`,
		"Code,Rate,Rate (off-peak),Fee":                      `#3 "Rate (off-peak)", #4 "Fee"`,
		"Code,Rate,Price Min":                                `#3 "Price Min"`,
		"Code,Rate,Weekend rate":                             `#3 "Weekend rate"`,
		"Code,Rate,Call charge":                              `#3 "Call charge"`,
		"Code,Rate,New connect fee":                          `#3 "New connect fee"`,
		"Code,Price (EUR),Connect fee (USD)":                 "a deck has one currency",
		"Code,Rate,Interval,Next interval":                   "both tell increments",
		"Code,Rate,Date,Effective,Start date":                "both be the valid_from",
		"Code,Rate,Start (DD/MM/YYYY),End date (MM/DD/YYYY)": "another order of day and month",
	} {
		if got := refused(t, header+"\n39,1,1,1,1\n", ReadOptions{}); got.Line != 1 || !strings.Contains(got.Reason, reason) {
			t.Errorf("%q: %+v, want %q", header, got, reason)
		}
	}
}

func TestMap(t *testing.T) {
	const text = "title\nCode,Rate,Cost,Foo,Increment\n44,1.50,2.50,60,6\n"
	for _, c := range []struct {
		options map[string]string
		want    string
	}{
		{map[string]string{"price": "Cost"}, "44 2.50 6/6"},
		{map[string]string{"price": "cost "}, "44 2.50 6/6"},
		{map[string]string{"price": "#2"}, "44 1.50 6/6"},
		{map[string]string{"price": "Cost", "first": "Foo", "next": "Increment"}, "44 2.50 60/6"},
		{map[string]string{"price": "Cost", "increment": "#4"}, "44 2.50 60/60"},
		{map[string]string{"price": "Rate", "increment": "-"}, "44 1.50 60/60"},
		{map[string]string{"country": "Code", "city": "Increment", "price": "Rate"}, "446 1.50 60/60"},
		{map[string]string{"price": "Rate", "prefix": "Foo"}, "60 1.50 6/6"},
		{map[string]string{"rate": "-"}, "44 2.50 6/6"},
		{map[string]string{"#3": "-", "#5": "-"}, "44 1.50 60/60"},
	} {
		r := readList(t, text, ReadOptions{Map: c.options}).Rates[0]
		if got := fmt.Sprintf("%s %v %d/%d", r.Prefix, r.PerMinute, r.First, r.Next); got != c.want {
			t.Errorf("%v: %s, want %s", c.options, got, c.want)
		}
	}
	for _, c := range []struct {
		options map[string]string
		reason  string
	}{
		{map[string]string{"praice": "Cost"}, "there is no field \"praice\": write one of prefix, country"},
		{map[string]string{"price": "Kost"}, "no column has that name"},
		{map[string]string{"Kost": "-"}, "--map Kost=-: no column has that name"},
		{map[string]string{"#6": "-"}, "--map #6=-: the columns are #1 to #5"},
		{map[string]string{"price": "Cost", "#3": "-"}, "--map #3=-: a field has that column"},
		{map[string]string{"Cost": "#3"}, "there is no field"},
		{map[string]string{"price": " "}, "has no column"},
		{map[string]string{"price": "#6"}, "the columns are #1 to #5"},
		{map[string]string{"price": "#0"}, "the columns are #1 to #5"},
		{map[string]string{"price": "#x"}, "the columns are #1 to #5"},
		{map[string]string{"price": "Cost", "connect": "#3"}, "another field has that column"},
		{map[string]string{"price": "-"}, "no column for the price"},
		{map[string]string{"city": "Foo", "price": "Cost"}, "no column for the country"},
	} {
		if got := refused(t, text, ReadOptions{Map: c.options}); !strings.Contains(got.Reason, c.reason) {
			t.Errorf("%v: %s, want %q", c.options, got.Reason, c.reason)
		}
	}
	if got := refused(t, "Code,Rate,rate\n44,1,2\n", ReadOptions{Map: map[string]string{"price": "RATE"}}); !strings.Contains(got.Reason, "write #2") {
		t.Errorf("%+v", got)
	}
	if got := readList(t, "Code,Rate,rate\n44,1,2\n", ReadOptions{Map: map[string]string{"price": "rate"}}).Rates[0].PerMinute; got != 2_000_000 {
		t.Errorf("%v", got)
	}
}

func TestHeadersAreFitToBeShown(t *testing.T) {
	list := readList(t, "pre\u200efix,price,\"re\n\u009b2J\u202emark\"\n39,1,\n", ReadOptions{})
	if c := list.Layout.Columns; c[0].Field != "prefix" || c[2].Header != "re 2Jmark" {
		t.Errorf("%q", c)
	}
}

func TestReadWithoutHeader(t *testing.T) {
	options := ReadOptions{Map: map[string]string{"prefix": "#1", "route": "#2", "price": "#3"}}
	list := readList(t, "39;Italy;0,05;x\n44;UK;0,06;\n", options)
	if l := list.Layout; l.Header != 0 || l.Rows != 2 || list.Rates[0].Route != "Italy" ||
		!reflect.DeepEqual(l.Columns, []Column{{"prefix", "#1"}, {"route", "#2"}, {"price", "#3"}, {"", "#4"}}) {
		t.Errorf("%+v", list)
	}
	// The same columns under a header, and a first row that is bad and no header.
	if list = readList(t, "a;b;c\n39;Italy;0,05\n", options); list.Layout.Header != 1 || len(list.Rates) != 1 {
		t.Errorf("%+v", list)
	}
	if got := refused(t, "39-40;Italy;0,05\n44;UK;0,06\n", options); got.Line != 1 || got.Column != "#1" {
		t.Errorf("%+v", got)
	}
}

func TestNotes(t *testing.T) {
	const head = "prefix,route,price\n39,Italy,0.05\n"
	for note, counted := range map[string]int{
		"Total": 1, "* prices in USD,,": 1, ",AFRICA,": 1, "*** 2026 ***": 1, "Page 3 of 7": 1, "----": 1, ",,,,,,": 0, "Total\nTotal": 2,
		"Valid from 01.12.2026 to 31.12.2026": 1, "Mobile 39347 is new": 1, "VAT 0.19": 1, "* Version 1.2 of 2026": 1, "Rates v1.25": 1,
	} {
		if got := readList(t, head+note+"\n44,UK,0.06\n", ReadOptions{}); len(got.Rates) != 2 || got.Layout.Notes != counted || got.Layout.Rows != 2 {
			t.Errorf("%q: %+v", note, got)
		}
	}
	for row, reason := range map[string]string{
		"44": "row has 1 cells", "44,,": "price is missing", "39a": "row has 1 cells", ",,0.05": "prefix is missing", ",,Total": "prefix is missing",
		"foo 39347 0.50": "begin it with *", "foo;39347;0.50": "begin it with *", ",foo +39347 €0.50,": "begin it with *", "foo|39347|0.50EUR": "begin it with *",
		"Total,7,": "prefix", "Total,,7": "prefix", "+44": "row has 1 cells", "2026 prices": "row has 1 cells",
	} {
		_, err := Read(strings.NewReader(head+row+"\n"), "deck.csv", ReadOptions{})
		if err == nil || !strings.HasPrefix(err.Error(), "deck.csv:3: ") || !strings.Contains(err.Error(), reason) {
			t.Errorf("%q: %v, want %q", row, err, reason)
		}
	}
}

func TestHeaderIsLookedForInFiftyLines(t *testing.T) {
	const table = "prefix,price\n39,1\n"
	if list := readList(t, strings.Repeat("Example Telecom, price list\n", 49)+table, ReadOptions{}); list.Layout.Header != 50 {
		t.Errorf("line %d", list.Layout.Header)
	}
	if got := refused(t, strings.Repeat("Example Telecom, price list\n", 50)+table, ReadOptions{}); !strings.Contains(got.Reason, "no column for the prefix") {
		t.Errorf("%+v", got)
	}
	// An odd quote above it does no harm, and lines are counted through all of it.
	list := readList(t, "sep=;\n\"Example\n\n\"Telecom\"\nprefix;\"price\nin EUR\"\n39;1\n", ReadOptions{})
	if list.Layout.Header != 5 || list.Currency != "EUR" {
		t.Errorf("%+v", list.Layout)
	}
	if got := refused(t, "\n\nprefix;\"price\nin EUR\"\n39;1\n\"44\n\";bad\n\n", ReadOptions{}); got.Line != 6 {
		t.Errorf("%+v", got)
	}
}

// TestMapLeavesColumnsOut answers the question what a column is, and reads the currency of a price
// that was given.
func TestMapLeavesColumnsOut(t *testing.T) {
	const text = "Code;Rate;Surcharge;Peak rate (USD)\n39;1;2;3\n"
	for _, c := range []map[string]string{
		{"#3": "-", "#4": "-"}, {"Surcharge": "-", "peak rate (usd)": "-"}, {"connect": "Surcharge", "#4": "-"},
	} {
		list := readList(t, text, ReadOptions{Map: c})
		if list.Rates[0].PerMinute != 1_000_000 || (list.Rates[0].Connect == 2_000_000) != (c["connect"] != "") || list.Currency != "" {
			t.Errorf("%v: %+v", c, list)
		}
	}
	if got := refused(t, text, ReadOptions{Map: map[string]string{"#3": "-"}}); !strings.Contains(got.Reason, `cost: #4 "Peak rate (USD)"`) {
		t.Errorf("%+v", got)
	}
	given := ReadOptions{Map: map[string]string{"price": "#4", "#3": "-"}}
	if list := readList(t, text, given); list.Currency != "USD" || list.Rates[0].PerMinute != 3_000_000 {
		t.Errorf("%+v", list)
	}
	if got := refused(t, "Code;Preis (£)\n39;1\n", ReadOptions{Map: map[string]string{"price": "#2"}}); !strings.Contains(got.Reason, "which currency is £?") {
		t.Errorf("%+v", got)
	}
}

// TestWrittenPrefixesStay: what Write wrote is read again, whatever its prefixes are.
func TestWrittenPrefixesStay(t *testing.T) {
	deck, err := NewDeck("d", "EUR", []Rate{{Prefix: "440207", Route: "x", First: 60, Next: 60}})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := Write(&text, deck); err != nil {
		t.Fatal(err)
	}
	if got := read(t, text.String(), ReadOptions{}); len(got) != 1 || got[0].Prefix != "440207" {
		t.Errorf("%+v", got)
	}
}
