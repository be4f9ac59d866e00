package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// printable makes a text safe to show on a terminal, on one line: white space of every kind becomes
// a space, and what does not print (escape sequences, bidirectional overrides, invisible marks,
// broken UTF-8) becomes U+FFFD. Callers choose names and numbers, and a terminal obeys what it is
// shown.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return utf8.RuneError
		}
		return r
	}, text)
}

// printJSON writes a value as indented JSON. Its texts stay as they are, but what printable would
// replace is written as \u escapes.
func printJSON(to io.Writer, value any) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return err
	}
	if _, err := io.WriteString(to, escapeJSON(text.String())); err != nil {
		return fmt.Errorf("the output could not be written: %w", err)
	}
	return nil
}

// escapeJSON escapes, in valid JSON, what a terminal would not just show.
func escapeJSON(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n' || r == ' ' || unicode.IsPrint(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
