package guard

import (
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/limits"
)

// unknownTenant pays for what cannot be attributed, under caps of its own.
const unknownTenant = "unknown"

// maxChain bounds the walk from a leg back to a phone. Longer chains of dials, transfers and Local
// channels are a loop.
const maxChain = 32

// payer is who pays and how that was found.
type payer struct {
	account limits.Account
	how     string
}

// channel is what the guard remembers of a live channel.
type channel struct {
	// Channel is as it was when it was made; its Exten is what it began with.
	Channel
	// dialling is its extension when it dialled last.
	dialling string
	kind     kind
	// dialledBy is the ID of the channel that dialled this one; twin is the other half of a Local.
	dialledBy, twin string
	// tenant and extension are what the dialplan named in its variables, as far as it counts; variable
	// is what it named for an extension, whether that counts or not.
	tenant, extension, variable string
	// callTenant is a tenant that was named for the call in which a phone was called.
	callTenant string
	// up says that it is answered, declined that its other side has ended it, heldAt when that put the
	// party at the other end on hold last.
	up, declined bool
	heldAt       time.Time
	// sentBy pays for what the channel does after it was sent on.
	sentBy *payer
	// leg is the metered leg of a trunk channel.
	leg *leg
	// admission is what was said when the channel asked last.
	admission *admission
	// askedFirst is set on a channel that asked before any event told of it.
	askedFirst bool
	// createdWhileAsking is set on a channel that could have asked ever since it was made.
	createdWhileAsking bool
	// tried is the number that this channel dialled last without an answer: the same number on the
	// next trunk is the same attempt, of which the detectors found the same.
	tried string
	found *refused
}

// dials notes who dialled whom.
func (from *channel) dials(to *channel) {
	if to.dialledBy == "" {
		to.dialledBy = from.ID
	}
	from.bequeathed(to)
	if to.kind == phone && to.tenant == from.tenant {
		to.tenant, to.callTenant = "", to.tenant
	}
}

// bequeathed forgets a name that another channel only inherited from this one: the chain leads back
// here, where it stands if it still counts.
func (from *channel) bequeathed(to *channel) {
	if to.variable == from.variable {
		to.extension = ""
	}
}

// payerOf finds the account that caused a leg on the channel ch, in the order of trust: what the
// dialplan named; the chain of dials, transfers, forwards and Local channels back to the first
// phone; the phone with which the call began; the account code; a pattern on the channel's name.
func (s *server) payerOf(ch *channel) payer {
	at := ch
	for range maxChain {
		if p, ok := s.ownPayer(at); ok {
			return p
		}
		next := s.channels[at.dialledBy]
		if next == nil {
			next = s.channels[at.twin]
		}
		if next == nil {
			break
		}
		at = next
	}
	if at.kind == local {
		if by, ok := s.maker(at); ok {
			by.how = "Local channel of " + by.how
			return by
		}
	}
	if first := s.channels[ch.LinkedID]; first != nil && first != ch {
		if p, ok := s.ownPayer(first); ok {
			p.how = "the call began with " + p.how
			return p
		}
	}
	return s.payerByName(ch)
}

// ownPayer is who pays for what the channel does itself, where the channel alone can tell.
func (s *server) ownPayer(ch *channel) (payer, bool) {
	switch {
	case ch.extension != "" && !ch.undialled():
		tenant := ch.tenant
		if tenant == "" {
			tenant = s.tenantOf(ch)
		}
		return payer{limits.Account{Tenant: tenant, Extension: ch.extension}, "variable FRAUDGUARD_EXTENSION"}, true
	case ch.sentBy != nil:
		return *ch.sentBy, true
	case ch.kind == phone:
		return payer{s.accountOf(ch), "phone " + ch.Name}, true
	case ch.leg != nil:
		return payer{ch.leg.Account, "leg " + ch.Name}, true
	}
	return payer{}, false
}

// payerByName is the last resort, where no chain leads to a phone.
func (s *server) payerByName(ch *channel) payer {
	if ch.AccountCode != "" {
		return payer{limits.Account{Tenant: clean(ch.AccountCode), Extension: unknownTenant}, "account code"}
	}
	if tenant, extension := s.byPattern(ch.Name); tenant != "" && extension != "" {
		return payer{limits.Account{Tenant: tenant, Extension: extension}, "pattern on " + ch.Name}
	}
	return payer{limits.Account{Tenant: unknownTenant, Extension: s.name}, "nobody could be found"}
}

// accountOf is the account of a phone: the endpoint's name, and the tenant by the server's rules.
func (s *server) accountOf(ch *channel) limits.Account {
	if tenant, extension := s.byPattern(ch.Name); extension != "" && s.uses(ByPattern) {
		if tenant == "" {
			tenant = s.tenantOf(ch)
		}
		return limits.Account{Tenant: tenant, Extension: extension}
	}
	_, extension, _ := strings.Cut(endpointOf(ch.Name), "/")
	return limits.Account{Tenant: s.tenantOf(ch), Extension: clean(extension)}
}

func (s *server) uses(source TenantSource) bool {
	for _, by := range s.rules.TenantBy {
		if by == source {
			return true
		}
	}
	return false
}

// tenantOf is the tenant of a phone. What the dialplan names is always heard first.
func (s *server) tenantOf(ch *channel) string {
	if ch.tenant != "" {
		return ch.tenant
	}
	for _, by := range s.rules.TenantBy {
		var tenant string
		switch by {
		case ByAccountCode:
			tenant = ch.AccountCode
		case ByContext:
			tenant = ch.Context
		case ByPattern:
			tenant, _ = s.byPattern(ch.Name)
		}
		if tenant != "" {
			return clean(tenant)
		}
	}
	if ch.callTenant != "" {
		return ch.callTenant
	}
	return s.rules.Tenant
}

func (s *server) byPattern(name string) (tenant, extension string) {
	if s.rules.Pattern == nil {
		return "", ""
	}
	m := s.rules.Pattern.FindStringSubmatch(name)
	if m == nil {
		return "", ""
	}
	if i := s.rules.Pattern.SubexpIndex("tenant"); i > 0 {
		tenant = clean(m[i])
	}
	if i := s.rules.Pattern.SubexpIndex("extension"); i > 0 {
		extension = clean(m[i])
	}
	return tenant, extension
}

// maxName bounds the names of tenants and extensions.
const maxName = 64

// clean makes a name from Asterisk fit to be a key everywhere: in the store, in Asterisk's
// database, on a command line. What is not a letter, digit, or one of "._-+@" becomes "_".
func clean(name string) string {
	if len(name) > maxName {
		name = name[:maxName]
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("._-+@", r):
			return r
		}
		return '_'
	}, name)
}
