package rates

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/fraudguard/fraudguard/money"
)

func TestFigures(t *testing.T) {
	for cell, want := range map[string]string{
		"0": "0.00 none", "5": "5.00 none", "0.5": "0.50 point", "0,5": "0.50 comma", ".5": "0.50 point", ",05": "0.05 comma",
		"0.123": "0.123 point", "0,123": "0.123 comma", "00.123": "0.123 point", ".123": "0.123 point",
		"1.234": "1.234 open point", "12,345": "12.345 open comma", "123.456": "123.456 open point",
		"1234.567": "1234.567 point", "1.2345": "1.2345 point", "1,23": "1.23 comma",
		"1.234,56": "1234.56 comma", "1,234.56": "1234.56 point", "1,234.567": "1234.567 point",
		"1,234,567": "1234567.00 point", "1.234.567": "1234567.00 comma", "1.234.567,8": "1234567.80 comma",
		"0.1234560000": "0.123456 point",
	} {
		read, reason := readFigure(cell)
		kind := map[sign]string{noSign: "none", pointSign: "point", commaSign: "comma", openPoint: "open point", openComma: "open comma"}[read.sign]
		if got := fmt.Sprintf("%v %s", read.amount, kind); reason != "" || got != want {
			t.Errorf("%s: %s %s, want %s", cell, got, reason, want)
		}
	}
	for _, cell := range []string{
		"", ".", ",", "-", "5.", "5,", "1.2.3", "1,2,3", "1,234.5,6", "1.234,5.6", "1,23.4", "12,34,567.8", "1234,567.8", ",123.4", "1,,234",
		"05", "00", "000", "01234", "1e3", "0x1", "+1", " 1", "1 234", "1'234.5", "-1", "-0.05", "(0.05)", "0.0000001", "٣", "9223372036854", "999999999999999999999",
	} {
		if read, reason := readFigure(cell); reason == "" {
			t.Errorf("%q is %v", cell, read)
		}
	}
}

// TestDecimalSign reads files whose prices tell each other's sign, or do not.
func TestDecimalSign(t *testing.T) {
	file := func(prices ...string) string {
		var b strings.Builder
		b.WriteString("prefix;price\n")
		for i, price := range prices {
			fmt.Fprintf(&b, "%d;%s\n", 390+i, price)
		}
		return b.String()
	}
	for _, c := range []struct {
		prices []string
		option string
		want   string
		sign   string
	}{
		{[]string{"1,234", "0,05"}, "", "1.234 0.05", "comma"},
		{[]string{"0,05", "1,234"}, "", "0.05 1.234", "comma"},
		{[]string{"1,234", "0.05"}, "", "1234.00 0.05", "point"},
		{[]string{"0.05", "1,234"}, "", "0.05 1234.00", "point"},
		{[]string{"1.234", "0,05"}, "", "1234.00 0.05", "comma"},
		{[]string{"1.234", "1,234", "0.05"}, "", "1.234 1234.00 0.05", "point"},
		{[]string{"1,234.00", "2.345"}, "", "1234.00 2.345", "point"},
		{[]string{"5", "7"}, "", "5.00 7.00", ""},
		{[]string{"1,234"}, "comma", "1.234", "comma"},
		{[]string{"1,234"}, "point", "1234.00", "point"},
	} {
		list := readList(t, file(c.prices...), ReadOptions{Decimal: c.option, MaxPrice: 10_000 * money.Unit})
		var got []string
		for _, r := range list.Rates {
			got = append(got, r.PerMinute.String())
		}
		if all := strings.Join(got, " "); all != c.want || list.Layout.Decimal != c.sign {
			t.Errorf("%v: %s %q, want %s %q", c.prices, all, list.Layout.Decimal, c.want, c.sign)
		}
	}
	for _, c := range []struct {
		prices []string
		option string
		line   int
		reason string
	}{
		{[]string{"5", "1,234", "2,345"}, "", 3, `is "1,234" 1.234 or 1234.00?`},
		{[]string{"0.05", "5", "0,05", "0,06"}, "", 4, `"0,05" has a decimal comma, and the price in line 2 a decimal point`},
		{[]string{"0,05"}, "point", 2, "--decimal says point"},
		{[]string{"0.05"}, "comma", 2, "--decimal says comma"},
		{[]string{"0.05", "9,234"}, "", 3, "9234.00 is above 1000.00"},
		{[]string{"9,234", "0.05"}, "", 2, "9234.00 is above 1000.00"},
		{[]string{"0,05"}, "points", 0, "write point or comma"},
	} {
		if got := refused(t, file(c.prices...), ReadOptions{Decimal: c.option}); got.Line != c.line || !strings.Contains(got.Reason, c.reason) {
			t.Errorf("%v: %+v, want line %d, %q", c.prices, got, c.line, c.reason)
		}
	}
}

