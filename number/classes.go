package number

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Classes says of which class the numbers behind E.164 prefixes are; the longest prefix wins. It
// never changes once read and is safe to share. A nil one knows no prefix.
type Classes struct {
	// starts are where the codes of one class begin, in order, and classes what begins there: a
	// place in classNames, or 0 where no prefix reaches.
	starts  []uint64
	classes []uint8
	// prefixes are what they were made of, the shorter before the longer ones within them, and
	// files the names of the files that these are from.
	prefixes []classPrefix
	files    []string
}

// classNames are the classes that a file can give. An emergency is what the country and the plan
// call one, and nothing else.
var classNames = [...]Class{"", TollFree, National, International, Premium, Satellite, Unknown}

const (
	maxClassPrefix   = 15
	maxClassPrefixes = 1_000_000
	maxClassLines    = 2 * maxClassPrefixes
	maxClassLine     = 1000 // bytes
	maxClassFiles    = 100
	maxBadLines      = 20
	// codeDigits are how many digits a code has: as many as fit in 64 bits.
	codeDigits = 18
)

// ClassesError lists what is wrong with a prefix file, in the order of its lines.
type ClassesError struct {
	File  string
	Lines []LineError
	// More means that more is wrong than the at most twenty Lines.
	More bool
}

// LineError is what is wrong with a line, which counts from 1; 0 stands for the file as a whole.
type LineError struct {
	Line   int
	Reason string
}

func (e *ClassesError) Error() string {
	var b strings.Builder
	for i, line := range e.Lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(e.File)
		if line.Line > 0 {
			fmt.Fprintf(&b, ":%d", line.Line)
		}
		b.WriteString(": " + line.Reason)
	}
	if e.More {
		fmt.Fprintf(&b, "\n%s: there are more than these %d", e.File, len(e.Lines))
	}
	return b.String()
}

// ReadClasses reads lines of "prefix,class" or "prefix,class,note": E.164 digits, with + in front
// or without, and toll-free, national, international, premium, satellite or unknown. Empty lines
// and those that begin with # count for nothing, and the first line can name the columns. The file
// is only named in errors: a *ClassesError for what is wrong with it, or that of the reader.
func ReadClasses(r io.Reader, file string) (*Classes, error) {
	read := classReader{fault: ClassesError{File: file}}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxClassLine)
	for lines.Scan() {
		if !read.line(lines.Bytes()) {
			return nil, &read.fault
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		read.number++
		read.bad(read.number, "the line has more than %d bytes: write one prefix a line, as prefix,class,note", maxClassLine)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	read.sort()
	if len(read.fault.Lines) > 0 {
		return nil, &read.fault
	}
	return layOut(read.prefixes, []string{file}), nil
}

// classPrefix is a line of a prefix file: the codes from start to before end.
type classPrefix struct {
	start, end uint64
	line       int32
	file       uint16 // its place in files
	class      uint8
}

type classReader struct {
	number   int // of the line
	named    bool
	prefixes []classPrefix
	fault    ClassesError
}

// line reads the next line and says whether it is worth going on.
func (r *classReader) line(text []byte) bool {
	r.number++
	if r.number == 1 {
		text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	}
	text = bytes.TrimSpace(text)
	switch {
	case r.number > maxClassLines:
		r.bad(0, "more than %d lines: split off what is not needed", maxClassLines)
		return false
	case len(text) == 0 || text[0] == '#':
		return true
	}
	prefix, rest, _ := bytes.Cut(text, []byte{','})
	name, _, _ := bytes.Cut(rest, []byte{','})
	prefix, name = bytes.TrimPrefix(bytes.TrimSpace(prefix), []byte{'+'}), bytes.TrimSpace(name)
	if !r.named && bytes.EqualFold(prefix, []byte("prefix")) {
		r.named = true
		return true
	}
	r.named = true
	class := classNamed(name)
	switch {
	case !digitsOnly(string(prefix), 1, maxClassPrefix):
		r.bad(r.number, "prefix %.30q: write 1 to %d digits that begin with a country calling code, then a comma and the class", prefix, maxClassPrefix)
	case prefix[0] == '0':
		r.bad(r.number, "prefix %.30q: no country calling code begins with 0: write E.164 digits without the international prefix", prefix)
	case string(name) == string(Emergency):
		r.bad(r.number, "prefix files cannot make emergency numbers: list %q under emergency in the configuration", prefix)
	case class == 0:
		r.bad(r.number, "class %.30q: write toll-free, national, international, premium, satellite or unknown", name)
	case len(r.prefixes) == maxClassPrefixes:
		r.bad(0, "more than %d prefixes: leave out those that a shorter prefix of the same class covers", maxClassPrefixes)
		return false
	default:
		start, end := codeOf(string(prefix))
		r.prefixes = append(r.prefixes, classPrefix{start: start, end: end, class: class, line: int32(r.number)})
	}
	return !r.fault.More
}

func classNamed(name []byte) uint8 {
	for i, known := range classNames {
		if i > 0 && string(name) == string(known) {
			return uint8(i)
		}
	}
	return 0
}

func (r *classReader) bad(line int, format string, values ...any) {
	if len(r.fault.Lines) == maxBadLines {
		r.fault.More = true
		return
	}
	r.fault.Lines = append(r.fault.Lines, LineError{Line: line, Reason: fmt.Sprintf(format, values...)})
}

// sort refuses the prefixes that a file gives two classes.
func (r *classReader) sort() {
	r.prefixes = arranged(r.prefixes, func(first, second classPrefix) {
		r.bad(int(second.line), "line %d gives the same prefix the class %s, and this one %s: leave one of them out",
			first.line, classNames[first.class], classNames[second.class])
	})
	slices.SortStableFunc(r.fault.Lines, func(a, b LineError) int { return cmp.Compare(a.Line, b.Line) })
}

// arranged puts shorter prefixes before the longer ones within them, each once, and tells of those
// with two classes.
func arranged(prefixes []classPrefix, contradict func(first, second classPrefix)) []classPrefix {
	slices.SortFunc(prefixes, func(a, b classPrefix) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line))
	})
	kept := prefixes[:0]
	for _, p := range prefixes {
		if n := len(kept); n == 0 || kept[n-1].start != p.start {
			kept = append(kept, p)
		} else if kept[n-1].class != p.class {
			contradict(kept[n-1], p)
		}
	}
	return kept
}

