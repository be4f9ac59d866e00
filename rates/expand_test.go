package rates

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPrefixes(t *testing.T) {
	for cell, want := range map[string]string{
		"39": "39", "+39": "39", "'39": "39", "+39 347": "39347", "39 347": "39347", "+1 809": "1809", "1 809": "1809",
		"4420, 4421": "4420 4421", "4420,4421": "4420 4421", "4420;4421": "4420 4421", "4420/4421": "4420 4421", "4420\n4421\r\n4422": "4420 4421 4422",
		"4420 4421": "4420 4421", "4420 44207 442": "4420 44207 442", "+4420 +4421": "4420 4421", "+44 20, +44 21": "4420 4421",
		"44, 4420": "44 4420", "3906, 390": "3906 390", "37744, 38343": "37744 38343", "4420,": "4420", ", 4420,,4421": "4420 4421",
		"4477-4479": "4477 4478 4479", "4477 - 4479": "4477 4478 4479", "4477–4479": "4477 4478 4479", "442-444": "442 443 444", "1242-1246": "1242 1243 1244 1245 1246", "2250-2252": "2250 2251 2252", "1000": "1000", "+7 0": "70",
		"4477-4478, 4481": "4477 4478 4481", "4477-4478 4481": "4477 4478 4481", "447709-447710": "447709 447710", "44\u00a020": "4420",
		"123456789012345": "123456789012345",
	} {
		r := read(t, "prefix\tprice\n\""+cell+"\"\t1\n", ReadOptions{})
		var got []string
		for i := range r {
			got = append(got, r[i].Prefix)
		}
		if all := strings.Join(got, " "); all != want {
			t.Errorf("%q: %s, want %s", cell, all, want)
		}
	}
	for cell, reason := range map[string]string{
		"447700-9": "equally long", "4477-448": "equally long", "4479-4477": "ends before", "441000-442000": "more than 1000 prefixes, or one with a dash",
		"1212-5551": "over several countries, or one prefix with a dash", "4420-7946": "over several countries", "4420-4420, 4499-4500": "over several countries",
		"49, 151, 160": "is 151 a whole prefix, or does it follow 49", "49/151/160": "is 151 a whole", "+49, 1511": "is 1511 a whole", "44, 20, 33": "is 20 a whole",
		"870; 881; 882": "is 881 a whole", "49, 151-160": "is 151-160 a whole",
		"+7 940 954": "is it one prefix or several", "7 495 499": "is it one prefix or several", "44 20 7946": "is it one prefix or several", "+44 20, +7 940 954": "one prefix or several",
		"440207": "is the 0 behind +44 the one that is only dialled at home", "+440207": "is the 0 behind +44", "4420, 4402": "is the 0 behind +44", "44 020": "is the 0 behind +44",
		"440-442": "is the 0 behind +44", "3530": "is the 0 behind +353",
		"39-41": "is it the country codes from 39 to 41", "1-7": "is it the country codes", "351-353": "is it the country codes", "1-809": "equally long",
		"39 392": "is it one prefix or several", "4420 7946": "is it one prefix or several", "44 4420": "is it one prefix or several", "1 1809": "one prefix or several",
		"447700, 7701": "is 7701 a whole prefix", "4420/1/2": "is 1 a whole prefix",
		"447,700": "commas between thousands", "1,242": "commas between thousands", "870,881,882": "commas between thousands",
		"4.42E+10": "changed by a spreadsheet", "0044": "begins with 0", "4420, 0044": "begins with 0", "44x": "something else", "44.20": "something else", "44*": "something else",
		"44(0)20": "something else", "44-": "something else", "-44": "something else", "44+20": "write + before it", "+": "write + before it", "+44 +": "no prefix",
		"1234567890123456": "16 digits", "123456789012345 6": "one prefix or several", "４４": "something else", ",": "missing",
	} {
		if got := refused(t, "prefix\tprice\n\""+cell+"\"\t1\n", ReadOptions{}); got.Line != 2 || !strings.Contains(got.Reason, reason) {
			t.Errorf("%q: %+v, want %q", cell, got, reason)
		}
	}
}

