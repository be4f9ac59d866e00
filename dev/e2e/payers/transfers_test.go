package payers

import "time"

// transfers are calls that somebody sends on: it is that one who pays for what follows.
func transfers() []shape {
	return []shape{
		{
			name: "a blind transfer by keys",
			play: func(p *play) {
				c := p.call("A", "{one}")
				p.press("A", c, "#1{two}")
				p.answered("{two}")
			},
			pays: map[string]string{"{one}": "A", "{two}": "A"},
		},
		{
			name: "an attended transfer by keys",
			play: func(p *play) {
				c := p.call("A", "{one}")
				p.press("A", c, "*2{two}")
				p.answered("{two}")
				p.pause(time.Second)
				p.check(c.Hangup())
			},
			pays: map[string]string{"{one}": "A", "{two}": "A"},
		},
		{
			name: "a call from outside, sent to a trunk by REFER",
			play: func(p *play) {
				p.comesIn("{A}", "00393331234567")
				p.check(p.receives("A").BlindTransfer(p.ctx, p.Replace("{one}")))
				p.answered("{one}")
			},
			pays: map[string]string{"{one}": "A"},
		},
		{
			name: "a call from outside, sent to a trunk by keys",
			play: func(p *play) {
				p.comesIn("{A}", "00393331234567")
				c := p.receives("A")
				p.press("A", c, "#1{one}")
				p.answered("{one}")
			},
			pays: map[string]string{"{one}": "A"},
		},
		{
			name: "a call from outside, put through by keys",
			play: func(p *play) {
				p.comesIn("{A}", "00393331234567")
				c := p.receives("A")
				p.press("A", c, "*2{one}")
				p.answered("{one}")
				p.pause(time.Second)
				p.check(c.Hangup())
			},
			pays: map[string]string{"{one}": "A"},
		},
		{
			// A called B, and B looks for somebody to put A through to.
			name: "a colleague's call, put through by keys",
			play: func(p *play) {
				p.call("A", "{B}")
				c := p.receives("B")
				p.press("B", c, "*2{one}")
				p.answered("{one}")
				p.pause(time.Second)
				p.check(c.Hangup())
			},
			pays: map[string]string{"{one}": "B"},
		},
		{
			// The dialplan that A reached goes on with the call from outside in A's place.
			name: "a call from outside, put through to a dialplan",
			dialplan: `
[tenant-{tenant}](+)
exten => 55,1,Answer()
 same => n,Wait(3)
 same => n,Dial(PJSIP/{one}@carrier,60)
`,
			play: func(p *play) {
				p.comesIn("{A}", "00393331234567")
				c := p.receives("A")
				p.check(c.WaitAnswered(p.ctx))
				p.check(c.AttendedTransfer(p.ctx, p.call("A", "55")))
				p.answered("{one}")
			},
			pays: map[string]string{"{one}": "A"},
		},
		{
			// B sent A to C. What A does with C then is A's own doing.
			name: "who was sent on sends on",
			play: func(p *play) {
				a := p.call("A", "{B}")
				p.check(p.receives("B").BlindTransfer(p.ctx, p.Replace("{C}")))
				p.check(p.receives("C").WaitAnswered(p.ctx))
				p.check(a.BlindTransfer(p.ctx, p.Replace("{one}")))
				p.answered("{one}")
			},
			pays: map[string]string{"{one}": "A"},
		},
		{
			// The dialplan named the payer of A's call to B, and B's channel has inherited the name. What
			// B does with the call is on B's account all the same.
			name: "who was called with an inherited name sends on",
			dialplan: `
[tenant-{tenant}](+)
exten => 55,1,Set(__FRAUDGUARD_EXTENSION=desk7)
 same => n,Dial(PJSIP/{B},60,tT)
`,
			play: func(p *play) {
				p.call("A", "55")
				p.check(p.receives("B").BlindTransfer(p.ctx, p.Replace("{one}")))
				p.answered("{one}")
			},
			pays: map[string]string{"{one}": "B"},
		},
		{
			// The same, and the number is reached by a chain of Local channels, which inherit the name too.
			name: "an inherited name along Local channels",
			dialplan: `
[tenant-{tenant}](+)
exten => 55,1,Set(__FRAUDGUARD_EXTENSION=desk7)
 same => n,Dial(PJSIP/{B},60,tT)
exten => 56,1,Dial(Local/57@tenant-{tenant}/n,60)
exten => 57,1,Dial(PJSIP/{one}@carrier,60)
`,
			play: func(p *play) {
				p.call("A", "55")
				p.check(p.receives("B").BlindTransfer(p.ctx, "56"))
				p.answered("{one}")
			},
			pays: map[string]string{"{one}": "B"},
		},
	}
}
