package config

import (
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strconv"
	"time"
)

// Secret is a text that must not be shown. It never prints itself.
type Secret string

const hidden = "(secret)"

// String hides the secret; so do the other ways to print it.
func (Secret) String() string { return hidden }

// Format hides the secret from every verb, those too that are no text's.
func (Secret) Format(to fmt.State, _ rune) { _, _ = io.WriteString(to, hidden) }

// LogValue hides the secret.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the secret.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Reveal gives the secret itself.
func (s Secret) Reveal() string { return string(s) }

// Duration is written "90s", "5m", "24h"; "" is zero.
type Duration time.Duration

// UnmarshalText reads a duration.
func (d *Duration) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = 0
		return nil
	}
	v, err := time.ParseDuration(string(text))
	if err != nil || v < 0 {
		return fmt.Errorf(`%.20q is no length of time: write it like "90s", "5m" or "24h"`, text)
	}
	*d = Duration(v)
	return nil
}

// Size is a number of bytes, written "64MiB" or "1GiB".
type Size int64

var sizeText = regexp.MustCompile(`^([1-9][0-9]{0,5})(MiB|GiB)$`)

// UnmarshalText reads a size.
func (s *Size) UnmarshalText(text []byte) error {
	parts := sizeText.FindSubmatch(text)
	if parts == nil {
		return fmt.Errorf(`%.20q is no size: write it like "64MiB" or "1GiB"`, text)
	}
	n, err := strconv.ParseInt(string(parts[1]), 10, 64)
	if err != nil {
		return err
	}
	unit := int64(1 << 20)
	if string(parts[2]) == "GiB" {
		unit = 1 << 30
	}
	*s = Size(n * unit)
	return nil
}
