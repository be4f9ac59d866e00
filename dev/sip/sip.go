// Package sip has phones and a carrier for tests against a real Asterisk.
//
// A [Phone] registers, dials, is called, transfers and vanishes. A [Carrier]
// stands at the far end of a trunk, answers as it is told to, and keeps its
// own bill: what it counted between its 200 OK and the BYE, at its own
// tariff, computed with nothing of the project's own. The end of an end-to-end
// test compares the project's ledger with that bill.
//
// Both speak SIP over UDP on the loopback network. No sound is sent: Asterisk
// keeps calls without it.
package sip

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	wire "github.com/emiago/sipgo/sip"
)

// The retransmission times of RFC 3261.
const (
	firstRetry  = 500 * time.Millisecond
	longestWait = 4 * time.Second
	giveUp      = 32 * time.Second
)

// received is one message from the other side, taken apart. It is not changed
// after the reader has made it, so any goroutine may look at it.
type received struct {
	method string // of the request, or of the request that this response answers
	status int    // zero for a request
	reason string // the words after the status

	user      string   // whom a request is for
	vias      []string // to be sent back with the response
	branch    string   // names the transaction
	from, to  string   // whole header values, with their tags
	callID    string
	seq       uint32
	contact   string // URI to which later requests of this dialog go
	challenge string // of a 401 or 407
	body      string

	source string // ip:port it came from
}

func parse(data []byte, source string) (*received, error) {
	msg, err := wire.ParseMessage(data)
	if err != nil {
		return nil, err
	}
	m := &received{source: source, body: string(msg.Body())}
	via, from, to, callID, seq := msg.Via(), msg.From(), msg.To(), msg.CallID(), msg.CSeq()
	if via == nil || from == nil || to == nil || callID == nil || seq == nil {
		return nil, fmt.Errorf("a header is missing")
	}
	for _, header := range msg.GetHeaders("Via") {
		m.vias = append(m.vias, header.Value())
	}
	m.branch, _ = via.Params.Get("branch")
	m.from, m.to, m.callID = from.Value(), to.Value(), callID.Value()
	m.seq, m.method = seq.SeqNo, string(seq.MethodName)
	for _, name := range []string{"WWW-Authenticate", "Proxy-Authenticate"} {
		for _, header := range msg.GetHeaders(name) {
			m.challenge = header.Value()
		}
	}
	var contact *wire.ContactHeader
	switch msg := msg.(type) {
	case *wire.Request:
		m.method, m.user, contact = string(msg.Method), msg.Recipient.User, msg.Contact()
	case *wire.Response:
		m.status, m.reason, contact = msg.StatusCode, msg.Reason, msg.Contact()
	}
	if m.method == "" || len(m.vias) == 0 {
		return nil, fmt.Errorf("the method or the Via headers cannot be read")
	}
	if contact != nil {
		m.contact = contact.Address.String()
	}
	return m, nil
}

// tag returns the tag of a From or To header, or "".
func tag(header string) string {
	_, rest, ok := strings.Cut(header, ";tag=")
	if !ok {
		return ""
	}
	value, _, _ := strings.Cut(rest, ";")
	return value
}

func random() string { return rand.Text()[:16] }

// newBranch begins with the mark that RFC 3261 demands.
func newBranch() string { return "z9hG4bK" + random() }

// request is one that we send.
type request struct {
	method  string
	target  string // request URI
	from    string
	to      string
	callID  string
	seq     uint32
	branch  string
	headers []string // "Name: value"
	body    string   // SDP, a pressed key, or empty
}

func (r request) text(local, agent string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s SIP/2.0\r\n", r.method, r.target)
	fmt.Fprintf(&b, "Via: SIP/2.0/UDP %s;branch=%s;rport\r\n", local, r.branch)
	fmt.Fprintf(&b, "Max-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\n", r.from, r.to, r.callID, r.seq, r.method)
	finish(&b, agent, r.headers, r.body)
	return []byte(b.String())
}

// reply builds the response to a request.
func reply(to *received, status int, reason, localTag, agent string, headers []string, body string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %d %s\r\n", status, reason)
	for _, via := range to.vias {
		fmt.Fprintf(&b, "Via: %s\r\n", via)
	}
	toHeader := to.to
	if tag(toHeader) == "" && status > 100 {
		toHeader += ";tag=" + localTag
	}
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\n", to.from, toHeader, to.callID, to.seq, to.method)
	finish(&b, agent, headers, body)
	return []byte(b.String())
}

func finish(b *strings.Builder, agent string, headers []string, body string) {
	fmt.Fprintf(b, "User-Agent: %s\r\n", agent)
	for _, header := range headers {
		fmt.Fprintf(b, "%s\r\n", header)
	}
	if body != "" {
		kind := "application/sdp"
		if !strings.HasPrefix(body, "v=") {
			kind = "application/dtmf-relay"
		}
		fmt.Fprintf(b, "Content-Type: %s\r\n", kind)
	}
	fmt.Fprintf(b, "Content-Length: %d\r\n\r\n%s", len(body), body)
}

// sdp offers or answers G.711 at a port where nobody listens: nothing is sent there.
func sdp(local string) string {
	host, _, _ := strings.Cut(local, ":")
	return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio 9000 RTP/AVP 0 8\r\n"+
		"a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=ptime:20\r\na=sendrecv\r\n", host)
}
