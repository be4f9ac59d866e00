package ami

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"
)

// transcript is what Asterisk 22.10 sent after a login, shortened.
const transcript = "Response: Success\r\nActionID: 2\r\nMessage: Authentication accepted\r\n\r\n" +
	"Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: 42\r\nStatus: Fully Booted\r\n\r\n" +
	"Response: Success\r\nActionID: 16\r\nMessage: Command output follows\r\nOutput: \r\nOutput:           username: full\r\nOutput:                ACL: no\r\n\r\n" +
	"Response: Success\r\nActionID: 6\r\nVersion: \r\n\r\n" +
	"Event: Newchannel\nPrivilege: call,all\nChannel: PJSIP/101-00000001\nCallerIDName: caf\xe9 \x1b[31m\nUniqueid: 1795259086.0\n\n"

func readAll(t testing.TB, src io.Reader, limits Limits) []string {
	t.Helper()
	var texts []string
	for r := NewReader(src, limits); ; {
		m, err := r.Read()
		if err == io.EOF {
			return texts
		}
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, m.String())
	}
}

func TestMessageHeaders(t *testing.T) {
	m, err := Parse("Event: Foo\r\nOutput: a\r\noutput:  b\r\nOUTPUT:c\r\nno colon\r\nEmpty:\r\nTime: 10:20:30\r\nEvent: Bar")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"event": "Foo", "Output": "a", "Empty": "", "Absent": "", "Time": "10:20:30", "": "no colon"} {
		if got := m.Get(name); got != want {
			t.Errorf("Get(%q) = %q, want %q", name, got, want)
		}
	}
	if got, want := m.All("Output"), []string{"a", " b", "c"}; !slices.Equal(got, want) {
		t.Errorf("All = %q, want %q", got, want)
	}
	if m.Event() != "Foo" || m.Response() != "" || m.Len() != 8 {
		t.Errorf("Event %q, Response %q, Len %d", m.Event(), m.Response(), m.Len())
	}
	late, _ := Parse("CallerIDName: x\r\nEvent: Hangup\r\nResponse: Success")
	if late.Event() != "" || late.Response() != "" {
		t.Error("a header further down must not make a message an event or an answer")
	}
	if _, err := Parse("\r\n"); err == nil {
		t.Error("an empty text is no message")
	}
}

func TestEverySplitGivesTheSameMessages(t *testing.T) {
	want := readAll(t, strings.NewReader(transcript), Limits{})
	if len(want) != 5 || !strings.Contains(want[4], "caf\xe9 \x1b[31m") {
		t.Fatalf("the transcript reads as %q", want)
	}
	for i := range transcript {
		got := readAll(t, io.MultiReader(strings.NewReader(transcript[:i]), strings.NewReader(transcript[i:])), Limits{})
		if !slices.Equal(got, want) {
			t.Fatalf("split at %d: %q", i, got)
		}
	}
	if got := readAll(t, iotest.OneByteReader(strings.NewReader(transcript)), Limits{}); !slices.Equal(got, want) {
		t.Fatalf("byte by byte: %q", got)
	}
}

func TestEndInsideAMessage(t *testing.T) {
	for _, text := range []string{"Event: Foo\r\nCha", "Event: Foo\r\n", "Event: Foo", "E"} {
		if m, err := NewReader(strings.NewReader(text), Limits{}).Read(); err != io.ErrUnexpectedEOF {
			t.Errorf("%q: %v, %v", text, m, err)
		}
	}
	for _, text := range []string{"", "\r\n", "\n\n\r\n"} {
		if m, err := NewReader(strings.NewReader(text), Limits{}).Read(); err != io.EOF {
			t.Errorf("%q: %v, %v", text, m, err)
		}
	}
	broken := errors.New("broken")
	if _, err := NewReader(iotest.ErrReader(broken), Limits{}).Read(); err != broken {
		t.Errorf("got %v", err)
	}
}

func TestLongLineIsShortenedAndTheRestKept(t *testing.T) {
	for _, length := range []int{8192, 8193, readBuffer - 1, readBuffer, readBuffer + 1, 3 * readBuffer, 1 << 20} {
		name := strings.Repeat("x", length-len("CallerIDName: "))
		text := "Event: Newchannel\r\nCallerIDName: " + name + "\r\nUniqueid: 1.1\r\n\r\nEvent: Next\r\n\r\n"
		r := NewReader(strings.NewReader(text), Limits{})
		m, err := r.Read()
		if err != nil {
			t.Fatal(err)
		}
		kept := min(length, 8192) - len("CallerIDName: ")
		if m.Get("CallerIDName") != name[:kept] || m.Shortened() != (length > 8192) || m.Lost() != 0 || m.Get("Uniqueid") != "1.1" {
			t.Errorf("%d: kept %d of the name, shortened %v, lost %d, id %q", length, len(m.Get("CallerIDName")), m.Shortened(), m.Lost(), m.Get("Uniqueid"))
		}
		if next, err := r.Read(); err != nil || next.Event() != "Next" || next.Shortened() {
			t.Errorf("%d: next is %v, %v", length, next, err)
		}
	}
}

