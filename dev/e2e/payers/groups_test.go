package payers

import (
	"time"

	"github.com/fraudguard/fraudguard/dev/sip"
)

// groups are calls in which more than two take part: ring groups, queues, pick-up, parking, conferences.
func groups() []shape { return append(members(), parking()...) }

func members() []shape {
	rings := sip.PhoneOptions{Incoming: sip.Behaviour{NoAnswer: true}}
	return []shape{
		{
			name:   "a ring group with somebody outside",
			phones: map[string]sip.PhoneOptions{"B": rings},
			dialplan: `
[tenant-{tenant}](+)
exten => 55,1,Dial(PJSIP/{B}&PJSIP/{one}@carrier,60)
[from-carrier](+)
exten => 9{lot}1,1,Dial(PJSIP/{B}&PJSIP/{two}@carrier,60)
`,
			play: func(p *play) {
				p.call("A", "55")
				p.comesIn("9{lot}1", "00393331234567")
				p.answered("{two}")
			},
			pays: map[string]string{"{one}": "A", "{two}": nobody},
		},
		{
			name: "a queue with a member outside",
			files: map[string]string{"queues.conf": `
[{tenant}-a]
member => Local/{one}@tenant-{tenant}/n
[{tenant}-b]
member => Local/{two}@tenant-{tenant}/n
[{tenant}-c]
member => Local/{three}@tenant-{tenant}/n
[{tenant}-d]
member => Local/{four}@tenant-{tenant}/n
`},
			dialplan: `
[tenant-{tenant}](+)
exten => 55,1,Queue({tenant}-a)
[from-carrier](+)
exten => 9{lot}1,1,Queue({tenant}-b)
exten => 9{lot}2,1,Set(FRAUDGUARD_TENANT={tenant})
 same => n,Set(FRAUDGUARD_EXTENSION=hotline)
 same => n,Queue({tenant}-c)
exten => 9{lot}3,1,Set(CHANNEL(accountcode)=globex)
 same => n,Queue({tenant}-d)
`,
			play: func(p *play) {
				p.dial("A", "55")
				p.comesIn("9{lot}1", "00393331234567")
				p.comesIn("9{lot}2", "00393331234567")
				p.comesIn("9{lot}3", "00393331234567")
				p.answered("{one}", "{two}", "{three}", "{four}")
			},
			pays: map[string]string{"{one}": "A", "{two}": nobody, "{three}": "{tenant}/hotline", "{four}": "globex/unknown"},
		},
		{
			name:   "a queue with a member that forwards",
			phones: map[string]sip.PhoneOptions{"B": forwardsTo("{one}")},
			files:  map[string]string{"queues.conf": "[{tenant}]\nmember => PJSIP/{B}\n"},
			dialplan: `
[from-carrier](+)
exten => 9{lot}1,1,Queue({tenant})
`,
			play: func(p *play) {
				p.comesIn("9{lot}1", "00393331234567")
				p.answered("{one}")
			},
			pays: map[string]string{"{one}": "B"},
		},
		{
			// B picks up a call that rings at A, and sends it to a trunk.
			name:   "picked up and sent on",
			phones: map[string]sip.PhoneOptions{"A": rings},
			dialplan: `
[tenant-{tenant}](+)
exten => 55,1,Pickup({lot}@PICKUPMARK)
[from-carrier](+)
exten => 9{lot}1,1,Set(__PICKUPMARK={lot})
 same => n,Dial(PJSIP/{A},60,tT)
`,
			play: func(p *play) {
				p.comesIn("9{lot}1", "00393331234567")
				p.receives("A")
				c := p.call("B", "55")
				p.check(c.BlindTransfer(p.ctx, p.Replace("{one}")))
				p.answered("{one}")
			},
			pays: map[string]string{"{one}": "B"},
		},
		{
			// B picks up what rings at the carrier: A talks to B, and the leg has ended without an answer.
			name:    "a ringing trunk picked up",
			answers: map[string]sip.Behaviour{"{one}": {RingFor: 20 * time.Second}},
			dialplan: `
[tenant-{tenant}](+)
exten => 55,1,Pickup({lot}@PICKUPMARK)
exten => 56,1,Set(__PICKUPMARK={lot})
 same => n,Dial(PJSIP/{one}@carrier,60)
`,
			play: func(p *play) {
				a := p.dial("A", "56")
				p.invited("{one}")
				p.pause(300 * time.Millisecond)
				b := p.call("B", "55")
				p.check(a.WaitAnswered(p.ctx))
				p.talk()
				p.check(b.Hangup())
			},
			pays:   map[string]string{"{one}": "A"},
			unpaid: []string{"{one}"},
		},
		{
			name: "a conference of two paid legs",
			dialplan: `
[tenant-{tenant}](+)
exten => 55,1,ConfBridge({lot})
`,
			play: func(p *play) {
				p.check(p.call("A", "{one}").BlindTransfer(p.ctx, "55"))
				p.check(p.call("A", "{two}").BlindTransfer(p.ctx, "55"))
				p.call("B", "55")
				p.ask("Originate", "Async", "true", "Channel", "PJSIP/{three}@carrier", "Application", "ConfBridge", "Data", "{lot}",
					"Variable", "FRAUDGUARD_TENANT={tenant}", "Variable", "FRAUDGUARD_EXTENSION=conference")
				p.answered("{three}")
			},
			pays: map[string]string{"{one}": "A", "{two}": "A", "{three}": "{tenant}/conference"},
		},
	}
}

