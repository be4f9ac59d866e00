package payers

import "github.com/fraudguard/fraudguard/dev/sip"

func forwardsTo(number string) sip.PhoneOptions {
	return sip.PhoneOptions{Incoming: sip.Behaviour{ForwardTo: number}}
}

// forwards are calls that are not answered where they were sent to. A phone that forwards pays, and
// where the dialplan does it, whom it names.
func forwards() []shape {
	const outsider = "00393331234567"
	return []shape{
		{
			name:   "a phone forwards its colleague's call",
			phones: map[string]sip.PhoneOptions{"B": forwardsTo("{one}")},
			play:   func(p *play) { p.call("A", "{B}") },
			pays:   map[string]string{"{one}": "B"},
		},
		{
			name:   "a phone forwards a call from outside",
			phones: map[string]sip.PhoneOptions{"A": forwardsTo("{one}")},
			play: func(p *play) {
				p.comesIn("{A}", outsider)
				p.answered("{one}")
			},
			pays: map[string]string{"{one}": "A"},
		},
		{
			name:   "a phone forwards to a phone that forwards",
			phones: map[string]sip.PhoneOptions{"B": forwardsTo("{C}"), "C": forwardsTo("{one}")},
			play:   func(p *play) { p.call("A", "{B}") },
			pays:   map[string]string{"{one}": "C"},
		},
		{
			name:   "one of two phones forwards",
			phones: map[string]sip.PhoneOptions{"B": {Incoming: sip.Behaviour{NoAnswer: true}}, "C": forwardsTo("{one}")},
			dialplan: `
[tenant-{tenant}](+)
exten => 55,1,Dial(PJSIP/{B}&PJSIP/{C},60)
`,
			play: func(p *play) { p.call("A", "55") },
			pays: map[string]string{"{one}": "C"},
		},
		{
			name:   "a phone forwards what a program calls it for",
			phones: map[string]sip.PhoneOptions{"A": forwardsTo("{one}")},
			play: func(p *play) {
				p.ask("Originate", "Async", "true", "Channel", "PJSIP/{A}", "Application", "Wait", "Data", "9")
				p.answered("{one}")
			},
			pays: map[string]string{"{one}": "A"},
		},
		{
			name: "the dialplan forwards a call from outside",
			dialplan: `
[from-carrier](+)
exten => 9{lot}1,1,Dial(PJSIP/{one}@carrier,60)
exten => 9{lot}2,1,Set(FRAUDGUARD_TENANT={tenant})
 same => n,Set(FRAUDGUARD_EXTENSION={A})
 same => n,Dial(PJSIP/{two}@carrier,60)
exten => 9{lot}3,1,Set(CHANNEL(accountcode)=globex)
 same => n,Dial(PJSIP/{three}@carrier,60)
`,
			play: func(p *play) {
				for _, number := range []string{"9{lot}1", "9{lot}2", "9{lot}3"} {
					p.comesIn(number, outsider)
				}
				p.answered("{one}", "{two}", "{three}")
			},
			pays: map[string]string{"{one}": nobody, "{two}": "A", "{three}": "globex/unknown"},
		},
		{
			name:   "the dialplan forwards what the phone is busy for",
			phones: map[string]sip.PhoneOptions{"A": {Incoming: sip.Behaviour{Refuse: 486}}},
			dialplan: `
[from-carrier](+)
exten => 9{lot}1,1,Dial(PJSIP/{A},60)
 same => n,Dial(PJSIP/{one}@carrier,60)
exten => 9{lot}2,1,Dial(PJSIP/{A},60)
 same => n,Set(FRAUDGUARD_TENANT={tenant})
 same => n,Set(FRAUDGUARD_EXTENSION={A})
 same => n,Dial(PJSIP/{two}@carrier,60)
`,
			play: func(p *play) {
				p.comesIn("9{lot}1", outsider)
				p.comesIn("9{lot}2", outsider)
				p.answered("{one}", "{two}")
			},
			pays: map[string]string{"{one}": nobody, "{two}": "A"},
		},
	}
}
