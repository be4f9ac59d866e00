package cdr

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/guard"
)

// Rows as Asterisk 22.10 and 16.28 wrote them.
const (
	full = `"acme","101","00441111","tenant-acme","""101"" <101>","PJSIP/101-00000000","PJSIP/carrier-00000001","Dial","PJSIP/00441111@carrier,60,tT","2026-11-21 18:09:07","2026-11-21 18:09:07","2026-11-21 18:09:09",1,1,"ANSWERED","DOCUMENTATION"`
	busy = `"acme","101","00448222","tenant-acme","""101"" <101>","PJSIP/101-00000004","PJSIP/carrier-00000005","Dial","PJSIP/00448222@carrier,60,tT","2026-11-21 18:09:13",,"2026-11-21 18:09:13",0,0,"BUSY","DOCUMENTATION","1795284553.6",""`
	late = `"acme","0044555","","from-carrier",""""" <0044555>","PJSIP/carrier-0000000c","PJSIP/carrier-0000000e","AppDial","(Outgoing Line)","2026-11-21 18:09:19","2026-11-21 18:09:19","2026-11-21 18:09:22",2,2,"ANSWERED","DOCUMENTATION","1795284558.19",""`
	own  = `"""101"" <101>","101","00441111","tenant-acme","PJSIP/101-00000000","PJSIP/carrier-00000001","Dial","PJSIP/00441111@carrier,60,tT","2026-11-21 18:09:07","2026-11-21 18:09:07","2026-11-21 18:09:09","1","1","ANSWERED","DOCUMENTATION","acme","1795284547.0",""`
)

func at(clock string) time.Time {
	t, err := time.Parse(time.DateTime, "2026-11-21 "+clock)
	if err != nil {
		panic(err)
	}
	return t
}

var plain = guard.CallRecord{
	Channel: "PJSIP/101-00000000", Destination: "PJSIP/carrier-00000001", Dialled: "00441111", Exten: "00441111", Context: "tenant-acme",
	AccountCode: "acme", Started: at("18:09:07"), Answered: at("18:09:07"), Ended: at("18:09:09"), BillableSeconds: 1,
}

func all(t *testing.T, text string, o Options) (records []guard.CallRecord, faults []string) {
	t.Helper()
	s, err := NewReader(strings.NewReader(text), "Master.csv", o)
	if err != nil {
		t.Fatal(err)
	}
	for {
		r, err := s.Next()
		var fault *RowError
		switch {
		case errors.Is(err, io.EOF):
			return records, faults
		case errors.As(err, &fault):
			faults = append(faults, err.Error())
		case err != nil:
			t.Fatal(err)
		default:
			records = append(records, r)
		}
	}
}

