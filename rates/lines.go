package rates

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	maxLine  = 64 << 10     // bytes
	maxLines = 2 * maxRates // blank ones and notes included
)

// errUnfit ends the lines of a file that is no price list.
var errUnfit = errors.New("unfit line")

// lines gives the lines of a text file in UTF-8, bounded and without control characters. It takes
// them from pieces that hold many, so that a line costs no memory of its own.
type lines struct {
	in     io.Reader
	buffer []byte   // of maxLine bytes, filled up to filled
	filled int      // what it begins with was read and is no whole line yet
	piece  string   // whole lines that come next
	back   []string // lines given back, which come before those
	number int      // of the line given last
	ended  error    // what comes after the piece
	reason string   // of errUnfit
}

// newLines looks at the first bytes of a file. It refuses those that people send by mistake with a
// reason, and skips a byte order mark.
func newLines(r io.Reader) (l *lines, reason string) {
	in := bufio.NewReaderSize(r, maxLine)
	start, _ := in.Peek(512) // an error comes again with the first line
	switch {
	case bytes.HasPrefix(start, []byte("PK\x03\x04")), bytes.HasPrefix(start, []byte("PK\x05\x06")), bytes.HasPrefix(start, []byte("PK\x07\x08")):
		return nil, "file is an Excel workbook or a zip archive: open the workbook and save it as CSV UTF-8, or unpack the archive"
	case bytes.HasPrefix(start, []byte("\xd0\xcf\x11\xe0")):
		return nil, "file is an old Excel workbook: open it and save it as CSV UTF-8"
	case bytes.HasPrefix(start, []byte("\x1f\x8b")):
		return nil, "file is compressed with gzip: unpack it"
	case bytes.HasPrefix(start, []byte("%PDF")):
		return nil, "file is a PDF: ask the carrier for the price list as CSV"
	}
	text := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(start, []byte("\xef\xbb\xbf")), " \t\r\n"))
	for _, mark := range []string{"<html", "<!doctype", "<table", "<head", "<?xml"} {
		if bytes.HasPrefix(text, []byte(mark)) {
			return nil, "file is a web page or XML, whatever its name says: open it in a spreadsheet and save it as CSV UTF-8"
		}
	}
	l = &lines{in: in, buffer: make([]byte, maxLine)}
	switch {
	case bytes.HasPrefix(start, []byte("\xef\xbb\xbf")):
		_, _ = in.Discard(3) // they were just seen
	case bytes.HasPrefix(start, []byte("\xff\xfe")):
		l.in = &wide{in: in}
	case bytes.HasPrefix(start, []byte("\xfe\xff")):
		l.in = &wide{in: in, bigEndian: true}
	}
	return l, ""
}

// next gives the next line without its end. Once it fails, it always fails in the same way.
func (l *lines) next() (string, error) {
	if len(l.back) > 0 {
		line := l.back[0]
		l.back = l.back[1:]
		l.number++
		return line, nil
	}
	for l.piece == "" {
		if l.ended != nil {
			return "", l.ended
		}
		l.fill()
	}
	if l.number == maxLines {
		l.unfit("more than %d lines: a deck holds at most %d rates", maxLines, maxRates)
		l.piece = ""
		return "", l.ended
	}
	line, rest, _ := strings.Cut(l.piece, "\n")
	l.piece = rest
	l.number++
	return strings.TrimSuffix(line, "\r"), nil
}

// giveBack makes lines come again, the first of which is then the given number.
func (l *lines) giveBack(again []string, number int) {
	l.back, l.number = append(again, l.back...), number-1
}

// fill reads the next piece. Only a plain io.EOF is the end of the file: one that broke off is no
// price list.
func (l *lines) fill() {
	err := l.read()
	text := l.buffer[:l.filled]
	whole := bytes.LastIndexByte(text, '\n') + 1
	switch {
	case err == io.EOF:
		l.ended, whole = io.EOF, len(text)
	case err != nil:
		l.ended = err
	case whole == 0 && bytes.IndexByte(text, '\r') >= 0:
		l.unfit(onlyCR)
	case whole == 0:
		l.unfit("line is longer than %d bytes: is this a CSV file with one row a line?", maxLine)
	}
	l.piece = l.fit(text[:whole])
	l.filled = copy(l.buffer, text[whole:])
}

// read fills the buffer, so far that a character may not fit any more.
func (l *lines) read() error {
	for idle := 0; l.filled+utf8.UTFMax <= len(l.buffer); idle++ {
		n, err := l.in.Read(l.buffer[l.filled:])
		if err != nil || idle == maxIdle {
			l.filled += n
			return cmp.Or(err, io.ErrNoProgress)
		}
		if n > 0 {
			l.filled += n
			idle = 0
		}
	}
	return nil
}

const maxIdle = 100 // empty reads

func (l *lines) unfit(format string, arguments ...any) {
	l.ended, l.reason = errUnfit, fmt.Sprintf(format, arguments...)
}

const onlyCR = "lines end in CR alone: save the file with the line ends of Windows or Unix"

// fit gives a piece in UTF-8. It ends before a line with a control character, after which nothing
// more comes.
func (l *lines) fit(piece []byte) string {
	ascii := true
	for i, c := range piece {
		if c-' ' < 0x7f-' ' || c == '\t' || c == '\n' {
			continue
		}
		if c >= 0x80 {
			ascii = false
			continue
		}
		if c == '\r' && (i+1 == len(piece) || piece[i+1] == '\n') {
			continue
		}
		begin := bytes.LastIndexByte(piece[:i], '\n') + 1
		if c == '\r' {
			l.unfit(onlyCR)
		} else {
			l.unfit("byte %d is a control character: this is no text file", i-begin+1)
		}
		piece = piece[:begin]
		break
	}
	if ascii || utf8.Valid(piece) {
		return string(piece)
	}
	var text strings.Builder
	for line := range bytes.Lines(piece) {
		if utf8.Valid(line) {
			text.Write(line)
		} else {
			writeWindows(&text, line)
		}
	}
	return text.String()
}
