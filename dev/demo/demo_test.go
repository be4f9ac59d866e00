package main

import (
	"context"
	"testing"
	"time"
)

// TestDemo plays the demo as "make demo" does; it says itself whether the evening was as promised.
func TestDemo(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	if err := demo(ctx, false); err != nil {
		t.Fatal(err)
	}
}
