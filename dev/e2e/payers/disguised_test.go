package payers

import "github.com/fraudguard/fraudguard/dev/sip"

// disguised are callers who say that they are somebody else.
func disguised() []shape {
	return []shape{
		{
			name: "a phone with somebody else's caller id",
			phones: map[string]sip.PhoneOptions{"A": {Claims: "{B}", Headers: []string{
				"P-Asserted-Identity: <sip:{B}@localhost>", "Remote-Party-ID: <sip:{B}@localhost>;party=calling", "X-Account: globex",
			}}},
			dialplan: `
[tenant-{tenant}](+)
exten => 55,1,Set(CALLERID(all)={C} <{C}>)
 same => n,Dial(PJSIP/{two}@carrier,60)
`,
			play: func(p *play) {
				p.call("A", "{one}")
				p.call("A", "55")
			},
			pays: map[string]string{"{one}": "A", "{two}": "A"},
		},
		{
			// The dialplan takes an account code from what the phone sent or dialled. The one with which
			// the channel began counts.
			name:   "a phone that brings its own account code",
			phones: map[string]sip.PhoneOptions{"A": {Headers: []string{"X-Account: globex"}}},
			dialplan: `
[tenant-{tenant}](+)
exten => 55,1,Set(CHANNEL(accountcode)=${PJSIP_HEADER(read,X-Account)})
 same => n,Dial(PJSIP/{one}@carrier,60)
exten => _56X.,1,Set(CHANNEL(accountcode)=${EXTEN:2})
 same => n,Set(CHANNEL(peeraccount)=${EXTEN:2})
 same => n,Dial(PJSIP/{two}@carrier,60)
`,
			play: func(p *play) {
				p.call("A", "55")
				p.call("A", "56201")
			},
			pays: map[string]string{"{one}": "A", "{two}": "A"},
		},
		{
			name: "a caller from outside who says that he is inside",
			dialplan: `
[from-carrier](+)
exten => 9{lot}1,1,Set(CALLERID(num)={A})
 same => n,Dial(PJSIP/{one}@carrier,60)
`,
			play: func(p *play) {
				p.comesIn("9{lot}1", "00393331234567", p.Replace("P-Asserted-Identity: <sip:{A}@localhost>"), p.Replace("Remote-Party-ID: <sip:{A}@localhost>;party=calling"))
				p.answered("{one}")
			},
			pays: map[string]string{"{one}": nobody},
		},
	}
}
