package journal

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
)

var kinds = []guard.Record{guard.Leg{}, guard.Charge{}, guard.Incident{}, guard.Block{}, guard.CapChange{}}

func again(t testing.TB, r guard.Record) guard.Record {
	t.Helper()
	text, err := encode(nil, r)
	if err != nil {
		t.Fatalf("%+v: %v", r, err)
	}
	read, err := decode(text, version, new(store.TermsReader))
	if err != nil {
		t.Fatalf("%+v: %v", r, err)
	}
	return read
}

// TestEachField sets the fields of each record one after the other: what the encoding lacks is found
// here.
func TestEachField(t *testing.T) {
	tiers, err := rates.ParseTiers("sat,sun 0.04 | after 60 1", time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	for _, empty := range kinds {
		if got := again(t, empty); !reflect.DeepEqual(got, empty) {
			t.Errorf("an empty %T came back as %+v", empty, got)
		}
		fields := 0
		eachField(reflect.TypeOf(empty), nil, func(path []int, name string) {
			record := reflect.New(reflect.TypeOf(empty)).Elem()
			field := record
			for _, i := range path {
				if field.Kind() == reflect.Pointer {
					field.Set(reflect.New(field.Type().Elem()))
					field = field.Elem()
				}
				field = field.Field(i)
			}
			switch field.Interface().(type) {
			case time.Time:
				field.Set(reflect.ValueOf(noon))
			case *rates.Tiers:
				field.Set(reflect.ValueOf(tiers))
			case []string:
				field.Set(reflect.ValueOf([]string{"one", ""}))
			case []guard.Evidence:
				field.Set(reflect.ValueOf([]guard.Evidence{{Name: "n"}, {Value: "v"}}))
			default:
				switch {
				case field.Kind() == reflect.String:
					field.SetString("te\x00xt\xff")
				case field.Kind() == reflect.Bool:
					field.SetBool(true)
				case field.CanInt():
					field.SetInt(1)
				default:
					t.Fatalf("%T.%s is a %s: what is that in the journal?", empty, name, field.Type())
				}
			}
			fields++
			want := record.Interface().(guard.Record)
			if got := again(t, want); !reflect.DeepEqual(got, want) {
				t.Errorf("%T.%s does not come back: write it in encoding.go\ngot  %+v\nwant %+v", empty, name, got, want)
			}
		})
		if fields < 8 {
			t.Errorf("%T has only %d fields", empty, fields)
		}
	}
}

// eachField calls for each field of a struct, those of structs inside included.
func eachField(of reflect.Type, path []int, call func(path []int, name string)) {
	for i := range of.NumField() {
		field := of.Field(i)
		inside := field.Type
		if inside.Kind() == reflect.Pointer && inside != reflect.TypeFor[*rates.Tiers]() {
			inside = inside.Elem()
		}
		own := append(append([]int(nil), path...), i)
		if inside.Kind() == reflect.Struct && inside != reflect.TypeFor[time.Time]() {
			eachField(inside, own, call)
			continue
		}
		call(own, field.Name)
	}
}

// TestRecordsComeBack: whatever a record holds comes back as it was.
func TestRecordsComeBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		word := rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 40), func(b []byte) string { return string(b) })
		number := rapid.Int64()
		moment := rapid.Map(rapid.Int64Range(-62135596800, 253402300799), func(s int64) time.Time { return time.Unix(s, s&0xfffffff).UTC() })
		for _, r := range []guard.Record{
			guard.Leg{Server: word.Draw(rt, "server"), ID: word.Draw(rt, "id"), Started: moment.Draw(rt, "started"), RecordedSeconds: number.Draw(rt, "recorded"),
				Sold: &rates.Rate{Prefix: word.Draw(rt, "prefix"), First: int(number.Draw(rt, "first"))}},
			guard.Incident{ID: word.Draw(rt, "incident"), Actions: []string{word.Draw(rt, "action")}, Evidence: []guard.Evidence{{Name: word.Draw(rt, "n"), Value: word.Draw(rt, "v")}}},
			guard.CapChange{Override: guard.Override{Kind: rapid.SampledFrom(limits.Kinds()).Draw(rt, "kind"), Value: limits.Value(number.Draw(rt, "value")), At: moment.Draw(rt, "at")}},
		} {
			if got := again(t, r); !reflect.DeepEqual(got, r) {
				rt.Fatalf("got %+v\nwant %+v", got, r)
			}
		}
	})
}

// TestStable: what was written by this version reads the same for ever. If this fails, the version
// has to be raised.
func TestStable(t *testing.T) {
	text, err := encode(nil, guard.Charge{Server: "p", Leg: "1.2", Day: "2026-11-21", Kind: "call", Account: limits.Account{Tenant: "a", Extension: "b"},
		At: noon, Amount: 300, Price: -1, BilledSeconds: 60, Estimated: true, Route: "r"})
	const want = "020170 03312e32 0a323032362d31312d3231 0463616c6c 0161 0162 0172 809f8cb00d aab4de75 d804 01 78 0100"
	if got := fmt.Sprintf("%x", text); err != nil || got != strings.ReplaceAll(want, " ", "") {
		t.Errorf("got  %s (%v)\nwant %s", got, err, want)
	}
}

// TestCannotBeWritten: what could not be read again is refused.
func TestCannotBeWritten(t *testing.T) {
	for want, r := range map[string]guard.Record{
		"no cap with number 99": guard.CapChange{Override: guard.Override{Kind: 99}},
		"at most 1048576":       guard.Block{Reason: strings.Repeat("x", maxRecord)},
		"is no record":          nil,
	} {
		if text, err := encode([]byte("before"), r); err == nil || !strings.Contains(err.Error(), want) || string(text) != "before" {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// FuzzDecode reads any bytes as a record: what comes of them can be written, and comes back.
func FuzzDecode(f *testing.F) {
	tiers, err := rates.ParseTiers("mon-fri 08:00-18:00 0.12", time.UTC)
	if err != nil {
		f.Fatal(err)
	}
	for _, r := range append(ending(1), guard.Leg{Sold: &rates.Rate{Tiers: tiers}}, guard.Incident{Actions: []string{"a"}}, guard.Block{ID: "b"}, guard.CapChange{Unset: true}) {
		text, err := encode(nil, r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := decode(text, version, new(store.TermsReader))
		if err != nil {
			if r != nil {
				t.Errorf("%+v beside %v", r, err)
			}
			return
		}
		first, err1 := encode(nil, r)
		second, err2 := encode(nil, again(t, r))
		if err1 != nil || err2 != nil || !bytes.Equal(first, second) {
			t.Errorf("%+v came back as another one: %x, %v, %x, %v", r, first, err1, second, err2)
		}
	})
}
