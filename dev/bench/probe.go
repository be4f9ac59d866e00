package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
)

// probe asks the same of a library and of our own client. What it gives was seen in this run.
type probe struct {
	library, question string
	try               func(context.Context, *bench) (library, ours string, err error)
}

func probes() []probe {
	return []probe{
		{"amigo", "5 events in one segment with the login answer, then 5 more: delivered", probeSegment},
		{"amigo", "a header that comes three times", probeRepeated},
		{"amigo", "8 callers when the link breaks for 5 s, timeout 1 s: longest wait", probeOutage},
		{"amigo", "5 actions at once, each answered after 200 ms: all done in", probeParallel},
		{"amigo", "a value with CR LF in it: actions that the server reads", probeInjection},
		{"amigo", "an action without an answer: what the caller is told", probeTimeout},
		{"amigo", "the secret on the wire", probeSecret},
		{"amigo", "a handler that is stuck: does the reader go on", probeStuck},
		{"amigo", "data races while 4 callers go on and the link breaks", probeRaces},
		{"amigo", "TLS", probeTLS},
		{"ari/v5", "an event of an unknown type", probeUnknown},
		{"ari/v5", "10,000 events while the reader is slow", probeSlow},
		{"ari/v5", "a request that the server does not answer: returns after", probeUnanswered},
		{"ari/v5", "hanging up the id \"x/../../asterisk/logging/all?a=b#c\": what is sent", probeEscaping},
		{"ari/v5", "data races while the stream breaks and the client is closed", probeRacesARI},
		{"ari/v5", "connecting where nobody listens: returns after", probeNobody},
	}
}

func runProbes(ctx context.Context, b *bench, asJSON bool) error {
	type seen struct {
		Library  string `json:"library"`
		Question string `json:"question"`
		Saw      string `json:"saw"`
		Ours     string `json:"ours"`
	}
	var all []seen
	for _, p := range probes() {
		fmt.Fprintf(os.Stderr, "trying %s: %s\n", p.library, p.question)
		library, ours, err := p.try(ctx, b)
		if err != nil {
			return fmt.Errorf("%s: %s: %w", p.library, p.question, err)
		}
		all = append(all, seen{p.library, p.question, library, ours})
	}
	if asJSON {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(all)
	}
	return printColumns(os.Stdout, func(t io.Writer) {
		fmt.Fprintln(t, "library\tquestion\tthe library\tours")
		for _, s := range all {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", s.Library, s.Question, s.Saw, s.Ours)
		}
	})
}

func printColumns(w io.Writer, fill func(io.Writer)) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fill(t)
	return t.Flush()
}
