package number

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

// plainClasses is a prefix file read the slow and simple way.
type classMap map[string]Class

func plainClasses(text string) classMap {
	classes := classMap{}
	for line := range strings.SplitSeq(strings.TrimPrefix(text, "\xef\xbb\xbf"), "\n") {
		fields := append(strings.Split(line, ","), "")
		prefix := strings.TrimPrefix(strings.TrimSpace(fields[0]), "+")
		if digitsOnly(prefix, 1, maxClassPrefix) {
			classes[prefix] = Class(strings.TrimSpace(fields[1]))
		}
	}
	return classes
}

func (m classMap) of(digits string) (Class, bool) {
	if !digitsOnly(digits, 1, len(digits)) {
		return "", false
	}
	for n := min(len(digits), maxClassPrefix); n > 0; n-- {
		if class, ok := m[digits[:n]]; ok {
			return class, true
		}
	}
	return "", false
}

func TestClasses(t *testing.T) {
	c, err := ReadClasses(strings.NewReader("\xef\xbb\xbfPrefix,class,note\r\n"+
		"# dear ones\r\n\r\n+449 , premium\n4498,national,\"a, b\"\n44987,premium\n1,international\n881,satellite\n39800,toll-free\n99,unknown\n44987,premium,again"), "classes.csv")
	if err != nil || c.Len() != 7 {
		t.Fatalf("%d, %v", c.Len(), err)
	}
	for digits, want := range map[string]Class{
		"449": Premium, "4490": Premium, "44909879000012345678": Premium, "4498": National, "44981": National, "44986999999999999": National,
		"44987": Premium, "449871": Premium, "44988": National, "4499": Premium, "44": "", "45": "", "4": "", "1": International, "18765551234": International,
		"2": "", "881612345678": Satellite, "88": "", "882": "", "39800123": TollFree, "3980": "", "39801": "", "99912": Unknown, "": "", "44x": "", "x": "", "+449": "", "0": "", "９": "",
	} {
		if got, ok := c.Of(digits); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v; want %q", digits, got, ok, want)
		}
	}
	var none *Classes
	if _, ok := none.Of("44"); ok || none.Len() != 0 {
		t.Error("no classes know a prefix")
	}
	if c, err = ReadClasses(strings.NewReader(""), "classes.csv"); err != nil || c.Len() != 0 {
		t.Errorf("an empty file: %v", err)
	} else if _, ok := c.Of("44"); ok {
		t.Error("an empty file knows a prefix")
	}
}

func TestClassesAgreeWithTheSlowWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		prefixes := rapid.SliceOfNDistinct(rapid.StringMatching(`[1-3][0139]{0,5}`), 0, 40, rapid.ID).Draw(t, "prefixes")
		text := ""
		for _, prefix := range prefixes {
			text += prefix + "," + string(rapid.SampledFrom(classNames[1:]).Draw(t, "class")) + "\n"
		}
		c, err := ReadClasses(strings.NewReader(text), "classes.csv")
		if err != nil || c.Len() != len(prefixes) {
			t.Fatalf("%q: %v", text, err)
		}
		for range 20 {
			digits := rapid.StringMatching(`[1-3][0-39]{0,20}`).Draw(t, "digits")
			want, known := plainClasses(text).of(digits)
			if got, ok := c.Of(digits); got != want || ok != known {
				t.Fatalf("%q: %q is %q, %v; want %q, %v", text, digits, got, ok, want, known)
			}
		}
	})
}

func TestBadClasses(t *testing.T) {
	for _, c := range []struct {
		text   string
		line   int
		reason string
	}{
		{"44,expensive", 1, `class "expensive": write toll-free`},
		{"44", 1, `class "": write toll-free`},
		{"44;premium", 1, `prefix "44;premium": write`},
		{"44,premium\n44,national", 2, "line 1 gives the same prefix the class premium, and this one national"},
		{"+44,premium\n1,premium\n44,unknown", 3, "line 1 gives the same prefix"},
		{"112,emergency", 1, "emergency in the configuration"},
		{"0044,premium", 1, "begins with 0"},
		{",premium", 1, `prefix "": write 1 to 15 digits`},
		{"1234567890123456,premium", 1, "write 1 to 15 digits"},
		{"4x,premium", 1, "write 1 to 15 digits"},
		{"４,premium", 1, "write 1 to 15 digits"},
		{"44,premium\nprefix,class", 2, "write 1 to 15 digits"},
		{"PK\x03\x04\x14\x00", 1, `prefix "PK\x03\x04\x14\x00": write`},
		{"+44 9,premium", 1, "write 1 to 15 digits"},
		{"44,Premium", 1, "class \"Premium\""},
		{"# " + strings.Repeat("x", maxClassLine), 1, "more than 1000 bytes"},
		{"44,premium\n" + strings.Repeat("4", maxClassLine+1), 2, "more than 1000 bytes"},
	} {
		_, err := ReadClasses(strings.NewReader(c.text), "classes.csv")
		var fault *ClassesError
		if !errors.As(err, &fault) || fault.File != "classes.csv" || len(fault.Lines) != 1 || fault.Lines[0].Line != c.line || !strings.Contains(fault.Lines[0].Reason, c.reason) || fault.More {
			t.Errorf("%.40q: %v; want line %d: %s", c.text, err, c.line, c.reason)
		}
	}
}

