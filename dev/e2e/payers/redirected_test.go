package payers

// redirected are channels that somebody takes out of their call: they pay as before, whoever did it,
// for Asterisk does not tell who that was.
func redirected() []shape {
	return []shape{
		{
			name: "a paid leg redirected to a trunk",
			play: func(p *play) {
				p.call("A", "{one}")
				p.ask("Redirect", "Channel", p.channel("PJSIP/carrier", "{one}"), "Context", "tenant-{tenant}", "Exten", "{two}", "Priority", "1")
				p.answered("{two}")
			},
			pays: map[string]string{"{one}": "A", "{two}": "A"},
		},
		{
			name: "a phone redirected to a trunk",
			play: func(p *play) {
				p.call("A", "{one}")
				p.ask("Redirect", "Channel", p.channel("PJSIP/{A}", ""), "Context", "tenant-{tenant}", "Exten", "{two}", "Priority", "1")
				p.answered("{two}")
			},
			pays: map[string]string{"{one}": "A", "{two}": "A"},
		},
		{
			// B sends A's call to a trunk, with a dialplan that lets it. A pays: nothing tells of B.
			name: "somebody else's call redirected to a trunk",
			dialplan: `
[tenant-{tenant}](+)
exten => 55,1,Set(GLOBAL(OTHER_{lot})=${CHANNEL})
 same => n,Answer()
 same => n,Wait(20)
exten => 56,1,ChannelRedirect(${OTHER_{lot}},tenant-{tenant},{one},1)
`,
			play: func(p *play) {
				p.call("A", "55")
				p.dial("B", "56")
				p.answered("{one}")
			},
			pays: map[string]string{"{one}": "A"},
		},
		{
			// Another program takes a leg out of its dialplan and joins it with a phone.
			name: "a leg moved into another channel",
			play: func(p *play) {
				p.ask("Originate", "Async", "true", "Channel", "PJSIP/{one}@carrier", "Application", "Wait", "Data", "20", "Account", "globex", "CallerID", "{one}")
				p.answered("{one}")
				p.ask("Originate", "Async", "true", "Channel", "PJSIP/{A}", "Application", "Wait", "Data", "20")
				p.check(p.receives("A").WaitAnswered(p.ctx))
				p.ask("Bridge", "Channel1", p.channel("PJSIP/carrier", "{one}"), "Channel2", p.channel("PJSIP/{A}", ""))
				p.talk()
			},
			pays: map[string]string{"{one}": "globex/unknown"},
		},
	}
}
