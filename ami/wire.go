package ami

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"iter"
	"strings"
)

// Limits bound what a Reader keeps of one message. A zero field means the default.
//
// Nothing over a limit is an error: the message is delivered with what fits, and says what it lost. Asterisk writes
// the headers that tell what happened to which channel first, so what is kept is what matters.
type Limits struct {
	Line    int // bytes of one header line, without its line end; default 8 KiB
	Headers int // header lines of one message; default 1024
	Bytes   int // bytes of all header lines of one message; default 256 KiB
}

func (l Limits) withDefaults() Limits {
	if l.Line <= 0 {
		l.Line = 8 << 10
	}
	if l.Headers <= 0 {
		l.Headers = 1024
	}
	if l.Bytes <= 0 {
		l.Bytes = 256 << 10
	}
	return l
}

// Message is one event or one answer: its headers in the order in which they came, repeated ones included.
//
// Names and values are the bytes that Asterisk sent, which need not be valid UTF-8 and may hold control characters
// other than LF: clean them before they reach a log or a terminal. All strings of a message share one piece of
// memory; strings.Clone what is kept for long.
type Message struct {
	text      string
	lines     []line
	lost      int
	shortened bool
}

// line is one header, as offsets into the text of its message. A line without a colon has an empty name.
type line struct {
	start, nameEnd, value, end uint32
}

// Len is the number of headers.
func (m Message) Len() int { return len(m.lines) }

// Get is the value of the first header of that name, whatever the case of its letters; "" if there is none.
func (m Message) Get(name string) string {
	for _, l := range m.lines {
		if l.named(m.text, name) {
			return m.text[l.value:l.end]
		}
	}
	return ""
}

// All is the values of every header of that name, in order.
func (m Message) All(name string) []string {
	var values []string
	for _, l := range m.lines {
		if l.named(m.text, name) {
			values = append(values, m.text[l.value:l.end])
		}
	}
	return values
}

// Headers goes through names and values in order.
func (m Message) Headers() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for _, l := range m.lines {
			if !yield(m.text[l.start:l.nameEnd], m.text[l.value:l.end]) {
				return
			}
		}
	}
}

// Event is the name of the event, or "" if the message is not one. What a message is, its first header says; one
// further down may have been put there by a caller.
func (m Message) Event() string { return m.opening("Event") }

// Response is the kind of answer ("Success", "Error", "Goodbye", …), or "" if the message is not one.
func (m Message) Response() string { return m.opening("Response") }

func (m Message) opening(name string) string {
	if len(m.lines) == 0 || !m.lines[0].named(m.text, name) {
		return ""
	}
	return m.text[m.lines[0].value:m.lines[0].end]
}

// Shortened tells that a line was longer than the limit and lost its end.
func (m Message) Shortened() bool { return m.shortened }

// Lost is the number of header lines that went over a limit and are not in the message.
func (m Message) Lost() int { return m.lost }

// AppendTo appends the message as it goes over the wire, with its closing blank line.
func (m Message) AppendTo(b []byte) []byte {
	for _, l := range m.lines {
		b = append(b, m.text[l.start:l.end]...)
		b = append(b, "\r\n"...)
	}
	return append(b, "\r\n"...)
}

// String is the message as it goes over the wire.
func (m Message) String() string { return string(m.AppendTo(nil)) }

func (l line) named(text, name string) bool {
	if int(l.nameEnd-l.start) != len(name) {
		return false
	}
	own := text[l.start:l.nameEnd]
	return own == name || strings.EqualFold(own, name)
}

// Parse reads one message from text; the blank line at the end may be missing.
func Parse(text string) (Message, error) {
	m, err := NewReader(strings.NewReader(text+"\r\n\r\n"), Limits{}).Read()
	if errors.Is(err, io.EOF) {
		return Message{}, errors.New("ami: no header in the text")
	}
	return m, err
}

// Reader cuts a byte stream into messages. It is not safe for concurrent use.
type Reader struct {
	src    *bufio.Reader
	limits Limits

	text  []byte // of the message being read
	lines []line
	long  []byte // the kept start of a line that does not fit into src
	slab  []line // room for the lines of the next messages
}

const (
	readBuffer = 32 << 10
	slabLines  = 1024
)

// NewReader reads messages from src.
func NewReader(src io.Reader, limits Limits) *Reader {
	limits = limits.withDefaults()
	return &Reader{src: bufio.NewReaderSize(src, max(readBuffer, limits.Line+2)), limits: limits}
}

// Read returns the next message. It returns io.EOF at the end of the stream, and io.ErrUnexpectedEOF if the stream
// ends inside a message; other errors are those of the underlying reader. Blank lines between messages are passed
// over, and lines may end in CRLF or LF.
func (r *Reader) Read() (Message, error) {
	r.text, r.lines = r.text[:0], r.lines[:0]
	lost, shortened := 0, false
	for {
		content, cut, err := r.line()
		if err != nil {
			if err == io.EOF && (len(content) > 0 || len(r.lines) > 0) {
				err = io.ErrUnexpectedEOF
			}
			return Message{}, err
		}
		if len(content) == 0 {
			if len(r.lines) == 0 {
				continue
			}
			return Message{text: string(r.text), lines: r.keep(), lost: lost, shortened: shortened}, nil
		}
		if len(r.lines) > 0 && (len(r.lines) >= r.limits.Headers || len(r.text)+len(content) > r.limits.Bytes) {
			lost++
			continue
		}
		shortened = shortened || cut
		r.add(content)
	}
}

// line returns the next line without its end, shortened to the limit. The slice lives until the next call.
func (r *Reader) line() (content []byte, cut bool, err error) {
	content, err = r.src.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		r.long = append(r.long[:0], content[:r.limits.Line]...)
		for err == bufio.ErrBufferFull {
			_, err = r.src.ReadSlice('\n')
		}
		return r.long, true, err
	}
	if err != nil {
		return content, false, err
	}
	content = content[:len(content)-1]
	if n := len(content); n > 0 && content[n-1] == '\r' {
		content = content[:n-1]
	}
	if len(content) > r.limits.Line {
		return content[:r.limits.Line], true, nil
	}
	return content, false, nil
}

func (r *Reader) add(content []byte) {
	start := len(r.text)
	r.text = append(r.text, content...)
	l := line{start: uint32(start), nameEnd: uint32(start), value: uint32(start), end: uint32(len(r.text))}
	if colon := bytes.IndexByte(content, ':'); colon >= 0 {
		l.nameEnd = uint32(start + colon)
		l.value = l.nameEnd + 1
		if colon+1 < len(content) && content[colon+1] == ' ' {
			l.value++
		}
	}
	r.lines = append(r.lines, l)
}

// keep copies the lines of the finished message into the slab, so that many messages share one allocation. A message
// keeps its slab alive, which is why the text, of which parts are kept for the length of a call, is not in one.
func (r *Reader) keep() []line {
	n := len(r.lines)
	if n > len(r.slab) {
		if n > slabLines/4 {
			return append([]line(nil), r.lines...)
		}
		r.slab = make([]line, slabLines)
	}
	kept := r.slab[:n:n]
	copy(kept, r.lines)
	r.slab = r.slab[n:]
	return kept
}
