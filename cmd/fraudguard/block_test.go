package main

import (
	"io"
	"strings"
	"testing"
)

// TestBlockEverythingAsks: on a terminal a person is told what it means, and only a yes blocks.
func TestBlockEverythingAsks(t *testing.T) {
	for _, c := range []struct {
		answer, flag, told, want string
		code                     int
	}{
		{"y\n", "--for=0s", "ends the live ones", "everything is blocked until it is lifted", 0},
		{"yes\n", "--keep-live", "every new paid call", "everything is blocked until it is lifted", 0},
		{"n\n", "--for=0s", "ends the live ones", "nothing was blocked", 1},
		{"\n", "--for=0s", "ends the live ones", "nothing was blocked", 1},
		{"\x04", "--for=0s", "ends the live ones", "nothing was blocked", 1},
	} {
		backend := busy(t)
		master, slave := terminal(t)
		block := command(t, serve(t, backend), "block", "everything", c.flag)
		var out strings.Builder
		block.Stdin, block.Stdout, block.Stderr = slave, &out, &out
		if _, err := io.WriteString(master, c.answer); err != nil {
			t.Fatal(err)
		}
		code := codeOf(t, block.Run())
		slave.Close()
		if code != c.code || !strings.Contains(out.String(), c.told) || !strings.Contains(out.String(), "Go on? [y/N]") || !strings.Contains(out.String(), c.want) {
			t.Errorf("%q: exit %d, %s", c.answer, code, out.String())
		}
		if asked := backend.Asked(); (len(asked) == 1) != (c.code == 0) {
			t.Errorf("%q: the daemon was asked %q", c.answer, asked)
		}
	}
}
