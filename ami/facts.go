package ami

import (
	"strconv"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/guard"
)

// Filters are the regular expressions by which Asterisk sends only the events that become facts, and
// those by which the link sees its own permissions. Without them most of the traffic is variables
// being set and media reports. The end of a line is a control character; no action can hold one.
func Filters() []string {
	return []string{
		"^Event: (Newchannel|Newstate|DialBegin|DialEnd|Hangup|HangupRequest|BlindTransfer|AttendedTransfer|ParkedCall|Hold|LocalBridge|Cdr|FullyBooted|SuccessfulAuth)[[:cntrl:]]",
		"^Event: VarSet[[:cntrl:]].*Variable: _*FRAUDGUARD_(TENANT|EXTENSION)[[:cntrl:]]",
	}
}

// Fact makes of an event the fact that the guard knows; ok is false for events that tell it
// nothing. The strings of the fact share memory with the message.
func Fact(server string, m Message, at time.Time) (fact guard.Fact, ok bool) {
	seen := guard.Seen{Server: server, At: at}
	switch m.Event() {
	case "Newchannel", "Newstate", "DialBegin", "Hangup":
		if m.Get("Uniqueid") == "" && m.Get("DestUniqueid") == "" {
			return guard.EventBroken{Seen: seen}, true
		}
	}
	switch m.Event() {
	case "Newchannel":
		c := channelOf(m, "")
		return guard.ChannelCreated{Seen: seen, Channel: c}, c.ID != ""
	case "Newstate":
		c := channelOf(m, "")
		return guard.ChannelAnswered{Seen: seen, Channel: c}, c.ID != "" && c.State == guard.StateUp
	case "DialBegin":
		to := channelOf(m, "Dest")
		return guard.DialBegun{Seen: seen, From: channelOf(m, ""), To: to, Dialled: dialled(m)}, to.ID != ""
	case "DialEnd":
		to := channelOf(m, "Dest")
		if number := m.Get("Forward"); number != "" {
			return guard.Forwarded{Seen: seen, By: to, From: channelOf(m, ""), To: number}, to.ID != ""
		}
		return guard.ChannelAnswered{Seen: seen, Channel: to}, to.ID != "" && m.Get("DialStatus") == "ANSWER"
	case "Hangup":
		cause, _ := strconv.Atoi(m.Get("Cause"))
		id := m.Get("Uniqueid")
		return guard.ChannelEnded{Seen: seen, ID: id, Cause: cause}, id != ""
	case "BlindTransfer":
		return guard.Transferred{Seen: seen, By: channelOf(m, "Transferer"), Transferee: channelOf(m, "Transferee")},
			m.Get("Result") == "Success"
	case "AttendedTransfer":
		// Where two calls are joined nothing new is dialled; where the second one was to a dialplan, the
		// first one's party goes on there.
		return guard.Transferred{Seen: seen, By: channelOf(m, "OrigTransferer"), Transferee: channelOf(m, "Transferee")},
			m.Get("Result") == "Success" && m.Get("DestType") == "App"
	case "ParkedCall":
		c := channelOf(m, "Parkee")
		return guard.Parked{Seen: seen, Channel: c, By: m.Get("ParkerDialString")}, c.ID != ""
	case "Hold":
		c := channelOf(m, "")
		return guard.Held{Seen: seen, Channel: c}, c.ID != ""
	case "HangupRequest":
		c := channelOf(m, "")
		return guard.Declined{Seen: seen, Channel: c}, c.ID != ""
	case "LocalBridge":
		one, two := channelOf(m, "LocalOne"), channelOf(m, "LocalTwo")
		return guard.LocalJoined{Seen: seen, One: one, Two: two}, one.ID != "" && two.ID != ""
	case "VarSet":
		return accountNamed(seen, m)
	case "Cdr":
		record, ok := callRecord(m)
		return guard.CallRecorded{Seen: seen, CallRecord: record}, ok
	}
	return nil, false
}

// accountNamed reads the variables by which a dialplan names the payer.
func accountNamed(seen guard.Seen, m Message) (guard.Fact, bool) {
	f := guard.AccountNamed{Seen: seen, Channel: channelOf(m, "")}
	switch strings.TrimLeft(m.Get("Variable"), "_") { // one or two _ make it inherited
	case "FRAUDGUARD_TENANT":
		f.Tenant = m.Get("Value")
	case "FRAUDGUARD_EXTENSION":
		f.Extension = m.Get("Value")
	}
	return f, f.Channel.ID != "" && f.Tenant+f.Extension != ""
}

// callRecord reads a call record. Its times are those of Asterisk's host, which is taken to be in the
// same time zone as this one; where they cannot be read, they are zero.
func callRecord(m Message) (r guard.CallRecord, ok bool) {
	seconds, err := strconv.ParseInt(m.Get("BillableSeconds"), 10, 64)
	if err != nil || seconds < 0 {
		return r, false
	}
	moment := func(key string) time.Time {
		t, _ := time.ParseInLocation(time.DateTime, m.Get(key), time.Local)
		return t
	}
	r = guard.CallRecord{
		Channel: m.Get("Channel"), Destination: m.Get("DestinationChannel"), ID: m.Get("UniqueID"), LinkedID: m.Get("LinkedID"),
		Exten: m.Get("Destination"), Context: m.Get("DestinationContext"), AccountCode: m.Get("AccountCode"),
		Started: moment("StartTime"), Answered: moment("AnswerTime"), Ended: moment("EndTime"), BillableSeconds: seconds,
	}
	if m.Get("LastApplication") == "Dial" {
		r.Dialled = DialledBy(r.Destination, m.Get("LastData"))
	}
	return r, true
}

