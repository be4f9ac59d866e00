package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/fraudguard/fraudguard/limits"
)

// Caps are the limits on spending, on minutes, and on numbers of calls. Their kinds are those of
// limits.Kinds, by name: money is written "20.00", minutes and counts are whole numbers, and "none"
// lifts a cap that a wider table has. A cap that is left out does not limit.
type Caps struct {
	// Count is the money that all caps on cost count: "cost", which the carrier bills, or "price",
	// which the tenant pays by the lists of rates.selling. Default "cost".
	Count string `toml:"count"`
	// Extension has the caps of each extension, and Tenant those of each tenant, which count what
	// all its extensions use together.
	Extension capTable `toml:"extension"`
	Tenant    capTable `toml:"tenant"`
	// Route has one cap, cost_per_minute: destinations that cost more are refused to all.
	Route capTable `toml:"route"`
	// Tenants has the caps of single tenants, [caps.tenants.acme], and in a table of each those of
	// each of its extensions, [caps.tenants.acme.extension].
	Tenants map[string]capTable `toml:"tenants"`
	// Extensions has the caps of single extensions, [caps.extensions."acme/101"].
	Extensions map[string]capTable `toml:"extensions"`

	// values are all of them.
	values map[limits.Subject]limits.Values `toml:"-"`
}

// capTable is a table of caps by name, as the file has it.
type capTable map[string]any

// capKey is a key that may stand in a table of caps.
type capKey struct {
	name string
	kind limits.Kind
}

// capKeys are the kinds of caps by their own names.
func capKeys() []capKey {
	var keys []capKey
	for _, kind := range limits.Kinds() {
		keys = append(keys, capKey{kind.String(), kind})
	}
	return keys
}

// readCaps understands the tables of caps.
func (c *Config) readCaps(f *faults) {
	all := make(map[limits.Subject]limits.Values)
	keys := capKeys()
	of := func(at string, table capTable, keys []capKey, s limits.Subject, more ...string) {
		if values := table.read(f, at, keys, more); len(values) > 0 {
			if all[s] == nil {
				all[s] = values
				return
			}
			maps.Copy(all[s], values)
		}
	}
	each := limits.Subject{Scope: limits.PerExtension}
	of("caps.extension", c.Caps.Extension, slices.DeleteFunc(slices.Clone(keys), func(k capKey) bool {
		return k.kind == limits.RouteCostPerMinute // it is written in caps.route, and nowhere else
	}), each)
	of("caps.tenant", c.Caps.Tenant, keys, limits.Subject{Scope: limits.PerTenant})
	of("caps.route", c.Caps.Route, []capKey{{"cost_per_minute", limits.RouteCostPerMinute}}, each)
	for _, name := range slices.Sorted(maps.Keys(c.Caps.Tenants)) {
		at, table := "caps.tenants."+name, c.Caps.Tenants[name]
		if !tenantName.MatchString(name) {
			f.add(at, "%.60q is no tenant's name: letters, digits and . _ - + @, at most 64; the caps of all tenants are in [caps.tenant]", name)
			continue
		}
		of(at, table, keys, limits.Subject{Scope: limits.PerTenant, Tenant: name}, "extension")
		switch inside := table["extension"].(type) {
		case nil:
		case map[string]any:
			of(at+".extension", inside, keys, limits.Subject{Scope: limits.PerExtension, Tenant: name})
		default:
			f.add(at+".extension", "write a table of the caps of each of its extensions, such as [caps.tenants.%s.extension]", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Caps.Extensions)) {
		at := "caps.extensions." + name
		tenant, extension, _ := strings.Cut(name, "/")
		if !tenantName.MatchString(tenant) || !tenantName.MatchString(extension) {
			f.add(at, `%.80q is no extension: write [caps.extensions."acme/101"], with letters, digits and . _ - + @ in both names`, name)
			continue
		}
		of(at, c.Caps.Extensions[name], keys, limits.Subject{Scope: limits.PerExtension, Tenant: tenant, Extension: extension})
	}
	if len(all) > 0 {
		c.Caps.values = all
	}
}

// read gives the values of a table. More are the keys that are no caps.
func (t capTable) read(f *faults, at string, keys []capKey, more []string) limits.Values {
	values := make(limits.Values)
	for _, name := range slices.Sorted(maps.Keys(t)) {
		if slices.Contains(more, name) {
			continue
		}
		i := slices.IndexFunc(keys, func(k capKey) bool { return k.name == name })
		if i < 0 {
			f.unknown(at+"."+name, capNames(keys, more))
			continue
		}
		value, err := readCap(keys[i].kind, t[name])
		if err != nil {
			f.add(at+"."+name, "%v", err)
			continue
		}
		values[keys[i].kind] = value
	}
	return values
}

func capNames(keys []capKey, more []string) []string {
	var names []string
	for _, k := range keys {
		names = append(names, k.name)
	}
	return append(names, more...)
}

// readCap reads one value, of whatever type the file gives it.
func readCap(kind limits.Kind, value any) (limits.Value, error) {
	switch value := value.(type) {
	case string:
		return kind.Parse(value)
	case int64:
		if kind.Unit() != limits.InMoney {
			return kind.Parse(strconv.FormatInt(value, 10))
		}
	}
	if kind.Unit() == limits.InMoney {
		return 0, fmt.Errorf(`write it in quotes: an amount like "20.00", or "none"`)
	}
	return 0, fmt.Errorf(`write a whole number like 600, or "none"`)
}

// caps are those that the guard goes by.
func (c *Config) caps() limits.Caps {
	caps := limits.Caps{Values: c.Caps.values}
	if c.Caps.Count == "price" {
		caps.Count = limits.Price
	}
	return caps
}

// CapKey is where the configuration has a subject's cap: "caps.tenants.acme.cost_per_day".
func CapKey(s limits.Subject, kind limits.Kind) string {
	switch {
	case s.Tenant == "" && s.Scope == limits.PerTenant:
		return "caps.tenant." + kind.String()
	case s.Tenant == "" && kind == limits.RouteCostPerMinute:
		return limits.RouteCap
	case s.Tenant == "":
		return "caps.extension." + kind.String()
	case s.Extension != "":
		return "caps.extensions." + keyPart(s.String()) + "." + kind.String()
	case s.Scope == limits.PerExtension:
		return "caps.tenants." + keyPart(s.Tenant) + ".extension." + kind.String()
	}
	return "caps.tenants." + keyPart(s.Tenant) + "." + kind.String()
}

var bareKey = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// keyPart writes a name as a part of a key.
func keyPart(name string) string {
	if bareKey.MatchString(name) {
		return name
	}
	return strconv.Quote(name)
}