func TestFormats(t *testing.T) {
	withID := plain
	withID.ID = "1795284547.0"
	for name, c := range map[string]struct {
		text string
		o    Options
		want guard.CallRecord
	}{
		"cdr_csv without uniqueid and userfield": {full, Options{}, plain},
		"cdr_csv with uniqueid":                  {full + `,"1795284547.0"`, Options{}, withID},
		"cdr_csv with userfield alone":           {full + `,"fraudguard:block"`, Options{Format: CSV}, plain},
		"cdr_csv with both":                      {full + `,"1795284547.0","a field"`, Options{}, withID},
		"a system's name in the uniqueid":        {full + `,"pbx-1795284547.0"`, Options{}, func() guard.CallRecord { r := plain; r.ID = "pbx-1795284547.0"; return r }()},
		"cdr_custom":                             {own, Options{}, withID},
		"Windows ends a line":                    {own + "\r\n", Options{Format: Custom}, withID},
		"a line break in a cell":                 {strings.Replace(own, `<101>"`, "\n<101>\"", 1), Options{}, withID},
		"columns by number": {`PJSIP/101-00000000;x,PJSIP/carrier-00000001,1795284547,2026-11-21 18:09:07,2026-11-21 18:09:09,1.505111`,
			Options{Map: map[string]int{channel: 1, dstChannel: 2, start: 3, answer: 4, end: 5, billSec: 6}},
			guard.CallRecord{Channel: "PJSIP/101-00000000;x", Destination: plain.Destination, Started: plain.Started, Answered: plain.Answered, Ended: plain.Ended, BillableSeconds: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			records, faults := all(t, c.text, c.o)
			if len(records) != 1 || len(faults) != 0 {
				t.Fatalf("%+v %q", records, faults)
			}
			got := records[0]
			if !got.Started.Equal(c.want.Started) {
				t.Errorf("began %s, not %s", got.Started, c.want.Started)
			}
			got.Started = c.want.Started
			if got != c.want {
				t.Errorf("\n got %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestZone(t *testing.T) {
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	records, _ := all(t, full, Options{Zone: rome})
	if want := at("17:09:07"); !records[0].Started.Equal(want) {
		t.Errorf("18:09:07 in Rome is %s", records[0].Started.UTC())
	}
}

// TestShapes: what has no number, no answer, or two targets.
func TestShapes(t *testing.T) {
	records, faults := all(t, busy+"\n\n"+late+"\n"+strings.Replace(full, "PJSIP/00441111@carrier,", "PJSIP/112@carrier&PJSIP/00441111@carrier,", 1)+"\n", Options{})
	if len(records) != 3 || len(faults) != 0 {
		t.Fatalf("%+v %q", records, faults)
	}
	if !records[0].Answered.IsZero() || records[0].Dialled != "00448222" {
		t.Errorf("busy: %+v", records[0])
	}
	if records[1].Dialled != "" || records[1].Exten != "" || records[1].BillableSeconds != 2 {
		t.Errorf("after a transfer: %+v", records[1])
	}
	if records[2].Dialled != "" {
		t.Errorf("of two numbers on one trunk %q is taken", records[2].Dialled)
	}
}

func TestFaults(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"half a row":           {full + "\n" + `"acme","101","00441111","tenant-acme","` + "\n", `Master.csv:2: a quote stands in the middle of a cell`},
		"few columns":          {full + "\n" + `"a","b","c"` + "\n", `Master.csv:2: it has 3 columns, and 16 to 18 are expected`},
		"no times":             {full + "\n" + strings.Replace(full, "2026-11-21 18:09:09", "tomorrow", 1), `Master.csv:2: column end: "tomorrow" is no time`},
		"no order":             {full + "\n" + strings.Replace(full, "2026-11-21 18:09:09", "2026-11-20 18:09:09", 1), "not in this order"},
		"seconds":              {full + "\n" + strings.Replace(full, ",1,1,", ",1,-1,", 1), `column billsec: "-1" is no number of seconds`},
		"a quote inside":       {full + "\n" + `"a"b","c"` + "\n", "Master.csv:2: a quote stands in the middle of a cell"},
		"no text":              {full + "\n" + strings.Replace(full, "tenant-acme", "\xff", 1), "no text in UTF-8"},
		"a row without an end": {full + "\n" + strings.Repeat("x", maxRow+10) + "\n", "longer than 65536 bytes"},
		"another file":         {"prefix,price\n", "neither a row of cdr_csv nor of cdr_custom"},
		"another channel":      {full + "\n" + strings.Replace(full, "PJSIP/101-00000000", "carrier", 1), `column channel: "carrier" is no channel's name`},
	} {
		t.Run(name, func(t *testing.T) {
			records, faults := all(t, c.text+"\n"+full+"\n", Options{})
			if len(faults) == 0 || !strings.Contains(faults[0], c.want) {
				t.Errorf("%q does not say %q", faults, c.want)
			}
			if name != "half a row" && (len(records) == 0 || len(faults) != 1) {
				t.Errorf("the rows around it are lost: %d records, %q", len(records), faults)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	for want, o := range map[string]Options{
		"write csv":             {Format: "xls"},
		"there is no column":    {Map: map[string]int{"price": 1}},
		"write a number from 1": {Map: map[string]int{channel: 0}},
		"column dstchannel is":  {Map: map[string]int{channel: 1}},
		"have the same number":  {Map: map[string]int{channel: 1, dstChannel: 1}},
	} {
		if _, err := NewReader(strings.NewReader(""), "x", o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// TestUnfinished: a file whose last row is still being written.
func TestUnfinished(t *testing.T) {
	records, faults := all(t, full+"\n"+full[:50], Options{})
	if len(records) != 1 || len(faults) != 1 || !strings.Contains(faults[0], "Master.csv:2: ") || !strings.Contains(faults[0], "is the file still being written?") {
		t.Errorf("%d records, %q", len(records), faults)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("the disk is gone") }

func TestBroken(t *testing.T) {
	s, err := NewReader(io.MultiReader(strings.NewReader(full+"\n"), broken{}), "Master.csv", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Next(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := s.Next(); err == nil || err.Error() != "Master.csv:2: the disk is gone" {
			t.Errorf("%v", err)
		}
	}
}

// TestTableRows: rows of a table say their columns first, and what is missing follows from others.
func TestTableRows(t *testing.T) {
	const header = "channel,dstchannel,lastapp,lastdata,dst,dcontext,accountcode,start,duration,billsec,disposition\n"
	const row = `"PJSIP/101-00000000","PJSIP/carrier-00000001","Dial","PJSIP/00441111@carrier,60","00441111","tenant-acme","acme",`
	records, faults := all(t, header+row+`"2026-11-21 18:09:07","4","1","ANSWERED"`+"\n"+row+`"2026-11-21 18:09:07","2","0","NO ANSWER"`+"\n"+
		row+`"2026-11-21 18:09:07","2","3","ANSWERED"`+"\n"+row+`"2026-11-21 18:09:07","2"`+"\n"+row+"\"\n\",\"2\",\"1\",\"\"\n", Options{Format: Table})
	want := plain
	want.Answered, want.Ended, want.EndWorkedOut = at("18:09:10"), at("18:09:11"), true
	if len(records) != 2 || records[0] != want || !records[1].Answered.IsZero() || records[1].BillableSeconds != 0 || !records[1].Ended.Equal(at("18:09:09")) {
		t.Errorf("%+v", records)
	}
	wrong := []string{"Master.csv:3: its start, answer and end are not in this order (start \"2026-11-21 18:09:07\", uniqueid \"\")",
		"Master.csv:4: it has 9 columns, and 11 are expected", `Master.csv:5: column start: "\n" is no time: Asterisk writes 2026-11-21 18:09:07 (start "\n", uniqueid "")`}
	if strings.Join(faults, "\n") != strings.Join(wrong, "\n") {
		t.Errorf("\n got %q\nwant %q", faults, wrong)
	}
	for _, text := range []string{"channel,price\n", "channel,channel\n", "\"chan\nnel\"\n", row + "\n"} {
		s, err := NewReader(strings.NewReader(text), "x", Options{Format: Table})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Next(); err == nil || !strings.Contains(err.Error(), "the first row has to name columns") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add("start,duration,channel,dstchannel,billsec\n\"2026-11-21 18:09:07\",\"2\",\"a/b\",\"c/d\",\"1\"\n", Table)
	f.Add(full+"\n"+busy+"\n"+late+"\n", "")
	f.Add(own, Custom)
	f.Add(`"""`+"\n"+`"a","b"`, CSV)
	f.Fuzz(func(t *testing.T, text, format string) {
		s, err := NewReader(strings.NewReader(text), "f", Options{Format: format})
		if err != nil {
			return
		}
		lines := strings.Count(text, "\n") + 1
		for range lines + 1 {
			r, err := s.Next()
			var fault *RowError
			if errors.Is(err, io.EOF) {
				return
			}
			if errors.As(err, &fault) {
				if fault.Line < 1 || fault.Line > lines {
					t.Fatalf("line %d of %d", fault.Line, lines)
				}
				continue
			}
			if err != nil && format == Table {
				return // the first row names no columns
			}
			if err != nil {
				t.Fatal(err)
			}
			if r.Ended.Before(r.Started) || r.BillableSeconds < 0 || !r.Answered.IsZero() && r.Answered.Before(r.Started) {
				t.Fatalf("%+v", r)
			}
		}
		t.Fatal("there are more rows than lines")
	})
}

// TestTableWithoutEnd: a start and a length whose parts of a second were cut off can seem to end before the
// answer. Such a call is none the less one; what is farther off makes no sense.
func TestTableWithoutEnd(t *testing.T) {
	const header = "channel,dstchannel,start,answer,duration,billsec\n"
	row := func(answer string, duration, billed int) string {
		return fmt.Sprintf("PJSIP/101-00000000,PJSIP/carrier-00000001,2026-11-21 18:09:07,2026-11-21 %s,%d,%d\n", answer, duration, billed)
	}
	records, faults := all(t, header+row("18:09:09", 1, 0)+row("18:09:08", 9, 8)+row("18:09:08", 1, 1)+row("18:09:20", 1, 0)+row("18:09:08", 9, 900), Options{Format: Table})
	var ends []string
	for _, r := range records {
		ends = append(ends, fmt.Sprintf("%s %d %v", r.Ended.Format(time.TimeOnly), r.BillableSeconds, r.EndWorkedOut))
	}
	if want := []string{"18:09:09 0 true", "18:09:16 8 true", "18:09:09 1 true", "18:09:16 900 true"}; !slices.Equal(ends, want) || len(faults) != 1 {
		t.Errorf("%q, want %q; %q", ends, want, faults)
	}
}

// TestHourThatComesTwice: in the night in which clocks are set back, a record means the hour in which its
// channel was made, and lasts as long as it says.
func TestHourThatComesTwice(t *testing.T) {
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	back := time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC) // 03:00 becomes 02:00
	for _, c := range []struct {
		begins         time.Duration // after that moment
		answers, lasts time.Duration
		made           int64 // how many seconds before it the channel was made: a transfer makes a second record
	}{
		{-90 * time.Minute, time.Second, time.Minute, 0}, {-30 * time.Minute, time.Second, time.Minute, 0}, {-time.Minute, time.Second, 10 * time.Minute, 0},
		{-time.Second, 2 * time.Second, 10 * time.Second, 0}, {0, time.Second, time.Minute, 0}, {30 * time.Minute, time.Second, time.Minute, 0},
		{-30 * time.Minute, time.Second, 59 * time.Minute, 0}, {5 * time.Minute, time.Second, 61 * time.Minute, 0}, {-30 * time.Minute, time.Second, 61 * time.Minute, 0}, {-2 * time.Hour, time.Second, 3 * time.Hour, 0}, {90 * time.Minute, 0, time.Minute, 0},
		{5 * time.Minute, time.Second, time.Minute, 20 * 60}, {40 * time.Minute, time.Second, time.Minute, 0},
	} {
		started := back.Add(c.begins)
		answered, ended := started.Add(c.answers), started.Add(c.lasts)
		write := func(t time.Time) string { return t.In(rome).Format(time.DateTime) }
		row := fmt.Sprintf(`"","101","0044","phones","101","PJSIP/101-1","PJSIP/carrier-2","Dial","PJSIP/0044@carrier","%s","%s","%s",%d,%d,"ANSWERED","3","%d.7",""`+"\n",
			write(started), write(answered), write(ended), int(c.lasts.Seconds()), int((c.lasts - c.answers).Seconds()), started.Unix()-c.made)
		for what, o := range map[string]Options{
			"all columns": {Zone: rome},
			"no duration": {Zone: rome, Map: map[string]int{"channel": 6, "dstchannel": 7, "start": 10, "answer": 11, "end": 12, "billsec": 14, "uniqueid": 17}},
		} {
			if what == "no duration" && c.lasts >= time.Hour {
				continue // the first moment that is not before the answer is meant
			}
			records, faults := all(t, row, o)
			if len(records) != 1 || !records[0].Started.Equal(started) || !records[0].Answered.Equal(answered) || !records[0].Ended.Equal(ended) {
				t.Errorf("%s: a call from %s to %s is read as %+v %q", what, started, ended, records, faults)
			}
		}
	}
}
