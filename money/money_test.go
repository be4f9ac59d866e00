package money

import (
	"encoding/json"
	"errors"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text string
		want Amount
	}{
		{"0", 0}, {"-0", 0}, {"20", 20_000_000}, {"20.00", 20_000_000}, {"0.0125", 12_500}, {"007.5", 7_500_000},
		{"-0.000001", -1}, {"0.000001", 1}, {"9223372036854.775807", Max}, {"-9223372036854.775808", Min},
	} {
		if got, err := Parse(c.text); err != nil || got != c.want {
			t.Errorf("Parse(%q) = %d, %v; want %d", c.text, got, err, c.want)
		}
	}
	for _, text := range []string{
		"", "-", ".", ".5", "5.", "+5", "1e3", "1,5", "1 000", " 1", "1\n", "0.0000001", "--1", "1.-5", "1.2.3", "٣", "NaN", "0x10", "1_000",
		"0000000000000000000000000000000000000000000000000000001",
	} {
		if got, err := Parse(text); err == nil {
			t.Errorf("Parse(%q) = %v, want an error", text, got)
		}
	}
	for _, text := range []string{"9223372036854.775808", "-9223372036854.775809", "99999999999999999999"} {
		if _, err := Parse(text); !errors.Is(err, ErrOverflow) {
			t.Errorf("Parse(%q): %v, want ErrOverflow", text, err)
		}
	}
}

func TestString(t *testing.T) {
	for a, want := range map[Amount]string{
		0: "0.00", 1: "0.000001", -1: "-0.000001", 12_500: "0.0125", 20_000_000: "20.00", -1_500_000: "-1.50", 100_000: "0.10",
		Max: "9223372036854.775807", Min: "-9223372036854.775808",
	} {
		if got := a.String(); got != want {
			t.Errorf("Amount(%d) is %q, want %q", int64(a), got, want)
		}
	}
}

func TestJSONIsADecimalString(t *testing.T) {
	data, err := json.Marshal(map[string]Amount{"cost": 12_500})
	if err != nil || string(data) != `{"cost":"0.0125"}` {
		t.Errorf("%s, %v", data, err)
	}
	got := struct{ Cost Amount }{7}
	if err := json.Unmarshal([]byte(`{"Cost":"1.x"}`), &got); err == nil || got.Cost != 7 {
		t.Errorf("a bad amount gave %v, %v", got.Cost, err)
	}
}

// amounts draws small, ordinary and extreme amounts.
func amounts() *rapid.Generator[Amount] {
	return rapid.OneOf(
		rapid.Map(rapid.Int64(), func(n int64) Amount { return Amount(n) }),
		rapid.Map(rapid.Int64Range(-5, 5), func(n int64) Amount { return Max - 5 + Amount(n) }),
		rapid.Map(rapid.Int64Range(-5, 5), func(n int64) Amount { return Min + 5 + Amount(n) }),
	)
}

func TestParseReadsWhatStringWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := amounts().Draw(t, "a")
		if got, err := Parse(a.String()); err != nil || got != a {
			t.Fatalf("%d became %q and then %d, %v", a, a, got, err)
		}
	})
}

// agree compares a result with the exact one, which it has to equal or refuse.
func agree(t *rapid.T, what string, got Amount, err error, exact *big.Int) {
	if !exact.IsInt64() {
		if !errors.Is(err, ErrOverflow) {
			t.Fatalf("%s = %d, %v; want ErrOverflow", what, got, err)
		}
		return
	}
	if err != nil || int64(got) != exact.Int64() {
		t.Fatalf("%s = %d, %v; want %v", what, got, err, exact)
	}
}

func TestSumsAreExactOrRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := amounts().Draw(t, "a"), amounts().Draw(t, "b")
		x, y := big.NewInt(int64(a)), big.NewInt(int64(b))
		sum, err := Add(a, b)
		agree(t, "sum", sum, err, new(big.Int).Add(x, y))
		difference, err := Sub(a, b)
		agree(t, "difference", difference, err, new(big.Int).Sub(x, y))
	})
}