func parking() []shape {
	return []shape{
		{
			name: "a paid leg parked and taken back by a colleague",
			files: map[string]string{"res_parking.conf": `
[{tenant}]
context => parked-{tenant}
parkpos => 6{lot}1-6{lot}2
`},
			dialplan: `
[tenant-{tenant}](+)
exten => 55,1,Park({tenant})
exten => 56,1,ParkedCall({tenant})
`,
			play: func(p *play) {
				p.check(p.call("A", "{one}").BlindTransfer(p.ctx, "55"))
				p.pause(500 * time.Millisecond)
				p.call("B", "56")
			},
			pays: map[string]string{"{one}": "A"},
		},
		{
			name: "a paid leg parked until it goes on to a trunk",
			files: map[string]string{"res_parking.conf": `
[{tenant}]
context => parked-{tenant}
parkpos => 6{lot}1-6{lot}2
parkingtime => 1
comebacktoorigin => no
comebackcontext => back-{tenant}
`},
			dialplan: `
[tenant-{tenant}](+)
exten => 55,1,Park({tenant})
[back-{tenant}]
exten => s,1,Dial(PJSIP/{two}@carrier,60)
exten => _P.,1,Dial(PJSIP/{two}@carrier,60)
`,
			play: func(p *play) {
				p.check(p.call("A", "{one}").BlindTransfer(p.ctx, "55"))
				p.answered("{two}")
			},
			pays: map[string]string{"{one}": "A", "{two}": "A"},
		},
		{
			// Nobody takes it back, and it rings at A again, who forwards.
			name:   "a paid leg parked until it comes back and is forwarded",
			phones: map[string]sip.PhoneOptions{"A": forwardsTo("{two}")},
			files: map[string]string{"res_parking.conf": `
[{tenant}]
context => parked-{tenant}
parkpos => 6{lot}1-6{lot}2
parkingtime => 1
comebacktoorigin => yes
`},
			dialplan: `
[tenant-{tenant}](+)
exten => 55,1,Park({tenant})
`,
			play: func(p *play) {
				p.check(p.call("A", "{one}").BlindTransfer(p.ctx, "55"))
				p.answered("{two}")
			},
			pays: map[string]string{"{one}": "A", "{two}": "A"},
		},
		{
			name: "a call from outside parked by keys, sent on to a trunk",
			files: map[string]string{"res_parking.conf": `
[default]
context => parked-{tenant}
parkext => 6{lot}0
parkpos => 6{lot}1-6{lot}2
parkingtime => 1
comebacktoorigin => no
comebackcontext => back-{tenant}
`},
			dialplan: `
[from-carrier](+)
exten => 9{lot}1,1,Dial(PJSIP/{A},60,kK)
[back-{tenant}]
exten => s,1,Dial(PJSIP/{one}@carrier,60)
exten => _P.,1,Dial(PJSIP/{one}@carrier,60)
`,
			play: func(p *play) {
				p.comesIn("9{lot}1", "00393331234567")
				c := p.receives("A")
				p.press("A", c, "#3")
				p.answered("{one}")
			},
			pays: map[string]string{"{one}": "A"},
		},
	}
}
