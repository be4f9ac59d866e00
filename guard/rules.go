package guard

import (
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/abuse"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/number"
)

// Rules are what the guard goes by. They are data; a changed configuration is another value.
type Rules struct {
	// Observe decides and tells, and touches nothing.
	Observe  bool
	Calendar limits.Calendar
	Caps     limits.Caps
	Abuse    abuse.Settings
	// Unpriced is the price per minute of a destination that the deck does not have; nil refuses it.
	Unpriced *money.Amount
	// Reprice gives live legs the prices of a deck that takes over while they last; otherwise they
	// keep those with which they began.
	Reprice bool
	// Horizon is the longest time for which Asterisk lets a leg live without hearing from the guard.
	Horizon time.Duration
	// EmergencyNotice makes an incident of each emergency call, so that somebody hears of it.
	EmergencyNotice bool
	Servers         map[string]ServerRules
}

// ServerRules are what the guard has to know of one Asterisk.
type ServerRules struct {
	// Trunks are "technology/endpoint" patterns of the channels that a carrier bills.
	Trunks []string
	// Plan is how digits are dialled, and TrunkPlans is how they are on some trunks; the first one
	// whose trunk fits counts.
	Plan       number.Plan
	TrunkPlans []TrunkPlan
	// TenantBy lists where the tenant of a phone is looked for; the first that answers counts.
	TenantBy []TenantSource
	// Tenant is the tenant where nothing else says.
	Tenant string
	// Ask is set where calls ask before they dial. FailMode is what becomes of those that nobody can
	// judge; FailModes has that of single tenants.
	Ask       bool
	FailMode  FailMode
	FailModes map[string]FailMode
	// Pattern finds the tenant (and the extension) in a channel's name by groups of these names.
	Pattern *regexp.Regexp
}

// TrunkPlan is how digits are dialled on the trunks that a "technology/endpoint" pattern names.
type TrunkPlan struct {
	Trunk string
	Plan  number.Plan
}

// PlanOf gives the plan of a trunk, "technology/endpoint".
func (r *ServerRules) PlanOf(trunk string) number.Plan {
	for i := range r.TrunkPlans {
		if ok, _ := path.Match(r.TrunkPlans[i].Trunk, trunk); ok {
			return r.TrunkPlans[i].Plan
		}
	}
	return r.Plan
}

// TenantSource is one place that can tell a phone's tenant.
type TenantSource string

// The places, by the words of the configuration.
const (
	ByVariable    TenantSource = "variable"
	ByAccountCode TenantSource = "accountcode"
	ByContext     TenantSource = "context"
	ByPattern     TenantSource = "pattern"
)

// isTrunk says whether a channel of this name goes to a paid carrier.
func (r *ServerRules) isTrunk(name string) bool {
	endpoint := endpointOf(name)
	for _, pattern := range r.Trunks {
		if ok, _ := path.Match(pattern, endpoint); ok {
			return true
		}
	}
	return false
}

// endpointOf cuts off a channel's name what is not technology and endpoint: "PJSIP/101-0000002a" is
// "PJSIP/101", and "DAHDI/i1/0044123-3", which is how ISDN names a call, is "DAHDI/i1".
func endpointOf(name string) string {
	if i := strings.LastIndexByte(name, '-'); i > 0 {
		name = name[:i]
	}
	technology, rest, _ := strings.Cut(name, "/")
	endpoint, _, _ := strings.Cut(rest, "/")
	if technology == "Local" || endpoint == "" {
		return name
	}
	return technology + "/" + endpoint
}

// phoneTechnologies are those whose channels end at a device that a person can use. All others
// (Local, AsyncGoto, Snoop, conference announcers, …) are made by Asterisk on somebody's behalf.
var phoneTechnologies = map[string]bool{
	"PJSIP": true, "SIP": true, "IAX2": true, "DAHDI": true, "SCCP": true, "Skinny": true,
	"MGCP": true, "UNISTIM": true, "Motif": true, "Phone": true, "WebSocket": true,
}

// kind is what a channel is to the guard.
type kind int

const (
	other kind = iota
	phone
	trunk
	local
)

func (r *ServerRules) kindOf(name string) kind {
	technology, _, _ := strings.Cut(name, "/")
	switch {
	case r.isTrunk(name):
		return trunk
	case technology == "Local":
		return local
	case phoneTechnologies[technology]:
		return phone
	}
	return other
}
