package rates

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/money"
)

func FuzzRead(f *testing.F) {
	for _, text := range []string{
		"prefix,route,price,connect fee,increment,valid from\n39347,\"Italy, mobile\",0.0125,0.05,30/6,2026-01-31\n",
		"code;name;rate\n+39 347;\"a \"\"b\"\"\";0,05\n", "\ufeffCODE\tRATE\r\n39\t.5\r\n", "prefix,price\n\"", "prefix,price\n39,1\n39,2\n", "a,b\n\xff,\x00",
		"title\n\ncountry code|city codes|rate (EUR)|min duration|free seconds|tiers|status\n44|20, 161-163|1.234|30|5|\"sat,sun 0.04 | after 60 1\"|new\n44|77|0.05|||closed\nTotal\n",
		"dial code;new rate;old rate;start date;end date;currency\n4477-4479/4481;€0,05;1;31.12.2026;9999-12-31;EUR\n53;CLOSED;;;;\n54;;;;;\n",
		"prefix;price (£);EUR/call;status;effective;end date\n39;1;;deleted;01/02/2026;31.12.2027\n44;0;0;;;;;\nnote 39 0.5\n", "country code;city code;price\n49;\"0151, 160-163\";05\n225;01;1\n",
		"39;Italy;0,05\n44;UK;1.234\n", "\xff\xfep\x00,\x00r\x00a\x00t\x00e\x00\n\x00", "prefix,price\n\"44\n45\",$0.05\n7 727,1\n1242 1246,.5\n",
	} {
		f.Add(text, byte(0))
	}
	rome := zone(f, "Europe/Rome")
	f.Fuzz(func(t *testing.T, text string, how byte) {
		options := ReadOptions{Location: rome}
		if how&1 != 0 {
			options.Decimal = "comma"
		}
		if how&2 != 0 {
			options.Dates = dayFirst
		}
		if how&4 != 0 {
			options.Map = map[string]string{"prefix": "#1", "price": "#2"}
		}
		if how&8 != 0 {
			options.Currency = "USD"
		}
		if how&16 != 0 {
			options.First, options.Next = 30, 6
		}
		list, err := Read(strings.NewReader(text), "f", options)
		if err != nil {
			var failure *ReadError
			isRead := errors.As(err, &failure)
			if list != nil || isRead && (len(failure.Rows) == 0 || len(failure.Rows) > maxRowErrors) || !isRead && !errors.Is(err, errHalf) {
				t.Fatalf("%v with %+v", err, list)
			}
			return
		}
		if len(list.Rates) == 0 && list.Layout.Skipped == 0 {
			t.Fatal("nothing was read, and nothing refused")
		}
		for _, d := range list.Deleted {
			if err := checkPrefix(d.Prefix); err != nil {
				t.Fatal(err)
			}
		}
		if len(list.Rates) > 0 {
			checkRead(t, list, rome)
		}
	})
}

// checkRead makes a deck of what was read, writes it and reads it again.
func checkRead(t *testing.T, list *List, in *time.Location) {
	for i := range list.Rates {
		if err := list.Rates[i].Check(); err != nil {
			t.Fatal(err)
		}
	}
	d, err := NewDeck("f", "EUR", list.Rates)
	if err != nil {
		t.Fatal(err)
	}
	if d.Len() != len(list.Rates) {
		t.Fatalf("%d rates were read, and the deck has %d", len(list.Rates), d.Len())
	}
	for _, r := range list.Rates {
		if got, ok := d.Lookup(r.Prefix, r.ValidFrom); !ok || !sameRate(got, r) {
			t.Fatalf("%v, want %v", got, r)
		}
	}
	var text bytes.Buffer
	if err := Write(&text, d); err != nil {
		t.Fatal(err)
	}
	again, err := Read(&text, "again", ReadOptions{Location: in, MaxPrice: money.Max})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.EqualFunc(again.Rates, slices.Collect(d.All()), sameRate) || again.Currency != "EUR" {
		t.Fatalf("%+v\nwant %+v", again.Rates, slices.Collect(d.All()))
	}
}