// TestOpenPricesOfSeveralPrefixes looks at a row whose prefixes share a price and a fee that are
// open for long.
func TestOpenPricesOfSeveralPrefixes(t *testing.T) {
	got := read(t, "prefix;price;connect\n44, 4477;1.234;2.345\n39;0,5;\n", ReadOptions{MaxPrice: 10_000 * money.Unit})
	if len(got) != 3 || got[0].PerMinute != 1234*money.Unit || got[1].PerMinute != 1234*money.Unit || got[1].Connect != 2345*money.Unit || got[2].PerMinute != 500_000 {
		t.Errorf("%+v", got)
	}
}

// TestFigureOfAnyAmount writes amounts in all ways that are clear by themselves.
func TestFigureOfAnyAmount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := money.Amount(rapid.Int64Range(0, int64(1_000_000*money.Unit)).Draw(t, "amount"))
		whole, fraction, _ := strings.Cut(amount.String(), ".")
		groups := whole
		for i := len(whole) - 3; i > 0; i -= 3 {
			groups = groups[:i] + "_" + groups[i:]
		}
		for len(fraction) == 3 {
			fraction += "0"
		}
		for text, want := range map[string]sign{
			whole + "." + fraction:                                pointSign,
			whole + "," + fraction:                                commaSign,
			strings.ReplaceAll(groups, "_", ",") + "." + fraction: pointSign,
			strings.ReplaceAll(groups, "_", ".") + "," + fraction: commaSign,
		} {
			if read, reason := readFigure(text); reason != "" || read != (figure{amount, want}) {
				t.Fatalf("%s: %+v %s", text, read, reason)
			}
		}
	})
}

func TestCurrency(t *testing.T) {
	for _, c := range []struct{ text, option, want string }{
		{"prefix,price\n39,1\n", "", ""},
		{"prefix,price\n39,1\n", "USD", ""},
		{"prefix,price,currency\n39,1,USD\n40,1,usd\n41,1,\n", "", "USD"},
		{"prefix,price,currency\n39,1,USD\n", "USD", "USD"},
		{"prefix,Rate (USD)\n39,1\n", "", "USD"},
		{"prefix,Rate (USD),currency\n39,1 USD,USD\n", "", "USD"},
		{"prefix,price\n39,USD 0.05\n40,0.05USD\n", "", "USD"},
		{"prefix,price\n39,€0.05\n40,0.05 €\n", "", "EUR"},
		{"prefix,price,currency\n39,$0.05,AUD\n", "", "AUD"},
		{"prefix,Price CAD\n39,$ 0.05\n", "", "CAD"},
		{"prefix,price\n39,$0.05\n", "USD", ""},
		{"prefix,price\n39,£0.05\n", "GBP", ""},
		{"prefix,price (£)\n39,0.05\n", "GBP", ""},
		{"prefix,price (£),currency\n39,0.05,GBP\n", "", "GBP"},
		{"prefix,price (£),connect\n39,0.05,1 GBP\n", "", "GBP"},
		{"prefix,price (£ GBP)\n39,0.05\n", "", "GBP"},
		{"prefix,$/min\n39,0.05\n", "AUD", ""},
		{"prefix,Old rate (£),price\n39,1,0.05\n", "", ""},
	} {
		if got := readList(t, c.text, ReadOptions{Currency: c.option}); got.Currency != c.want {
			t.Errorf("%q: %q, want %q", c.text, got.Currency, c.want)
		}
	}
	for _, c := range []struct {
		text, option string
		line         int
		reason       string
	}{
		{"prefix,price,currency\n39,1,USD\n40,1,EUR\n41,1,EUR\n", "", 3, "in EUR here and in USD in line 2"},
		{"prefix,price,currency\n39,1,USD\n", "EUR", 2, "in USD, and --currency says EUR"},
		{"prefix,Rate (USD)\n39,1\n", "EUR", 1, "in USD, and --currency says EUR"},
		{"prefix,Rate (USD)\n39,1 EUR\n", "", 2, "in EUR here and in USD in line 1"},
		{"prefix,price\n39,1 EUR\n40,1 USD\n", "", 3, "in USD here and in EUR in line 2"},
		{"prefix,price\n39,$0.05\n", "", 2, "which currency is $?"},
		{"prefix,price\n39,$0.05\n", "EUR", 2, "not in EUR"},
		{"prefix,price\n39,€0.05\n", "USD", 2, "not in USD"},
		{"prefix,price (£)\n39,0.05\n", "", 1, "which currency is £? Tell it with --currency"},
		{"title\nprefix,price (£)\n39,0.05\n", "USD", 2, "£ is not USD"},
		{"prefix,Rate ($/min)\n39,0.05\n", "EUR", 1, "$ is not EUR"},
		{"prefix,price,connect fee (¥)\n39,0.05,1\n", "", 1, "which currency is ¥?"},
		{"prefix,price (EUR),connect fee (£)\n39,0.05,1\n", "", 1, "£ is not EUR"},
		{"prefix,price (£),currency\n39,0.05,USD\n", "", 1, "£ is not USD"},
		{"prefix,price (£/$)\n39,0.05\n", "", 1, "no column for the price"},
		{"prefix,price\n39,¥5\n", "", 2, "which currency is ¥?"},
		{"prefix,price,currency\n39,1,Euro\n", "", 2, "write the three letters"},
		{"prefix,price\n39,0.05 XYZ\n", "", 2, "not a decimal"},
		{"prefix,price\n39,0.05 ct\n", "", 2, "not a decimal"},
		{"prefix,price\n39,5¢\n", "", 2, "not a decimal"},
		{"prefix,price\n39,$0.05 USD\n", "USD", 2, "not a decimal"},
		{"prefix,price\n39,$-0.05\n", "USD", 2, "negative"},
		{"prefix,price\n39,1\n", "euro", 0, "three capital letters"},
	} {
		if got := refused(t, c.text, ReadOptions{Currency: c.option}); got.Line != c.line || !strings.Contains(got.Reason, c.reason) {
			t.Errorf("%q: %+v, want line %d, %q", c.text, got, c.line, c.reason)
		}
	}
}