// JoinClasses makes one of several, as though they were one file; nil where there are none. The
// error names the two lines that give one prefix different classes, or the most prefixes allowed.
func JoinClasses(all ...*Classes) (*Classes, error) {
	var prefixes []classPrefix
	var files []string
	for _, c := range all {
		if c == nil {
			continue
		}
		if len(prefixes)+len(c.prefixes) > maxClassPrefixes {
			return nil, fmt.Errorf("the prefix files have more than %d prefixes together: leave out those that a shorter prefix of the same class covers", maxClassPrefixes)
		}
		for _, p := range c.prefixes {
			p.file += uint16(len(files))
			prefixes = append(prefixes, p)
		}
		files = append(files, c.files...)
		if len(files) > maxClassFiles {
			return nil, fmt.Errorf("there are %d prefix files: write at most %d", len(files), maxClassFiles)
		}
	}
	if len(files) == 0 {
		return nil, nil
	}
	var err error
	prefixes = arranged(prefixes, func(first, second classPrefix) {
		if err == nil {
			err = fmt.Errorf("%s:%d gives a prefix the class %s, and %s:%d the same one %s: leave one of them out",
				files[first.file], first.line, classNames[first.class], files[second.file], second.line, classNames[second.class])
		}
	})
	if err != nil {
		return nil, err
	}
	return layOut(prefixes, files), nil
}

// layOut lays the arranged prefixes out flat: within a shorter prefix the longer one counts, and
// behind its end the shorter one again.
func layOut(prefixes []classPrefix, files []string) *Classes {
	c := &Classes{prefixes: prefixes, files: files}
	var open []classPrefix // each within the one before
	begin := func(at uint64, class uint8) {
		if n := len(c.starts); n > 0 && c.starts[n-1] == at {
			c.classes[n-1] = class
			return
		}
		c.starts, c.classes = append(c.starts, at), append(c.classes, class)
	}
	closeUntil := func(at uint64) {
		for len(open) > 0 && open[len(open)-1].end <= at {
			end := open[len(open)-1].end
			open = open[:len(open)-1]
			around := uint8(0)
			if len(open) > 0 {
				around = open[len(open)-1].class
			}
			begin(end, around)
		}
	}
	for _, p := range prefixes {
		closeUntil(p.start)
		begin(p.start, p.class)
		open = append(open, p)
	}
	closeUntil(^uint64(0))
	return c
}

// Len is the number of prefixes.
func (c *Classes) Len() int {
	if c == nil {
		return 0
	}
	return len(c.prefixes)
}

// Of gives the class of the longest prefix that the E.164 digits begin with. It is false where
// there is none, and for what is not digits.
func (c *Classes) Of(digits string) (Class, bool) {
	if c == nil || !digitsOnly(digits, 1, len(digits)) {
		return "", false
	}
	code, _ := codeOf(digits[:min(len(digits), codeDigits)])
	at, found := slices.BinarySearch(c.starts, code)
	if !found {
		at-- // the last start before it
	}
	if at < 0 || c.classes[at] == 0 {
		return "", false
	}
	return classNames[c.classes[at]], true
}

// codeOf makes digits, at most eighteen, a number that sorts as text does, and gives the end of
// the codes of all digits that begin with them. An absent digit is less than a 0.
func codeOf(digits string) (start, end uint64) {
	size := uint64(1)
	for i := range codeDigits {
		start *= 11
		if i < len(digits) {
			start += uint64(digits[i]-'0') + 1
		} else {
			size *= 11
		}
	}
	return start, start + size
}