func TestMessageOverItsLimitsKeepsItsFirstHeaders(t *testing.T) {
	for name, limits := range map[string]Limits{"headers": {Headers: 10}, "bytes": {Bytes: 100}} {
		text := "Event: Newchannel\r\n" + strings.Repeat("ChanVariable: a=1\r\n", 50) + "\r\nEvent: Next\r\n\r\n"
		r := NewReader(strings.NewReader(text), limits)
		m, err := r.Read()
		if err != nil {
			t.Fatal(err)
		}
		if m.Event() != "Newchannel" || m.Lost() == 0 || m.Len()+m.Lost() != 51 {
			t.Errorf("%s: %d kept, %d lost", name, m.Len(), m.Lost())
		}
		if next, err := r.Read(); err != nil || next.Event() != "Next" || next.Lost() != 0 {
			t.Errorf("%s: next is %v, %v", name, next, err)
		}
	}
}

// TestMessagesDoNotShareChanges: a message must stay what it was while the reader goes on.
func TestMessagesStayWhatTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type pair = [2]string
		name := rapid.StringMatching(`[A-Za-z-]{1,12}`)
		value := rapid.StringMatching(`[^\r\n ][^\r\n]{0,40}|`)
		sent := rapid.SliceOfN(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) pair {
			return pair{name.Draw(t, "name"), value.Draw(t, "value")}
		}), 1, 300), 1, 20).Draw(t, "messages")
		var wire bytes.Buffer
		for _, m := range sent {
			for _, h := range m {
				wire.WriteString(h[0] + ": " + h[1] + "\r\n")
			}
			wire.WriteString("\r\n")
		}
		var got []Message
		for r := NewReader(&wire, Limits{}); ; {
			m, err := r.Read()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, m)
		}
		if len(got) != len(sent) {
			t.Fatalf("%d messages, want %d", len(got), len(sent))
		}
		for i, m := range got {
			var pairs []pair
			for n, v := range m.Headers() {
				pairs = append(pairs, pair{n, v})
			}
			if !slices.Equal(pairs, sent[i]) {
				t.Fatalf("message %d is %q, want %q", i, pairs, sent[i])
			}
		}
	})
}

func FuzzReader(f *testing.F) {
	f.Add([]byte(transcript), uint16(64), uint8(4))
	f.Add([]byte("Event: a\r\n:\r\n: \r\na:\r\n\r\r\n \r\n\n\nx"), uint16(0), uint8(0))
	f.Fuzz(func(t *testing.T, data []byte, lineLimit uint16, headerLimit uint8) {
		limits := Limits{Line: int(lineLimit), Headers: int(headerLimit), Bytes: 4 * int(lineLimit)}
		full := limits.withDefaults()
		for r := NewReader(bytes.NewReader(data), limits); ; {
			m, err := r.Read()
			if err != nil {
				return
			}
			size := 0
			for _, l := range m.lines {
				size += int(l.end - l.start)
				if int(l.end-l.start) > full.Line {
					t.Fatalf("a line of %d bytes, the limit is %d", l.end-l.start, full.Line)
				}
			}
			if m.Len() == 0 || m.Len() > full.Headers || size > max(full.Bytes, full.Line) {
				t.Fatalf("%d headers, %d bytes", m.Len(), size)
			}
			again, err := NewReader(strings.NewReader(m.String()), limits).Read()
			if err != nil || again.String() != m.String() {
				t.Fatalf("%q reads again as %q, %v", m, again, err)
			}
			for name, value := range m.Headers() {
				if !slices.Contains(again.All(name), value) {
					t.Fatalf("%q lost %q: %q", m, name, value)
				}
			}
		}
	})
}

// BenchmarkWire reads a stream of ordinary events. The metric "x-scan" is its time as a multiple of splitting the same
// bytes into lines and doing nothing with them, measured in the same run.
func BenchmarkWire(b *testing.B) {
	event := "Event: DialBegin\r\nPrivilege: call,all\r\nChannel: PJSIP/101-0000002a\r\nChannelState: 4\r\nChannelStateDesc: Ring\r\n" +
		"CallerIDNum: 101\r\nCallerIDName: Alice\r\nConnectedLineNum: <unknown>\r\nConnectedLineName: <unknown>\r\nLanguage: en\r\n" +
		"AccountCode: \r\nContext: default\r\nExten: 0039061234567\r\nPriority: 3\r\nUniqueid: 1795259086.42\r\nLinkedid: 1795259086.42\r\n" +
		"DestChannel: PJSIP/carrier-0000002b\r\nDestChannelState: 0\r\nDestChannelStateDesc: Down\r\nDestUniqueid: 1795259086.43\r\nDestLinkedid: 1795259086.42\r\nDialString: carrier/0039061234567\r\n\r\n"
	const count = 1000
	stream := strings.Repeat(event, count)
	src := strings.NewReader("")
	rounds, scanning := 0, time.Duration(0)
	b.ReportAllocs()
	b.SetBytes(int64(len(event)) * count)
	for b.Loop() {
		src.Reset(stream)
		messages := NewReader(src, Limits{})
		for range count {
			if m, err := messages.Read(); err != nil || m.Len() != 22 {
				b.Fatal(m, err)
			}
		}
		b.StopTimer()
		began := time.Now()
		src.Reset(stream)
		lines := bufio.NewReaderSize(src, readBuffer)
		for {
			if _, err := lines.ReadSlice('\n'); err != nil {
				break
			}
		}
		scanning += time.Since(began)
		rounds++
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed())/float64(scanning), "x-scan")
	b.ReportMetric(float64(b.Elapsed())/float64(rounds)/count, "ns/msg")
}