func TestCountryAndCities(t *testing.T) {
	for cells, want := range map[string]string{
		"44\t20, 1223, 161-163, 7700-7701": "4420 441223 44161 44162 44163 447700 447701",
		"+44\t20 1223":                     "4420 441223",
		"44\t":                             "44",
		"39\t06":                           "3906",
		"378\t0549":                        "3780549",
		"225\t01-03":                       "22501 22502 22503",
		"1242\t":                           "1242",
		"1\t242,246":                       "1242 1246",
		"44\t20/21":                        "4420 4421",
	} {
		r := read(t, "country code\tcity codes\tprice\n"+cells+"\t1\n", ReadOptions{})
		var got []string
		for i := range r {
			got = append(got, r[i].Prefix)
		}
		if all := strings.Join(got, " "); all != want {
			t.Errorf("%q: %s, want %s", cells, all, want)
		}
	}
	for cells, reason := range map[string]string{
		"\t20": "country code is missing", "GB\t20": "no country calling code", "0044\t20": "no country calling code", "447\t20": "no country calling code",
		"44\t161/2": "is 2 a whole code", "44\tN.A.": "something else", "44\t20-9": "equally long", "44\t-": "something else",
		"44\t12345678901234": "16 digits", "44\t1000-2000": "more than 1000 prefixes",
		"49\t0151, 0160": "is the 0 behind +49 the one that is only dialled at home", "44\t07": `"07": is the 0 behind +44`, "49\t151, 0160-0163": "is the 0 behind +49",
		"380\t044": "is the 0 behind +380",
	} {
		if got := refused(t, "country code\tcity codes\tprice\n"+cells+"\t1\n", ReadOptions{}); !strings.Contains(got.Reason, reason) {
			t.Errorf("%q: %+v, want %q", cells, got, reason)
		}
	}
	// Whole prefixes beside the country's code have to begin with it; letters are no such code.
	if got := read(t, "country code,prefix,price\n44,4420,1\nIT,39,1\n,33,1\n", ReadOptions{}); len(got) != 3 {
		t.Errorf("%+v", got)
	}
	if got := refused(t, "country code,dial code,price\n44,20,1\n", ReadOptions{}); !strings.Contains(got.Reason, `--map prefix=- --map city="dial code"`) {
		t.Errorf("%+v", got)
	}
	options := ReadOptions{Map: map[string]string{"prefix": "-", "city": "dial code"}}
	if got := read(t, "country code,dial code,price\n44,20,1\n", options); got[0].Prefix != "4420" {
		t.Errorf("%+v", got)
	}
}

// TestRangesAreExact compares what a deck says of any number with the ranges of its file.
func TestRangesAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.IntRange(3, 6).Draw(t, "length")
		low := 1
		for range length - 1 {
			low *= 10
		}
		from := 44*low + rapid.IntRange(low/10, low-1).Draw(t, "from")
		to := min(from+rapid.IntRange(0, 300).Draw(t, "size"), 45*low-1)
		var p prefixes
		if err := p.read(fmt.Sprintf("%d-%d", from, to)); err != nil {
			t.Fatal(err)
		}
		if len(p.list) != to-from+1 {
			t.Fatalf("%d prefixes from %d to %d", len(p.list), from, to)
		}
		for i, packed := range p.list {
			if packed.String() != fmt.Sprint(from+i) {
				t.Fatalf("%s in the place of %d", packed, from+i)
			}
		}
	})
}

// TestPackedOrder holds packed prefixes to the order of the texts.
func TestPackedOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.StringMatching(`[0-9]{1,15}`), 1, 60).Draw(t, "prefixes")
		places := make([]place, len(all))
		for i, prefix := range all {
			places[i] = place{pack("", prefix), uint32(i)}
			if got := places[i].prefix.String(); got != prefix {
				t.Fatalf("%s is %s", prefix, got)
			}
		}
		want := make([]uint32, len(all))
		for i := range want {
			want[i] = uint32(i)
		}
		slices.SortStableFunc(want, func(x, y uint32) int { return strings.Compare(all[x], all[y]) })
		for i, p := range sorted(places) {
			if p.index != want[i] {
				t.Fatalf("%v: place %d is %d, want %d", all, i, p.index, want[i])
			}
		}
	})
}

func TestCallingCodes(t *testing.T) {
	for digits, want := range map[string]string{
		"1": "1", "12425551234": "1", "7727": "7", "3906": "39", "44": "44", "35318": "353", "8821612": "882", "9715": "971", "2": "2", "21": "21", "212": "212", "5999": "599",
	} {
		if got := callingCode(digits); got != want {
			t.Errorf("%s: %s, want %s", digits, got, want)
		}
	}
}
