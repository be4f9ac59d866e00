package number

import (
	"regexp/syntax"
	"slices"
)

// opening is a pattern and the beginning of a text: whether a text that begins so can match. Package regexp
// matches whole texts only, and so this steps through the program that it would run.
type opening struct {
	program *syntax.Prog
	// states are the instructions that wait for the next character, matched that a text which matches has
	// ended already.
	states  []uint32
	matched bool
}

// newOpening begins a pattern of the numbering data, which package regexp has compiled before.
func newOpening(pattern string) *opening {
	parsed, err := syntax.Parse("(?:"+pattern+")", syntax.Perl)
	if err != nil {
		panic("number: the numbering data within the program is broken: " + err.Error())
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		panic("number: the numbering data within the program is broken: " + err.Error())
	}
	o := &opening{program: program}
	o.reach(uint32(program.Start))
	return o
}

// openings is the beginning of a kind's numbers; none where the data has no such numbers.
func (k *kind) openings() []*opening {
	if k.beginning == nil {
		return nil
	}
	return []*opening{newOpening(k.beginning().String())}
}

// behind gives those that can still match with one more digit.
func behind(all []*opening, digit rune) []*opening {
	var left []*opening
	for _, o := range all {
		next := &opening{program: o.program, matched: o.matched}
		for _, state := range o.states {
			if inst := &o.program.Inst[state]; inst.MatchRune(digit) {
				next.reach(inst.Out)
			}
		}
		if next.matched || len(next.states) > 0 {
			left = append(left, next)
		}
	}
	return left
}

// reach adds the instructions that wait for a character behind one.
func (o *opening) reach(from uint32) {
	seen, waiting := []uint32(nil), []uint32{from}
	for len(waiting) > 0 {
		at := waiting[len(waiting)-1]
		waiting = waiting[:len(waiting)-1]
		if slices.Contains(seen, at) {
			continue
		}
		seen = append(seen, at)
		switch inst := &o.program.Inst[at]; inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			waiting = append(waiting, inst.Out, inst.Arg)
		case syntax.InstCapture, syntax.InstNop, syntax.InstEmptyWidth:
			waiting = append(waiting, inst.Out)
		case syntax.InstMatch:
			o.matched = true
		case syntax.InstFail:
		default:
			if !slices.Contains(o.states, at) {
				o.states = append(o.states, at)
			}
		}
	}
}
