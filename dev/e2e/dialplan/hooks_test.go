package dialplan

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/asterisk"
)

// freepbx is how FreePBX 17 comes to its hook: a route, the trunk's subroutine, the hook, the dialling.
const freepbx = `
[site]
exten => _[0-9*+].,1,UserEvent(Begin,Id: ${ID})
 same => n,Set(AMPUSER=101)
 same => n,Gosub(macro-dialout-trunk,s,1(1,${EXTEN},,off))
 same => n,UserEvent(Elsewhere,Result: next trunk)
 same => n,Hangup(16)

[macro-dialout-trunk]
exten => s,1,Set(DIAL_TRUNK=${ARG1})
 same => n,Set(DIAL_NUMBER=${ARG2})
 same => n,Set(OUTNUM=77${ARG2})
 same => n(gocall),Gosub(macro-dialout-trunk-predial-hook,s,1())
 same => n,GotoIf($["${PREDIAL_HOOK_RET}" = "BYPASS"]?bypass,1)
 same => n,Set(LEFT=${TIMEOUT(absolute)})
 same => n,UserEvent(Back,Result: ${FRAUDGUARD_RESULT},Reason: ${FRAUDGUARD_REASON},Left: ${LEFT},Where: ${CONTEXT} ${EXTEN},Number: ${DIAL_NUMBER})
 same => n,Goto(s-CHANUNAVAIL,1)
exten => s-CHANUNAVAIL,1,NoOp(the next trunk)
 same => n,Return()
exten => bypass,1,Return()
`

// withMacros is how FreePBX until 16 and Issabel come to it.
func withMacros() string {
	return strings.NewReplacer(
		"Gosub(macro-dialout-trunk,s,1(1,${EXTEN},,off))", "Macro(dialout-trunk,1,${EXTEN},,off)",
		"Gosub(macro-dialout-trunk-predial-hook,s,1())", "Macro(dialout-trunk-predial-hook,)",
		" same => n,Return()\n", " same => n,NoOp()\n",
		"bypass,1,Return()", "bypass,1,NoOp()",
	).Replace(freepbx)
}

func TestFreePBX(t *testing.T) {
	each(t, "freepbx", italy(), freepbx, func(t *testing.T, b *bench) {
		hook(t, b)
		o := b.silently(t)
		want(t, "the guard is silent: and the next trunk", o.elsewhere, "Result", "next trunk")
	})
}

// TestFreePBXMacro runs on the version that still has app_macro.
func TestFreePBXMacro(t *testing.T) {
	b := start(t, asterisk.Versions()[0], text(t, "freepbx", italy())+withMacros())
	if out, err := b.server.Console(t.Context(), "module load app_macro.so"); err != nil {
		t.Fatal(out, err)
	}
	hook(t, b)
	b.silently(t)
}

// silently makes a call that the fail mode lets pass after the guard has kept silent.
func (b *bench) silently(t *testing.T) outcome {
	t.Helper()
	b.beat(t, time.Now())
	o := b.call(t, "0699999999")
	want(t, "the guard is silent", o.back, "Result", "ALLOW", "Where", "macro-dialout-trunk s", "Number", "0699999999")
	if !o.ran("Stasis") || t.Failed() {
		t.Errorf("the guard is silent: %s", o.last())
	}
	return o
}

// hook: what FreePBX does behind its hook, by verdict.
func hook(t *testing.T, b *bench) {
	b.serve(t)
	b.on("0612345678", answer{verdict: "allow60"})
	b.on("0612345679", answer{verdict: "refuseblock"})
	for what, number := range map[string]string{"the guard allows": "0612345678", "emergency": "112"} {
		o := b.call(t, number)
		want(t, what, o.back, "Result", "ALLOW", "Where", "macro-dialout-trunk s", "Number", number)
		want(t, what+": and the next trunk", o.elsewhere, "Result", "next trunk")
		if what == "the guard allows" {
			about(t, "the limit", seconds(t, o.back, "Left"), 60)
			if args, _ := b.lastAsked(); !slices.Equal(args, []string{"ask", "", "101", "0", number}) {
				t.Errorf("asked %q", args)
			}
		}
	}
	refused(t, "the guard refuses", b.call(t, "0612345679"), "block")
	refused(t, "the guard is silent", b.call(t, "00442079460000"), "guard.gone")
	b.beat(t, time.Now().Add(-time.Hour))
	o := b.call(t, "0699999999")
	want(t, "the guard is gone", o.back, "Result", "ALLOW", "Where", "macro-dialout-trunk s")
	want(t, "the guard is gone: and the next trunk", o.elsewhere, "Result", "next trunk")
	refused(t, "the guard is gone", b.call(t, "00442079460000"), "guard.gone")
}