// DialledBy is the number that a channel was told to dial by the arguments of the dialplan's Dial,
// "PJSIP/number@trunk&PJSIP/101,60,tT"; it is empty where they do not name the channel's endpoint once.
func DialledBy(channel, arguments string) string {
	technology, rest, _ := strings.Cut(channel, "/")
	endpoint := rest[:max(strings.LastIndexByte(rest, '-'), 0)]
	targets, _, _ := strings.Cut(arguments, ",")
	dialled := ""
	for target := range strings.SplitSeq(targets, "&") {
		by, to, _ := strings.Cut(target, "/")
		if by != technology || endpoint == "" {
			continue
		}
		number := dialledOn(technology, to)
		if to == number+"@"+endpoint || strings.HasPrefix(to, number+"@"+endpoint+"/") || strings.HasPrefix(to, endpoint+"/") {
			if dialled != "" {
				return "" // which of them this channel dialled, nobody can tell
			}
			dialled = number
		}
	}
	return dialled
}

// channelOf reads the channel whose headers have the prefix.
func channelOf(m Message, prefix string) guard.Channel {
	return guard.Channel{
		ID:          m.Get(prefix + "Uniqueid"),
		LinkedID:    m.Get(prefix + "Linkedid"),
		Name:        m.Get(prefix + "Channel"),
		State:       stateOf(m.Get(prefix + "ChannelState")),
		AccountCode: m.Get(prefix + "AccountCode"),
		Context:     m.Get(prefix + "Context"),
		Exten:       m.Get(prefix + "Exten"),
	}
}

// stateOf reads Asterisk's number of a channel state (ast_channel_state): 0 to 2 before anything
// was dialled, 6 answered, the others in between.
func stateOf(number string) guard.ChannelState {
	switch number {
	case "", "0", "1", "2":
		return guard.StateOutgoing
	case "6":
		return guard.StateUp
	}
	return guard.StateRinging
}

// dialled is the number in what a channel was told to dial. Each technology writes it in its own
// way: PJSIP and SIP "number@trunk", "trunk/number" or "trunk/sip:number@host", IAX2 and DAHDI
// "trunk/number". Where PJSIP and SIP find both an @ before the slash and something after it, they
// dial what stands before the @: whoever could add the rest to a number must not hide it.
func dialled(m Message) string {
	technology, _, _ := strings.Cut(m.Get("DestChannel"), "/")
	number := dialledOn(technology, m.Get("DialString"))
	if number == "" {
		number = known(m.Get("DestCallerIDNum"))
	}
	return number
}

// dialledOn is the number in what a channel of a technology was told to dial.
func dialledOn(technology, text string) string {
	trunk, rest, _ := strings.Cut(text, "/")
	number := rest
	if before, _, ok := strings.Cut(trunk, "@"); ok && technology != "IAX2" {
		number = before
	}
	for _, scheme := range []string{"sip:", "sips:", "tel:"} {
		number = strings.TrimPrefix(number, scheme)
	}
	number, _, _ = strings.Cut(number, "@")
	number, _, _ = strings.Cut(number, "/")
	return number
}

// known is a number as Asterisk shows it, "" where it shows that there is none.
func known(number string) string {
	if number == "<unknown>" {
		return ""
	}
	return number
}

// Listed makes a fact of the answer to CoreShowChannels.
func Listed(server string, channels []Message, at time.Time) guard.ChannelsListed {
	list := guard.ChannelsListed{Seen: guard.Seen{Server: server, At: at}}
	for _, m := range channels {
		c := guard.ListedChannel{
			Channel: channelOf(m, ""),
			Created: at.Add(-duration(m.Get("Duration"))),
			// Dial and Originate leave these names on a channel that they dial out on.
			Outgoing: strings.HasPrefix(m.Get("Application"), "AppDial"),
			Dialled:  known(m.Get("CallerIDNum")),
		}
		// A channel that was made for another one's call was dialled, whatever it does now.
		c.Outgoing = c.Outgoing || c.LinkedID != "" && c.LinkedID != c.ID
		if c.Dialled == "" {
			c.Dialled = c.Exten
		}
		if c.ID != "" {
			list.Channels = append(list.Channels, c)
		}
	}
	return list
}

// duration reads "hours:minutes:seconds", which Asterisk cuts down to a whole second.
func duration(s string) time.Duration {
	var total time.Duration
	for part := range strings.SplitSeq(s, ":") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 || n > 1e6 {
			return 0
		}
		total = total*60 + time.Duration(n)*time.Second
	}
	return total + time.Second
}
