package main

import (
	"os/exec"
	"testing"
	"time"
)

// TestStopEnds stops a daemon whose log something else keeps open after it has ended, twice.
func TestStopEnds(t *testing.T) {
	var d daemon
	if err := d.run(exec.Command("sh", "-c", "sleep 30 & exec sleep 30")); err != nil {
		t.Fatal(err)
	}
	stopped := make(chan struct{})
	go func() {
		d.stop()
		d.stop()
		close(stopped)
	}()
	select {
	case <-stopped:
	case <-time.After(2 * endWithin):
		t.Error("stop waits and waits")
	}
}