// wazo is how Wazo comes to a subroutine of an outgoing call.
const wazo = `
[site]
exten => _[0-9*+].,1,UserEvent(Begin,Id: ${ID})
 same => n,Set(WAZO_TENANT_UUID=2c34c282-433e-4bb8-8d56-fec14ff7e1e9)
 same => n,Set(WAZO_USERUUID=0f2d5a5c-9b7a-4a3c-b2c4-1b0c4a5c6d7e)
 same => n,Set(XIVO_BASE_EXTEN=${EXTEN})
 same => n,Gosub(outcall,s,1(5))
 same => n,Hangup(16)

[outcall]
exten => s,1,Set(WAZO_DSTID=${ARG1})
 same => n,Set(XIVO_DSTNUM=${XIVO_BASE_EXTEN})
 same => n,ExecIf($[${LEN(${OLDER})} = 0]?Set(WAZO_DSTNUM=${XIVO_BASE_EXTEN}))
 same => n,Gosub(wazo-subroutine,s,1(fraudguard-wazo))
 same => n,Set(LEFT=${TIMEOUT(absolute)})
 same => n,UserEvent(Back,Result: ${FRAUDGUARD_RESULT},Reason: ${FRAUDGUARD_REASON},Left: ${LEFT},Where: ${CONTEXT} ${EXTEN})
 same => n,Return()

[wazo-subroutine]
exten => s,1,GotoIf(${VALID_EXTEN(${ARG1},s)}?:nosubroutine)
 same => n,Gosub(${ARG1},s,1)
 same => n(nosubroutine),Return()
`

func TestWazo(t *testing.T) {
	each(t, "wazo", italy(), wazo, func(t *testing.T, b *bench) {
		const tenant, user = "2c34c282-433e-4bb8-8d56-fec14ff7e1e9", "0f2d5a5c-9b7a-4a3c-b2c4-1b0c4a5c6d7e"
		b.serve(t)
		b.on("0612345678", answer{verdict: "allow60"})
		b.on("0612345679", answer{verdict: "refuseblock"})
		for _, older := range []string{"", "yes"} {
			o := b.call(t, "0612345678", "OLDER="+older)
			want(t, "allowed", o.back, "Result", "ALLOW", "Where", "outcall s")
			about(t, "the limit", seconds(t, o.back, "Left"), 60)
			if args, _ := b.lastAsked(); !slices.Equal(args, []string{"ask", tenant, user, "0", "0612345678"}) {
				t.Errorf("asked %q", args)
			}
		}
		refused(t, "refused", b.call(t, "0612345679"), "block")
		allowed(t, "emergency", b.call(t, "112"))
		o := b.call(t, "0699999999")
		want(t, "the guard is silent", o.back, "Result", "ALLOW", "Where", "outcall s")
		b.beat(t, time.Now().Add(-time.Hour))
		allowed(t, "the guard is gone", b.call(t, "0612345678"))
		b.flag(t, "block/extension/"+tenant+"/"+user, "0")
		refused(t, "the guard is gone", b.call(t, "0612345678"), "block")
	})
}

// TestLoads: what is shipped loads without a word of complaint.
func TestLoads(t *testing.T) {
	for kind, hooks := range map[string]string{"plain": "", "freepbx": freepbx, "wazo": wazo} {
		t.Run(kind, func(t *testing.T) {
			each(t, kind, italy(), hooks, func(t *testing.T, b *bench) {
				log, err := os.ReadFile(filepath.Join(b.server.Folder, "log", "full"))
				if err != nil {
					t.Fatal(err)
				}
				contexts := 0
				for line := range strings.Lines(string(log)) {
					if strings.Contains(line, "pbx_config.c") && (strings.Contains(line, "WARNING") || strings.Contains(line, "ERROR")) ||
						strings.Contains(line, "pbx.c") && strings.Contains(line, "WARNING") {
						t.Error(line)
					}
				}
				for _, context := range []string{"fraudguard", "fraudguard-verdict", "fraudguard-message", "fraudguard-gone", "fraudguard-emergency", "fraudguard-domestic"} {
					if out, err := b.server.Console(t.Context(), "dialplan show "+context); err == nil && strings.Contains(out, "[ Context '"+context+"' created by 'pbx_config' ]") {
						contexts++
					}
				}
				if contexts != 6 {
					t.Errorf("only %d contexts were loaded", contexts)
				}
			})
		})
	}
}
