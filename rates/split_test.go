package rates

import (
	"bytes"
	"encoding/csv"
	"io"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func splitAll(t testing.TB, text string, delimiter byte) (all [][]string, reasons []string) {
	t.Helper()
	in, reason := newLines(strings.NewReader(text))
	if reason != "" {
		t.Fatal(reason)
	}
	rows := rows{in: in, delimiter: delimiter}
	for {
		cells, _, reason, err := rows.next()
		if err == io.EOF {
			return all, reasons
		}
		if err != nil {
			t.Fatal(err)
		}
		if reason != "" {
			reasons = append(reasons, reason)
			continue
		}
		all = append(all, slices.Clone(cells))
	}
}

// TestSplitAsEncodingCSV writes cells with the standard library and divides them here.
func TestSplitAsEncodingCSV(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		delimiter := rapid.SampledFrom([]byte{',', ';', '\t', '|'}).Draw(rt, "delimiter")
		cell := rapid.StringOf(rapid.SampledFrom([]rune("ab1 ,;|\t\"\né€")))
		want := rapid.SliceOfN(rapid.SliceOfN(cell, 2, 6), 1, 20).Draw(rt, "rows")
		var text bytes.Buffer
		w := csv.NewWriter(&text)
		w.Comma = rune(delimiter)
		w.UseCRLF = rapid.Bool().Draw(rt, "CRLF")
		if err := w.WriteAll(want); err != nil {
			rt.Fatal(err)
		}
		got, reasons := splitAll(t, text.String(), delimiter)
		if len(reasons) > 0 || !slices.EqualFunc(got, want, func(x, y []string) bool { return slices.Equal(x, y) }) {
			rt.Fatalf("%q: %q, want %q; %v", text.String(), got, want, reasons)
		}
	})
}

func TestSplit(t *testing.T) {
	for text, want := range map[string][][]string{
		"a,b":                     {{"a", "b"}},
		"a,b\r\nc,d\r\n":          {{"a", "b"}, {"c", "d"}},
		` "a" , "b,c" ,d`:         {{"a", "b,c", "d"}},
		`5" pipe,"6"" pipe"`:      {{`5" pipe`, `6" pipe`}},
		"\"a\r\nb\",c\nd":         {{"a\nb", "c"}, {"d"}},
		`"",""`:                   {{"", ""}},
		`""""`:                    {{`"`}},
		"a,":                      {{"a", ""}},
		"":                        nil,
		"\n":                      {{""}},
		"a,\"" + "\n\n\n" + `",b`: {{"a", "\n\n\n", "b"}},
	} {
		if got, reasons := splitAll(t, text, ','); len(reasons) > 0 || !slices.EqualFunc(got, want, func(x, y []string) bool { return slices.Equal(x, y) }) {
			t.Errorf("%q: %q, want %q; %v", text, got, want, reasons)
		}
	}
	for text, reason := range map[string]string{
		`"a"b,c`: "does not end where the next begins", `"a,b`: "before the file does", `x"y,"a`: "does not end", strings.Repeat(",", maxCells): "more than 200 cells",
	} {
		if got, reasons := splitAll(t, text, ','); len(reasons) != 1 || !strings.Contains(reasons[0], reason) {
			t.Errorf("%q: %q %q, want %q", text, got, reasons, reason)
		}
	}
	// A row that cannot be divided is one bad row; those after it are read.
	got, reasons := splitAll(t, "a,b\n\"x\"y,z\nc,d\n", ',')
	if len(got) != 2 || len(reasons) != 1 {
		t.Errorf("%q %q", got, reasons)
	}
}

func TestEncodings(t *testing.T) {
	const want = "prefix,route,price\n262,Réunion “€” 😀,0.01\n"
	wideOf := func(bigEndian bool) string {
		var b []byte
		for _, r := range "\ufeff" + want {
			units := []rune{r}
			if r > 0xffff {
				units = []rune{0xd800 + (r-0x10000)>>10, 0xdc00 + (r-0x10000)&0x3ff}
			}
			for _, u := range units {
				if bigEndian {
					b = append(b, byte(u>>8), byte(u))
				} else {
					b = append(b, byte(u), byte(u>>8))
				}
			}
		}
		return string(b)
	}
	for name, c := range map[string]struct{ text, route string }{
		"UTF-8":                  {want, "Réunion “€” 😀"},
		"UTF-8 with mark":        {"\ufeff" + want, "Réunion “€” 😀"},
		"UTF-16 LE":              {wideOf(false), "Réunion “€” 😀"},
		"UTF-16 BE":              {wideOf(true), "Réunion “€” 😀"},
		"Windows-1252":           {"prefix,route,price\n262,R\xe9union \x93\x80\x94,0.01\n", "Réunion “€”"},
		"both in different rows": {"prefix,route,price\n262,R\xe9union,0.01\n263,Réunion,0.01\n", "Réunion"},
		"marks without a shape":  {"prefix,route,price\n262,\u200eR\u00ad\u00e9union\u200b\u00a0 x,0.01\n", "Réunion x"},
	} {
		for _, r := range read(t, c.text, ReadOptions{}) {
			if r.Route != c.route {
				t.Errorf("%s: %q, want %q", name, r.Route, c.route)
			}
		}
	}
	withoutHeader := ReadOptions{Map: map[string]string{"prefix": "#1", "price": "#2"}}
	for _, text := range []string{"\ufeff39,1\n", "\xff\xfe3\x009\x00,\x001\x00\n\x00", "\xfe\xff\x003\x009\x00,\x001\x00\n"} {
		if r := read(t, text, withoutHeader); r[0].Prefix != "39" {
			t.Errorf("%q: %+v", text, r)
		}
	}
	for text, reason := range map[string]string{
		"prefix,route,price\n39,a\u009bb,1\n": "cannot be shown", "prefix,route,price\n39,a\x1b[2Jb,1\n": "control character", "prefix,route,price\n39,\u202e\ue000,1\n": "cannot be shown",
		"prefix,route,price\n39,a\rb,1\n": "CR alone",
	} {
		if got := refused(t, text, ReadOptions{}); !strings.Contains(got.Reason, reason) || strings.ContainsAny(got.Reason, "\x1b\u009b\u202e") {
			t.Errorf("%q: %+v", text, got)
		}
	}
}
