package asterisk

import (
	"fmt"
	"strings"
)

// emergency numbers go to the trunk from every context, and ask nobody.
func emergency() []string { return []string{"112", "113", "118"} }

// dialplan writes extensions.conf: for each tenant a context that dials at
// once and one that asks first, for each trunk a context for incoming calls,
// then the text of the test's author.
func dialplan(o Options) string {
	var b strings.Builder
	b.WriteString("[general]\nstatic=yes\nwriteprotect=yes\n")
	for _, tenant := range o.Tenants {
		writeTenant(&b, tenant, o.StasisApp)
	}
	for _, trunk := range o.Trunks {
		fmt.Fprintf(&b, "[from-%s]\n", trunk.Name)
		seen := make(map[string]bool)
		for _, tenant := range o.Tenants {
			for _, extension := range tenant.Extensions {
				if !seen[extension.Number] {
					writePhone(&b, extension)
				}
				seen[extension.Number] = true
			}
		}
	}
	b.WriteString(o.Dialplan)
	b.WriteString("\n")
	return b.String()
}

func writePhone(b *strings.Builder, extension Extension) {
	fmt.Fprintf(b, "exten => %s,1,Dial(PJSIP/%s,60,tT)\n same => n,Hangup()\n", extension.Number, extension.Endpoint)
}

// writeTenant repeats the phones and the emergency numbers in both contexts
// instead of including them: Asterisk looks into an included context only
// where the including one has no match, and there "_X." matches everything.
func writeTenant(b *strings.Builder, tenant Tenant, app string) {
	dial := fmt.Sprintf("Dial(PJSIP/${EXTEN}@%s,60,tT)\n same => n,Hangup()\n", tenant.Trunk)
	for _, kind := range []string{"tenant", "ask"} {
		fmt.Fprintf(b, "[%s-%s]\n", kind, tenant.Name)
		for _, extension := range tenant.Extensions {
			writePhone(b, extension)
		}
		if tenant.Trunk == "" {
			continue
		}
		for _, number := range emergency() {
			fmt.Fprintf(b, "exten => %s,1,%s", number, dial)
		}
		for _, pattern := range []string{"_X.", "_+X."} {
			if kind == "tenant" {
				fmt.Fprintf(b, "exten => %s,1,%s", pattern, dial)
				continue
			}
			fmt.Fprintf(b, `exten => %s,1,Set(FRAUDGUARD_TENANT=%s)
 same => n,Set(FRAUDGUARD_EXTENSION=${CHANNEL(endpoint)})
 same => n,Stasis(%s,${EXTEN})
 same => n,GotoIf($["${FRAUDGUARD_RESULT}" = "DENY"]?denied)
 same => n,%s same => n(denied),Hangup(21)
`, pattern, tenant.Name, app, dial)
		}
	}
}
