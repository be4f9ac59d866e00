package main

import (
	"strings"
	"testing"
)

func TestCount(t *testing.T) {
	for name, c := range map[string]struct {
		in, want string
		good     bool
	}{
		"good": {`{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0.1}
{"Action":"pass","Package":"p","Elapsed":0.2}`, "ok   p 0.2s\n1 passed, 0 failed, 0 skipped\n", true},
		"failed": {`{"Action":"output","Package":"p","Test":"TestA","Output":"why\n"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"fail","Package":"p"}`, "why\nFAIL p 0.0s\n0 passed, 1 failed, 0 skipped\n", false},
		"does not build": {`{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"build-output","ImportPath":"q","Output":"no such thing\n"}
{"Action":"build-fail","ImportPath":"q"}`, "no such thing\n1 passed, 1 failed, 0 skipped\n", false},
		"skipped": {`{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"skip","Package":"p","Test":"TestB"}`, "SKIP p TestB\n1 passed, 0 failed, 1 skipped\n", true},
		"nothing": {``, "0 passed, 0 failed, 0 skipped\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			if good := count(strings.NewReader(c.in), &out); good != c.good || out.String() != c.want {
				t.Errorf("%v %q; want %v %q", good, out.String(), c.good, c.want)
			}
		})
	}
}