func TestSumsAtTheEdge(t *testing.T) {
	for _, c := range []struct {
		name string
		sum  func(a, b Amount) (Amount, error)
		a, b Amount
		want Amount
		fits bool
	}{
		{"up to the largest", Add, Max - 1, 1, Max, true}, {"beyond the largest", Add, Max, 1, 0, false},
		{"down to the smallest", Add, Min + 1, -1, Min, true}, {"beyond the smallest", Add, Min, -1, 0, false},
		{"less, to the smallest", Sub, Min + 1, 1, Min, true}, {"less than the smallest", Sub, Min, 1, 0, false},
		{"less a negative, to the largest", Sub, -1, Min, Max, true}, {"beyond, less a negative", Sub, 0, Min, 0, false},
	} {
		got, err := c.sum(c.a, c.b)
		if got != c.want || (err == nil) != c.fits {
			t.Errorf("%s: %d, %v", c.name, got, err)
		}
	}
}

func TestPerMinuteRoundsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		price := amounts().Draw(t, "price")
		seconds := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-1, 10_000)).Draw(t, "seconds")
		got, err := PerMinute(price, seconds)
		if price < 0 || seconds < 0 {
			if !errors.Is(err, ErrNegative) {
				t.Fatalf("PerMinute = %d, %v; want ErrNegative", got, err)
			}
			return
		}
		exact := new(big.Int).Mul(big.NewInt(int64(price)), big.NewInt(seconds))
		exact.Add(exact, big.NewInt(59)).Div(exact, big.NewInt(60))
		agree(t, "cost", got, err, exact)
	})
}

func TestPerMinuteAtTheEdge(t *testing.T) {
	if got, err := PerMinute(Max, 60); err != nil || got != Max {
		t.Errorf("a minute at the largest price costs %v, %v", got, err)
	}
	if _, err := PerMinute(Max, 61); !errors.Is(err, ErrOverflow) {
		t.Errorf("a second more: %v", err)
	}
	if got, err := PerMinute(1, 1); err != nil || got != 1 {
		t.Errorf("a second at the smallest price costs %v, %v", got, err)
	}
}

// TestMeterRoundsOnce: parts at several prices are added up before they are rounded.
func TestMeterRoundsOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var m Meter
		exact := new(big.Int)
		for range rapid.IntRange(0, 5).Draw(t, "parts") {
			price := rapid.OneOf(amounts(), rapid.Just(Amount(1))).Draw(t, "price")
			seconds := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-1, 100)).Draw(t, "seconds")
			before := m
			err := m.Add(price, seconds)
			switch {
			case price < 0 || seconds < 0:
				if !errors.Is(err, ErrNegative) || m != before {
					t.Fatalf("%d for %d s: %v", price, seconds, err)
				}
			case err != nil:
				if !errors.Is(err, ErrOverflow) || m != before {
					t.Fatalf("%d for %d s: %v", price, seconds, err)
				}
				exact.Add(exact, new(big.Int).Mul(big.NewInt(int64(price)), big.NewInt(seconds)))
				agree(t, "refused", 0, err, exact.Div(exact, big.NewInt(60)))
				return
			default:
				exact.Add(exact, new(big.Int).Mul(big.NewInt(int64(price)), big.NewInt(seconds)))
			}
		}
		got, err := m.Cost()
		exact.Add(exact, big.NewInt(59)).Div(exact, big.NewInt(60))
		agree(t, "cost", got, err, exact)
	})
}

func TestExchangeRoundsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, unit := amounts().Draw(t, "amount"), amounts().Draw(t, "unit")
		got, err := Exchange(a, unit)
		if a < 0 || unit < 0 {
			if !errors.Is(err, ErrNegative) {
				t.Fatalf("Exchange = %d, %v; want ErrNegative", got, err)
			}
			return
		}
		exact := new(big.Int).Mul(big.NewInt(int64(a)), big.NewInt(int64(unit)))
		exact.Add(exact, big.NewInt(int64(Unit)-1)).Div(exact, big.NewInt(int64(Unit)))
		agree(t, "amount", got, err, exact)
	})
	if got, err := Exchange(12_500, 920_001); err != nil || got != 11_501 {
		t.Errorf("0.0125 at 0.920001 is %v, %v", got, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"20.00", "-0.000001", "9223372036854.775808", "1e9", ".", "-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := Parse(s)
		if err != nil {
			return
		}
		if again, err := Parse(a.String()); err != nil || again != a {
			t.Fatalf("%q became %d, %q and then %d, %v", s, a, a, again, err)
		}
	})
}
