package payers

import (
	"os"
	"path/filepath"
	"syscall"
)

// originated are calls that a program asks Asterisk for. Nobody's phone began those to a trunk: whom
// the program names pays, by variable or account code. What it shows as the caller says nothing.
func originated() []shape {
	return []shape{
		{
			name: "originated to a trunk",
			play: func(p *play) {
				wait := []string{"Async", "true", "Application", "Wait", "Data", "20", "CallerID", "{A} <{A}>"}
				p.ask("Originate", append(wait, "Channel", "PJSIP/{one}@carrier")...)
				p.ask("Originate", append(wait, "Channel", "PJSIP/{two}@carrier", "Account", "globex")...)
				p.ask("Originate", append(wait, "Channel", "PJSIP/{three}@carrier",
					"Variable", "FRAUDGUARD_TENANT={tenant}", "Variable", "FRAUDGUARD_EXTENSION=dialer")...)
				p.ask("Originate", append(wait, "Channel", "Local/{four}@tenant-{tenant}/n")...)
				p.answered("{one}", "{two}", "{three}", "{four}")
			},
			pays: map[string]string{"{one}": nobody, "{two}": "globex/unknown", "{three}": "{tenant}/dialer", "{four}": nobody},
		},
		{
			name: "originated on the console",
			play: func(p *play) {
				for _, command := range []string{
					"channel originate PJSIP/{one}@carrier application Wait 20",
					"channel originate Local/{two}@tenant-{tenant}/n application Wait 20",
				} {
					must(p, func() (string, error) { return p.Asterisk.Console(p.ctx, p.Replace(command)) })
				}
				p.answered("{one}", "{two}")
			},
			pays: map[string]string{"{one}": nobody, "{two}": nobody},
		},
		{
			name: "a call file",
			play: func(p *play) {
				p.callFile("Channel: PJSIP/{one}@carrier\nCallerid: {A} <{A}>\nApplication: Wait\nData: 20\n")
				p.callFile("Channel: PJSIP/{two}@carrier\nAccount: globex\nApplication: Wait\nData: 20\n")
				p.callFile("Channel: Local/{three}@tenant-{tenant}/n\nSetvar: __FRAUDGUARD_TENANT={tenant}\nSetvar: __FRAUDGUARD_EXTENSION={A}\n" +
					"Application: Wait\nData: 20\n")
				p.answered("{one}", "{two}", "{three}")
			},
			pays: map[string]string{"{one}": nobody, "{two}": "globex/unknown", "{three}": "A"},
		},
		{
			// First the phone rings, then the number is dialled. The account code and the caller that the
			// program gives are not heard: the phone has its own.
			name: "click to dial",
			play: func(p *play) {
				p.ask("Originate", "Async", "true", "Channel", "PJSIP/{A}", "Context", "tenant-{tenant}", "Exten", "{one}", "Priority", "1")
				p.ask("Originate", "Async", "true", "Channel", "PJSIP/{B}", "Context", "tenant-{tenant}", "Exten", "{two}", "Priority", "1",
					"Account", "globex", "CallerID", "{C} <{C}>")
				p.ask("Originate", "Async", "true", "Channel", "Local/{C}@tenant-{tenant}", "Context", "tenant-{tenant}", "Exten", "{three}", "Priority", "1")
				p.answered("{one}", "{two}", "{three}")
			},
			pays: map[string]string{"{one}": "A", "{two}": "B", "{three}": "C"},
		},
	}
}

// callFile puts a file into the folder from which Asterisk takes calls.
func (p *play) callFile(text string) {
	p.t.Helper()
	spool := filepath.Join(p.Asterisk.Folder, "spool")
	info, err := os.Stat(spool)
	p.check(err)
	owner := info.Sys().(*syscall.Stat_t)
	file, err := os.CreateTemp(filepath.Join(spool, "tmp"), "*.call")
	p.check(err)
	_, err = file.WriteString(p.Replace(text))
	p.check(err)
	p.check(file.Chown(int(owner.Uid), int(owner.Gid)))
	p.check(file.Close())
	p.check(os.Rename(file.Name(), filepath.Join(spool, "outgoing", filepath.Base(file.Name()))))
}
