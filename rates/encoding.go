package rates

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// windows are the bytes from 0x80 to 0x9f of Windows-1252; all others are those of Latin-1.
const windows = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ"

func writeWindows(to *strings.Builder, line []byte) {
	upper := []rune(windows)
	for _, c := range line {
		r := rune(c)
		if c >= 0x80 && c < 0xa0 {
			r = upper[c-0x80]
		}
		to.WriteRune(r)
	}
}

// errHalf says that a file of UTF-16 ends within a character.
var errHalf = errors.New("the file ends within a character of UTF-16: it is cut off")

// wide turns UTF-16 into UTF-8, and skips the mark that tells the order of its bytes.
type wide struct {
	in        *bufio.Reader
	bigEndian bool
	begun     bool
}

func (w *wide) Read(p []byte) (int, error) {
	n := 0
	for n+utf8.UTFMax <= len(p) {
		r, err := w.character()
		if err != nil {
			return n, err
		}
		if w.begun || r != '\ufeff' {
			n += utf8.EncodeRune(p[n:], r)
		}
		w.begun = true
	}
	return n, nil
}

func (w *wide) character() (rune, error) {
	r, err := w.unit()
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	low, err := w.unit()
	if errors.Is(err, io.EOF) {
		err = errHalf
	}
	return utf16.DecodeRune(r, low), err
}

func (w *wide) unit() (rune, error) {
	one, err := w.in.ReadByte()
	if err != nil {
		return 0, err
	}
	other, err := w.in.ReadByte()
	if errors.Is(err, io.EOF) {
		err = errHalf
	}
	if w.bigEndian {
		one, other = other, one
	}
	return rune(one) | rune(other)<<8, err
}
