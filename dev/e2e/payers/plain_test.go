package payers

import (
	"time"

	"github.com/fraudguard/fraudguard/dev/sip"
)

// plain are calls that nobody sends on.
func plain() []shape {
	return []shape{
		{
			name: "a plain call",
			play: func(p *play) { p.call("A", "{one}") },
			pays: map[string]string{"{one}": "A"},
		},
		{
			name:    "early media and no answer",
			answers: map[string]sip.Behaviour{"{one}": {EarlyMedia: true, NoAnswer: true}},
			play: func(p *play) {
				c := p.dial("A", "{one}")
				p.invited("{one}")
				p.pause(1500 * time.Millisecond)
				p.check(c.Hangup())
			},
			pays:   map[string]string{"{one}": "A"},
			unpaid: []string{"{one}"},
		},
		{
			name:    "a second trunk after the first",
			answers: map[string]sip.Behaviour{"{one}": {Refuse: 503}},
			dialplan: `
[tenant-{tenant}](+)
exten => 55,1,Dial(PJSIP/{one}@carrier,30)
 same => n,Dial(PJSIP/{one}@backup,30)
`,
			play:   func(p *play) { p.call("A", "55") },
			pays:   map[string]string{"{one}": "A", "backup {one}": "A"},
			unpaid: []string{"{one}"},
		},
		{
			name: "a chain of Local channels",
			dialplan: `
[tenant-{tenant}](+)
exten => 55,1,Dial(Local/56@chain-{tenant},60)
[chain-{tenant}]
exten => 56,1,Dial(Local/57@chain-{tenant}/n,60)
exten => 57,1,Dial(PJSIP/{one}@carrier,60)
`,
			play: func(p *play) { p.call("A", "55") },
			pays: map[string]string{"{one}": "A"},
		},
		{
			name: "named by the dialplan",
			dialplan: `
[tenant-{tenant}](+)
exten => 55,1,Set(FRAUDGUARD_TENANT=boutique)
 same => n,Set(FRAUDGUARD_EXTENSION=desk7)
 same => n,Dial(PJSIP/{one}@carrier,60)
exten => 56,1,Set(FRAUDGUARD_EXTENSION=desk8)
 same => n,Dial(PJSIP/{two}@carrier,60)
exten => 57,1,Set(__FRAUDGUARD_EXTENSION=desk9)
 same => n,Dial(Local/58@tenant-{tenant}/n,60)
exten => 58,1,Dial(PJSIP/{three}@carrier,60)
`,
			play: func(p *play) {
				p.call("A", "55")
				p.call("B", "56")
				p.call("C", "57")
			},
			pays: map[string]string{"{one}": "boutique/desk7", "{two}": "{tenant}/desk8", "{three}": "{tenant}/desk9"},
		},
	}
}
