package payers

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/fraudguard/fraudguard/ami"
	"github.com/fraudguard/fraudguard/guard"
)

// record plays one shape after the other, and writes what the manager told of each: the events as a
// transcript such as package ami has, and the facts as a story such as package guard has. The
// story's effects are written by "go test ./guard -update".
var record = flag.String("record", "", "the folder to which to write the events and facts of each shape")

// recording writes down what the manager tells until the function that it gives is called.
func (p *play) recording() func() {
	if *record == "" {
		return func() {}
	}
	ctx, cancel := context.WithCancel(p.ctx)
	session := must(p, func() (*ami.Session, error) { return p.manager(ctx) })
	var transcript []byte
	told := storyteller{names: p.names, ids: make(map[string]string), codes: make(map[string]string)}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			e, err := session.Next(ctx)
			if err != nil {
				return
			}
			if f, ok := ami.Fact("pbx", e.Event, e.At); ok {
				told.tell(f)
				transcript = bytes.TrimSuffix(e.Event.AppendTo(transcript), []byte("\r\n"))
				transcript = fmt.Appendf(transcript, "Timestamp: %.6f\r\n\r\n", float64(e.At.UnixMicro())/1e6)
			}
		}
	})
	return func() {
		p.pause(500 * time.Millisecond) // for events that come late
		cancel()
		work.Wait()
		session.Close()
		folder := filepath.Join(*record, "asterisk"+p.Asterisk.Version)
		p.check(os.MkdirAll(folder, 0o755))
		p.check(os.WriteFile(filepath.Join(folder, strings.ReplaceAll(p.slug, "_", "-")+".ami"), transcript, 0o644))
		story := fmt.Sprintf("# %s, as a real Asterisk %s told it.\nprice 44 uk 0.60 2/2\n\n%s", p.shape.name, p.Asterisk.Version, told.text.String())
		p.check(os.WriteFile(filepath.Join(folder, "pays_"+p.slug+".story"), []byte(story), 0o644))
	}
}

// storyteller makes a story's lines of facts, with the same names in every shape.
type storyteller struct {
	names
	ids   map[string]string // those of the story, by Asterisk's
	codes map[string]string // the account codes with which channels began, by the same
	first time.Time
	text  strings.Builder
}

func (s *storyteller) tell(f guard.Fact) {
	switch f := f.(type) {
	case guard.ChannelCreated:
		s.codes[f.Channel.ID] = f.Channel.AccountCode
		line := []string{"channel", s.id(f.Channel), f.Channel.Name}
		if f.Channel.AccountCode != "" {
			line = append(line, "account="+f.Channel.AccountCode)
		}
		if f.Channel.LinkedID != f.Channel.ID {
			line = append(line, "linked="+s.id(guard.Channel{ID: f.Channel.LinkedID}))
		}
		way := "in"
		if f.Channel.State == guard.StateOutgoing {
			way = "out"
		}
		s.line(f, append(line, way)...)
	case guard.DialBegun:
		line := []string{"dial", s.id(f.From), s.id(f.To), f.Dialled}
		if f.To.AccountCode != s.codes[f.To.ID] {
			line = append(line, "account="+f.To.AccountCode)
		}
		s.line(f, line...)
	case guard.ChannelAnswered:
		s.line(f, "answer", s.id(f.Channel))
	case guard.ChannelEnded:
		s.line(f, "end", s.id(guard.Channel{ID: f.ID}))
	case guard.Transferred:
		s.line(f, "transfer", s.id(f.By), s.id(f.Transferee))
	case guard.Forwarded:
		s.line(f, "forward", s.id(f.By), s.id(f.From), f.To)
	case guard.Parked:
		s.line(f, "park", s.id(f.Channel), f.By)
	case guard.Declined:
		s.line(f, "decline", s.id(f.Channel))
	case guard.Held:
		s.line(f, "hold", s.id(f.Channel))
	case guard.LocalJoined:
		s.line(f, "local", s.id(f.One), s.id(f.Two))
	case guard.AccountNamed:
		s.line(f, "named", s.id(f.Channel), orDash(f.Tenant), orDash(f.Extension))
	}
}

// line writes a fact. The tenant is acme, its phones 101 to 103, and both trunks are the carrier.
func (s *storyteller) line(f guard.Fact, words ...string) {
	if s.first.IsZero() {
		s.first = f.When()
	}
	at := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC).Add(f.When().Sub(s.first))
	pairs := []string{s.tenant(), "acme", s.digits(), "44111000", "PJSIP/backup", "PJSIP/carrier"}
	for i, extension := range s.extensions() {
		for _, around := range []string{" %s ", "/%s@", "/%s-"} {
			pairs = append(pairs, fmt.Sprintf(around, extension), fmt.Sprintf(around, fmt.Sprint(101+i)))
		}
	}
	text := strings.TrimSpace(strings.NewReplacer(pairs...).Replace(strings.Join(words, " ") + " "))
	fmt.Fprintf(&s.text, "%s %s\n", at.Format("15:04:05.999"), text)
}

// id names channels by their order: a, b, c.
func (s *storyteller) id(c guard.Channel) string {
	if c.ID == "" {
		return "-"
	}
	if s.ids[c.ID] == "" {
		s.ids[c.ID] = fmt.Sprintf("%c", 'a'+len(s.ids))
	}
	return s.ids[c.ID]
}

func orDash(name string) string {
	if name == "" {
		return "-"
	}
	return name
}
