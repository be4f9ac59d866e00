package ami

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// What the guard needs to be allowed, with the class for the write= line of manager.conf that gives it.
var neededActions = []struct{ action, class string }{
	{"Setvar", "call"},
	{"Hangup", "call"},
	{"DBPut", "system"},
	{"DBDel", "system"},
	{"DBDelTree", "system"},
	{"CoreShowChannels", "reporting"},
	{"Filter", "system"},
}

// access is what the user of a session may do and see.
//
// Asterisk tells which actions a user may call. Which events it may read cannot be asked; it shows by itself. The login
// makes Asterisk send FullyBooted to who may read "system", and a security event SuccessfulAuth about that very login to
// who may read "security" (seen on 16.28 and 22.10, mostly before the first answer after the login; on a busy machine
// after the filters are set). Events of "call" and "cdr" come only with calls.
type access struct {
	may      map[string]bool // actions, in lower case
	version  string          // of Asterisk
	filtered bool
	missing  []string

	seen    [len(readClasses)]bool
	hasCDR  bool // as far as known, Asterisk makes Cdr events
	allSeen bool
}

// loginTime is how long after the login its events are waited for before their absence tells something.
const loginTime = 5 * time.Second

const (
	readCall = iota
	readCDR
	readSecurity
	readSystem
)

var readClasses = [...]string{readCall: "call", readCDR: "cdr", readSecurity: "security", readSystem: "system"}

func (a access) allowed(action string) bool { return a.may[strings.ToLower(action)] }

// inspect finds out what the user of the session may do, and sets the event filters. Only what ListCommands lists is
// tried: Asterisk reports every other attempt as a security event. The filters come last, so that they do not hide the
// events of the login.
func (l *Link) inspect(ctx context.Context, s *Session) (access, error) {
	a := access{may: map[string]bool{}, hasCDR: true}
	commands, err := s.Do(ctx, NewAction("ListCommands"))
	if err != nil {
		return a, err
	}
	for name := range commands.Headers() {
		a.may[strings.ToLower(name)] = true
	}
	for _, n := range neededActions {
		if !a.allowed(n.action) {
			a.missing = append(a.missing, fmt.Sprintf(
				"user %q may not %s: add %q to its write= line in manager.conf and run \"manager reload\"", l.cfg.User, n.action, n.class))
		}
	}
	for _, step := range []func(context.Context, *Session, *access) error{l.inspectCore, l.inspectModule, l.filter} {
		if err := step(ctx, s, &a); err != nil {
			return a, err
		}
	}
	return a, nil
}

func (l *Link) inspectCore(ctx context.Context, s *Session, a *access) error {
	if !a.allowed("CoreSettings") {
		return nil
	}
	core, err := s.Do(ctx, NewAction("CoreSettings"))
	if err != nil {
		return unlessRefused(err)
	}
	a.version = strings.Clone(core.Get("AsteriskVersion"))
	if strings.EqualFold(core.Get("CoreCDRenabled"), "No") {
		a.hasCDR = false
		a.missing = append(a.missing, `call records are off, so calls that were not watched cannot be charged: set "enable = yes" in cdr.conf and run "module reload cdr"`)
	}
	return nil
}

func (l *Link) inspectModule(ctx context.Context, s *Session, a *access) error {
	if !a.allowed("ModuleCheck") {
		return nil
	}
	_, err := s.Do(ctx, NewAction("ModuleCheck").With("Module", "cdr_manager"))
	if _, no := refusedBy(err); no {
		a.hasCDR = false
		a.missing = append(a.missing, `cdr_manager is not loaded, so Asterisk sends no Cdr events: set "enabled = yes" in cdr_manager.conf and run "module load cdr_manager.so"`)
	}
	return unlessRefused(err)
}

// filter asks for the wanted events only. Without filters the link works too, and reads every event. But a filter that
// is refused after others were accepted would leave the session blind for what it was to let through: then the session
// is given up, and the next one goes without any.
func (l *Link) filter(ctx context.Context, s *Session, a *access) error {
	for i, expression := range l.filters {
		if l.unfilterable != "" || !a.allowed("Filter") {
			break
		}
		action := NewAction("Filter").With("Operation", "Add").With("Filter", expression)
		_, err := action.Encode("")
		if err == nil {
			_, err = s.Do(ctx, action)
			if _, no := refusedBy(err); err != nil && !no {
				return err
			}
		}
		if err != nil {
			l.unfilterable = fmt.Sprintf("event filter %d cannot be used, so the link reads every event: %v", i+1, err)
			if i > 0 {
				return fmt.Errorf("ami: %s: logging in again without filters: %w", l.cfg.where(), err)
			}
			break
		}
		a.filtered = true
	}
	if l.unfilterable != "" {
		a.missing = append(a.missing, l.unfilterable)
	}
	return nil
}

func unlessRefused(err error) error {
	if _, no := refusedBy(err); no {
		return nil
	}
	return err
}

// witness notes which classes of events can be read. Only the goroutine of Run writes access.
func (l *Link) witness(m Message) {
	if l.access.allSeen {
		return
	}
	class, _, _ := strings.Cut(m.Get("Privilege"), ",")
	i := slices.Index(readClasses[:], class)
	if i < 0 || l.access.seen[i] {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.access.seen[i] = true
	l.access.allSeen = !slices.Contains(l.access.seen[:], false)
}

// unseen is the classes that a login must have shown, which was so long ago, and has not.
func (a access) unseen(user string, ago time.Duration) []string {
	var sentences []string
	for _, class := range []int{readSecurity, readSystem} {
		if ago > loginTime && !a.seen[class] {
			sentences = append(sentences, fmt.Sprintf(
				"user %q does not see %q events: add %q to its read= line in manager.conf and run \"manager reload\"",
				user, readClasses[class], readClasses[class]))
		}
	}
	return sentences
}

// unproven is the classes whose first event is still to come.
func (a access) unproven(user string) []string {
	var sentences []string
	for _, class := range []int{readCall, readCDR} {
		if !a.seen[class] && (class != readCDR || a.hasCDR) {
			sentences = append(sentences, fmt.Sprintf(
				"no %q event seen yet: if there have been calls since, add %q to the read= line of user %q in manager.conf and run \"manager reload\"",
				readClasses[class], readClasses[class], user))
		}
	}
	return sentences
}