func TestStatus(t *testing.T) {
	const head = "prefix;price;status;increment\n"
	for row, want := range map[string]string{
		"39;1;New;60": "1.00", "39;1;INCREASE;60": "1.00", "39;1;No change;60": "1.00", "39;1;rate-decrease;60": "1.00", "39;1;;60": "1.00",
		"39;1;Blocked;60": "closed 1.00", "39;;closed;60": "closed 0.00", "39;n/a;Not available;60": "closed 0.00", "39;-;suspended;": "closed 0.00",
		"39;CLOSED;;60": "closed 0.00", "39;blocked;no change;60": "closed 0.00",
		"39;1;Deleted;60": "none", "39;;withdrawn;": "none", "39;y;removed;z": "none",
	} {
		list := readList(t, head+row+"\n44;1;;60\n", ReadOptions{})
		got := "none"
		if len(list.Rates) == 2 {
			got = list.Rates[0].PerMinute.String()
			if list.Rates[0].Closed {
				got = "closed " + got
			}
		}
		closed, skipped := strings.HasPrefix(want, "closed"), want == "none"
		if got != want || (list.Layout.Closed == 1) != closed || (list.Layout.Skipped == 1) != skipped || list.Layout.Rows != 2 {
			t.Errorf("%s: %s, want %s: %+v", row, got, want, list.Layout)
		}
	}
	for row, reason := range map[string]string{
		"39;1;pending;60": "is not known: write new, increase", "39;1;n/a;60": "is not known", "39;1;+;60": "is not known", "39;1;D;60": "is not known",
		"39;n/a;new;60": "is no price", "39;;new;60": "price is missing", "39;bad;closed;60": "not a decimal",
		"x;1;deleted;60": "something else than digits", ";1;deleted;60": "prefix is missing",
	} {
		if got := refused(t, head+row+"\n", ReadOptions{}); got.Line != 2 || !strings.Contains(got.Reason, reason) {
			t.Errorf("%s: %+v, want %q", row, got, reason)
		}
	}
}

func TestSeconds(t *testing.T) {
	for cell, want := range map[string]string{
		"60/60": "60/60", "30-6": "30/6", "1+1": "1/1", "60": "60/60", "60 s": "60/60", "60sec": "60/60", "60 / 30": "60/30", "6s/1s": "6/1", "060/006": "60/6",
	} {
		r := read(t, "prefix;price;increment\n39;1;"+cell+"\n", ReadOptions{})[0]
		if got := fmt.Sprintf("%d/%d", r.First, r.Next); got != want {
			t.Errorf("%s: %s, want %s", cell, got, want)
		}
	}
	for _, cell := range []string{"1 min", "1m", "60/60/60", "60:60", "minute", "0", "60/", "/60", "-60", "+60", "60.0", "1,5", "86401", "s", "60ss", ""} {
		if got := refused(t, "prefix;price;increment\n39;1;"+cell+"\n", ReadOptions{}); got.Column != "increment" {
			t.Errorf("%s: %+v", cell, got)
		}
	}
	r := read(t, "prefix;price;first;next;minimum;grace;tiers\n39;1;1;6;30 sec;5;sat,sun 0.50\n44;1;1;6;;0;\n", ReadOptions{})
	if r[0].Minimum != 30 || r[0].Grace != 5 || r[0].First != 1 || r[0].Next != 6 || r[0].Tiers.String() != "sun,sat 0.50" || r[1].Minimum != 0 || r[1].Tiers != nil {
		t.Errorf("%+v", r)
	}
	for row, column := range map[string]string{"39;1;0;1;;;": "first", "39;1;1;;;;": "next", "39;1;1;1;x;;": "minimum", "39;1;1;1;;-1;": "grace", "39;1;1;1;;;soon 1": "tiers", "39;1;1;1;;;after 9 2000": "tiers"} {
		if got := refused(t, "prefix;price;first;next;minimum;grace;tiers\n"+row+"\n", ReadOptions{}); got.Column != column {
			t.Errorf("%s: %+v", row, got)
		}
	}
}
