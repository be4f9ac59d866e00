package daemon

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// holder names one fraudguard among all, on all machines: by which the others know who has a server,
// and those of the same machine whether it is still there.
type holder struct {
	host    string
	process int
	began   string // when the process began, in the kernel's ticks since it booted
	boot    string // which boot of a kernel it is
	space   string // the processes' numbers are those of this namespace
}

// thisHolder is this very process.
func thisHolder() holder {
	h := holder{process: os.Getpid()}
	h.host, _ = os.Hostname()
	_, h.began, _ = processState(h.process)
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	h.boot = strings.TrimSpace(string(boot))
	h.space, _ = os.Readlink("/proc/self/ns/pid")
	return h
}

// String writes it as it stands in the store and in Asterisk.
func (h holder) String() string {
	return fmt.Sprintf("host=%s process=%d began=%s boot=%s space=%s", word(h.host), h.process, word(h.began), word(h.boot), word(h.space))
}

// word keeps what has no room for spaces together.
func word(s string) string { return strings.Join(strings.Fields(s), "_") }

// readHolder is the way back; ok is false where the text is none of a holder's.
func readHolder(text string) (h holder, ok bool) {
	for _, part := range strings.Fields(text) {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "host":
			h.host = value
		case "process":
			h.process, _ = strconv.Atoi(value)
		case "began":
			h.began = value
		case "boot":
			h.boot = value
		case "space":
			h.space = value
		}
	}
	return h, h.process > 0
}

// mostWords bounds what is shown of a text that is no holder's, in bytes.
const mostWords = 100

// holderWords says for people who a holder is.
func holderWords(text string) string {
	h, ok := readHolder(text)
	if !ok || len(text) > 10*mostWords {
		return strconv.Quote(text[:min(len(text), mostWords)])
	}
	return fmt.Sprintf("process %d on %q", h.process, h.host)
}

// gone says whether a holder is known to have ended: only of processes of this machine, this boot and
// this namespace can that be known.
func (h holder) gone(of holder) bool {
	if of.boot == "" || of.boot != h.boot || of.space == "" || of.space != h.space {
		return false
	}
	if errors.Is(syscall.Kill(of.process, 0), syscall.ESRCH) {
		return true
	}
	state, began, ok := processState(of.process)
	// Its number may have gone to another process, and one that has ended may not have been waited for.
	return ok && (began != of.began || state == "Z" || state == "X")
}

// processState reads what the kernel says of a process: its state, and when it began.
func processState(process int) (state, began string, ok bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process))
	if err != nil {
		return "", "", false
	}
	// The second field is the program's name in brackets, which can hold anything.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	const stateField, beganField = 0, 19 // the third and the twenty-second of proc(5)
	if len(fields) <= beganField {
		return "", "", false
	}
	return fields[stateField], fields[beganField], true
}