func TestManyBadClasses(t *testing.T) {
	_, err := ReadClasses(strings.NewReader("44,premium\n44,national\n"+strings.Repeat("x\n", 19)), "classes.csv")
	var fault *ClassesError
	if !errors.As(err, &fault) || len(fault.Lines) != 20 || fault.More || fault.Lines[0].Line != 2 || fault.Lines[19].Line != 21 {
		t.Errorf("%v", err)
	}
	_, err = ReadClasses(io.MultiReader(strings.NewReader(strings.Repeat("x\n", 21)), iotest.ErrReader(errors.New("read on"))), "classes.csv")
	if !errors.As(err, &fault) || len(fault.Lines) != 20 || !fault.More || !strings.HasSuffix(err.Error(), "classes.csv: there are more than these 20") || !strings.HasPrefix(err.Error(), "classes.csv:1: prefix \"x\"") {
		t.Errorf("%v", err)
	}
	if _, err := ReadClasses(iotest.ErrReader(io.ErrUnexpectedEOF), "classes.csv"); !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "classes.csv") {
		t.Errorf("%v", err)
	}
}

// endless gives one line after the other.
type endless struct{ line func(int) string }

func (e *endless) reader() io.Reader {
	n, rest := 0, ""
	return readerFunc(func(p []byte) (int, error) {
		for len(rest) < len(p) {
			rest += e.line(n)
			n++
		}
		copied := copy(p, rest)
		rest = rest[copied:]
		return copied, nil
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestEndlessClasses(t *testing.T) {
	for _, c := range []struct {
		line   func(int) string
		reason string
	}{
		{func(int) string { return "\n\n\n\n\n\n\n\n\n\n" }, "more than 2000000 lines"},
		{func(n int) string { return fmt.Sprintf("%d,premium\n", 1_000_000+n) }, "more than 1000000 prefixes"},
	} {
		_, err := ReadClasses((&endless{c.line}).reader(), "classes.csv")
		if err == nil || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%v; want %s", err, c.reason)
		}
	}
}

func TestMostClasses(t *testing.T) {
	var b strings.Builder
	for i := range maxClassPrefixes {
		fmt.Fprintf(&b, "%d,%s\n", 1_000_000+i, classNames[1+i%6])
	}
	c, err := ReadClasses(strings.NewReader(b.String()), "classes.csv")
	if err != nil || c.Len() != maxClassPrefixes {
		t.Fatalf("%d, %v", c.Len(), err)
	}
	if class, ok := c.Of("19999991234"); !ok || class != classNames[1+999_999%6] {
		t.Errorf("%q", class)
	}
}

func TestJoinClasses(t *testing.T) {
	read := func(text, file string) *Classes {
		c, err := ReadClasses(strings.NewReader(text), file)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	a, b := read("44,premium\n1,national\n", "a.csv"), read("# b\n4420,satellite\n44,premium\n", "b.csv")
	c, err := JoinClasses(nil, a, b)
	if err != nil || c.Len() != 3 {
		t.Fatalf("%d, %v", c.Len(), err)
	}
	for digits, want := range map[string]Class{"4420": Satellite, "4421": Premium, "12": National, "2": ""} {
		if got, _ := c.Of(digits); got != want {
			t.Errorf("%s: %q, want %q", digits, got, want)
		}
	}
	if c, err := JoinClasses(c, read("\n1,unknown", "c.csv")); c != nil || err == nil || !strings.Contains(err.Error(), "a.csv:2 gives a prefix the class national, and c.csv:2 the same one unknown") {
		t.Errorf("%v, %v", c, err)
	}
	if c, err := JoinClasses(nil, nil); c != nil || err != nil {
		t.Errorf("%v, %v", c, err)
	}
	if _, err := JoinClasses(make([]*Classes, maxClassFiles+1)...); err != nil {
		t.Error(err)
	}
	many := make([]*Classes, maxClassFiles+1)
	for i := range many {
		many[i] = a
	}
	if _, err := JoinClasses(many...); err == nil || !strings.Contains(err.Error(), "at most 100") {
		t.Error(err)
	}
	if got, _ := a.Of("4420"); got != Premium {
		t.Errorf("joining changed what was joined: %q", got)
	}
}

func TestClassesAllocateNothing(t *testing.T) {
	c, err := ReadClasses(strings.NewReader("44,premium\n4420,national\n"), "classes.csv")
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { c.Of("442079460000") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkClassesOf(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	prefixes := make(map[string]bool)
	var text strings.Builder
	for len(prefixes) < 100_000 {
		prefix := fmt.Sprint(1 + random.Uint64N(99_999_999))
		if !prefixes[prefix] {
			prefixes[prefix] = true
			text.WriteString(prefix + "," + string(classNames[1+len(prefixes)%6]) + "\n")
		}
	}
	c, err := ReadClasses(strings.NewReader(text.String()), "classes.csv")
	if err != nil {
		b.Fatal(err)
	}
	var numbers [1024]string
	for i := range numbers {
		numbers[i] = fmt.Sprint(1e11 + random.Uint64N(8e11))
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		c.Of(numbers[i%len(numbers)])
		i++
	}
}
