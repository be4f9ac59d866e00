// Package dialplan writes the dialplan of ask mode for a site: the subroutine that asks the guard before a
// trunk is dialled, and decides by itself where the guard is gone. Beside this file stand the template, the
// hooks for FreePBX and Wazo, and what comes out for the example configuration.
package dialplan

import (
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/fraudguard/fraudguard/number"
)

//go:embed fraudguard.conf.tmpl freepbx.conf wazo.conf
var files embed.FS

// Main is the file that every site includes.
const Main = "fraudguard.conf"

// Kinds lists the dialplans there are hooks for: "plain" needs none.
func Kinds() []string { return []string{"plain", "freepbx", "wazo"} }

// FailMode is that of one tenant.
type FailMode struct{ Tenant, Mode string }

// Site is what differs between dialplans. All names in it have been checked by package config.
type Site struct {
	Server string
	Plan   number.Plan // checked
	// Tenant pays where the dialplan and, if ByAccountcode is set, the account code do not say.
	Tenant        string
	ByAccountcode bool
	// FailMode is "open", "closed" or "domestic", FailModes those of single tenants.
	FailMode  string
	FailModes []FailMode
	// Horizon limits calls that are let through while the guard is gone.
	Horizon time.Duration
	// VerdictWithin is how long a call waits for the guard's answer.
	VerdictWithin time.Duration
}

// File is one file to be put into Asterisk's configuration.
type File struct{ Name, Text string }

// Files writes the dialplan of a kind, the main file first.
func Files(kind string, s Site) ([]File, error) {
	if !slices.Contains(Kinds(), kind) {
		return nil, fmt.Errorf("%.20q is no dialplan: write %s", kind, strings.Join(Kinds(), ", "))
	}
	text, err := render(s)
	if err != nil {
		return nil, err
	}
	all := []File{{Main, text}}
	if kind != "plain" {
		hook, err := files.ReadFile(kind + ".conf")
		if err != nil {
			return nil, err
		}
		all = append(all, File{kind + ".conf", string(hook)})
	}
	return all, nil
}

// filling is what the template reads.
type filling struct {
	Site
	number.Outline
	Wait, Horizon                                       string // seconds
	Country, OutsideLine, AreaCode                      string
	FeatureCodes, CarrierCodes, International, Domestic []string
	Rewritten                                           bool
}

func render(s Site) (string, error) {
	outline, err := s.Plan.Outline()
	if err != nil {
		return "", err
	}
	text, err := template.ParseFS(files, Main+".tmpl")
	if err != nil {
		return "", err
	}
	f := filling{
		Site: s, Outline: outline, Wait: seconds(s.VerdictWithin), Horizon: seconds(s.Horizon),
		Country: s.Plan.Country, OutsideLine: s.Plan.OutsideLine, AreaCode: s.Plan.AreaCode,
		FeatureCodes: s.Plan.FeatureCodes, CarrierCodes: s.Plan.CarrierCodes, International: s.Plan.InternationalPrefixes,
		Domestic: merged(outline.Domestic), Rewritten: len(s.Plan.Rewrites) > 0,
	}
	var b strings.Builder
	if err := text.Execute(&b, f); err != nil {
		return "", err
	}
	return b.String(), nil
}

// seconds writes a length of time for TIMEOUT(absolute), which rounds to milliseconds.
func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }

// merged puts prefixes that differ in the last digit only into one pattern: 391 and 392 become 39[12].
func merged(prefixes []string) []string {
	var patterns []string
	for i := 0; i < len(prefixes); {
		stem, last := split(prefixes[i])
		for i++; i < len(prefixes); i++ {
			next, digit := split(prefixes[i])
			if next != stem || len(prefixes[i]) != len(prefixes[i-1]) {
				break
			}
			last += digit
		}
		if len(last) > 1 {
			last = "[" + last + "]"
		}
		patterns = append(patterns, stem+last)
	}
	return patterns
}

func split(prefix string) (stem, last string) { return prefix[:len(prefix)-1], prefix[len(prefix)-1:] }
