package number

import "strings"

// Step is one step from what was dialled to the destination, for an administrator to follow.
type Step struct {
	// What says in words what was done, or at the end of a failure why it is no number.
	What string `json:"what"`
	// Result are the digits after it. They come from outside: quote them wherever they are shown.
	Result string `json:"result"`
}

// Explain does what Parse does and gives each step, also where it fails.
func (p Plan) Explain(dialled string) (Destination, []Step, error) {
	var t trace
	d, err := p.read(dialled, &t)
	return d, t.steps, err
}

// trace collects steps. A nil one collects nothing and costs nothing.
type trace struct{ steps []Step }

// add notes a step whose text is put together only if somebody wants to know.
func (t *trace) add(result string, what ...string) {
	if t != nil {
		t.steps = append(t.steps, Step{What: strings.Join(what, ""), Result: strings.Clone(result)})
	}
}
