// Package config reads the configuration file. Its structs are the manual: each field's comment
// says what the key means, its unit and its default, and the example in docs/ is checked against
// them.
package config

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/number"
)

// Config is a whole configuration file, with defaults filled in and checked.
type Config struct {
	// Mode is "enforce", or "observe": decide and tell, and touch nothing. Default "enforce".
	Mode string `toml:"mode"`
	// Currency is the ISO code of all amounts here and in the ledger. Default "EUR".
	Currency string `toml:"currency"`
	// Timezone names the zone whose local days and months the ledger keeps ("Europe/Rome").
	// Default "UTC".
	Timezone string `toml:"timezone"`
	// Socket is the path of the unix socket on which the commands speak to the daemon.
	// Default "/run/fraudguard/fraudguard.sock".
	Socket string `toml:"socket"`
	// Horizon is the longest time for which Asterisk lets a paid leg live without hearing from
	// the guard: the dead-man's switch. From "1m" to "4h". Default "15m".
	Horizon Duration `toml:"horizon"`
	// Metrics is the address on which Prometheus reads GET /metrics without a password
	// ("127.0.0.1:9469"): an IP address or localhost, and a port; "" is none. On the socket they are
	// there in any case. Default "".
	Metrics string `toml:"metrics"`

	Store     Store     `toml:"store"`
	Retention Retention `toml:"retention"`
	Server    []Server  `toml:"server"`
	Numbers   Numbers   `toml:"numbers"`
	Rates     Rates     `toml:"rates"`
	Caps      Caps      `toml:"caps"`
	Abuse     Abuse     `toml:"abuse"`
	Notify    Notify    `toml:"notify"`

	// Zone is Timezone, loaded.
	Zone *time.Location `toml:"-"`
}

// Store says where the ledger is kept.
type Store struct {
	// URL is "sqlite:/path/to/file.db", or "postgres://user@host/database" without a password.
	// Default "sqlite:/var/lib/fraudguard/fraudguard.db".
	URL string `toml:"url"`
	// Password (or PasswordFile) is that of the URL's user; without one, PostgreSQL's own places count
	// (PGPASSFILE and the like), or the server takes the user as it is.
	Password     Secret `toml:"password"`
	PasswordFile string `toml:"password_file"`
	// Journal is the folder on a local disk in which records wait while the store does not answer.
	// Default beside the SQLite file and named after it ("/var/lib/fraudguard/fraudguard.journal"), which
	// is also where it is for another store.
	Journal string `toml:"journal"`
	// JournalMost is how large the journal may grow, from "1MiB" to "1024GiB". Default "1GiB".
	JournalMost Size `toml:"journal_most"`
}

// Retention says how long calls are kept as they were. Charges, the ledger, incidents and blocks are
// kept for good.
type Retention struct {
	// Calls is after how many days a call is old, "90d"; "" keeps all calls. From "2d" to "36500d".
	// Default "".
	Calls Days `toml:"calls"`
	// Numbers is what becomes of old calls: "delete" deletes them; "cut" keeps them, and of their
	// numbers only how they begin and how long they are. Default "delete".
	Numbers string `toml:"numbers"`
	// Schedule is when old calls are looked for, in Timezone: minute, hour, day of the month, month,
	// day of the week, as for cron. Default "30 3 * * *".
	Schedule string `toml:"schedule"`
}

// Server is one Asterisk.
type Server struct {
	// Name names the server everywhere: letters, digits, "-", "_" and ".".
	Name string `toml:"name"`
	// AMI is the host:port of Asterisk's manager interface.
	AMI string `toml:"ami"`
	// AMITLS speaks TLS on that port. Default false.
	AMITLS bool `toml:"ami_tls"`
	// AMICAFile names a PEM file with the authority that signed the certificate; without it the
	// system's authorities count.
	AMICAFile string `toml:"ami_ca_file"`
	// AMIUser and AMISecret (or AMISecretFile) are those of manager.conf.
	AMIUser       string `toml:"ami_user"`
	AMISecret     Secret `toml:"ami_secret"`
	AMISecretFile string `toml:"ami_secret_file"`
	// ARI is the URL of Asterisk's REST interface ("http://127.0.0.1:8088/ari").
	ARI string `toml:"ari"`
	// ARIUser and ARIPassword (or ARIPasswordFile) are those of ari.conf.
	ARIUser         string `toml:"ari_user"`
	ARIPassword     Secret `toml:"ari_password"`
	ARIPasswordFile string `toml:"ari_password_file"`
	// Trunks are the channels that a carrier bills: "technology/endpoint", with * and ? as in file
	// names ("PJSIP/carrier", "SIP/out-*").
	Trunks []string `toml:"trunks"`
	// Country is the ISO code of the country in which the server dials ("IT").
	Country string `toml:"country"`
	// InternationalPrefixes are dialled before a country code. Default ["00"].
	InternationalPrefixes []string `toml:"international_prefixes"`
	// NationalPrefix is dialled before an area code and is not part of it ("0" in Germany).
	// Default "".
	NationalPrefix string `toml:"national_prefix"`
	// AreaCode completes numbers that are dialled without one. Default "".
	AreaCode string `toml:"area_code"`
	// OutsideLine is stripped from the front of dialled digits ("9"), but not where the phone's own
	// extension shows that the dialplan has done so already. Default "".
	OutsideLine string `toml:"outside_line"`
	// FeatureCodes can be dialled before a number, and the exchange takes them off.
	// Default ["*67", "*82", "*31#", "#31#"], which hide and show the caller's number.
	FeatureCodes []string `toml:"feature_codes"`
	// CarrierCodes select another carrier for one call; X stands for any digit ("1010XXX").
	// Default none.
	CarrierCodes []string `toml:"carrier_codes"`
	// Rewrite is applied to the digits that are left, in order.
	Rewrite []Rewrite `toml:"rewrite"`
	// Digits says what is different about the digits on some trunks.
	Digits []Digits `toml:"digits"`
	// Emergency lists emergency numbers besides the country's own.
	Emergency []string `toml:"emergency"`
	// TenantBy lists how a phone's tenant is told: "variable", "accountcode", "context",
	// "pattern"; the first that answers counts. Default ["accountcode"].
	TenantBy []string `toml:"tenant_by"`
	// Tenant is the tenant where nothing else says. Default "default".
	Tenant string `toml:"tenant"`
	// Pattern is a regular expression on a channel's name with groups named tenant and extension,
	// for tenant_by "pattern": '^PJSIP/(?P<tenant>[a-z]+)_(?P<extension>\d+)-'.
	Pattern string `toml:"pattern"`
	// Admission is "watch": legs are judged when they begin to dial, and the dialplan stays as it
	// is; or "ask": the dialplan that "fraudguard init" writes asks before it dials. Default "watch".
	Admission string `toml:"admission"`
	// VerdictWithin is how long a call that asks waits for the answer before the fail mode decides,
	// "50ms" to "5s". Default "250ms".
	VerdictWithin Duration `toml:"verdict_within"`
	// FailMode is what the dialplan does with a call that asks while the guard is gone: "open",
	// "closed" or "domestic" (national and toll-free numbers pass). In watch mode no call asks, and
	// it has no effect. Default "domestic".
	FailMode string `toml:"fail_mode"`
	// FailModes are those of single tenants: acme = "open". Default none.
	FailModes map[string]string `toml:"fail_modes"`
}

// Rewrite changes digits that no other rule understands.
type Rewrite struct {
	// Match is a regular expression, and Replace what takes the place of its match ("$1").
	Match   string `toml:"match"`
	Replace string `toml:"replace"`
}

// Digits says how numbers are written on a trunk, where the dialplan or the carrier has them in
// another form than phones dial. What is left out is as the server has it.
type Digits struct {
	// Trunk is the "technology/endpoint" that it is about, with * and ?.
	Trunk string `toml:"trunk"`
	// TrunkPrefixes are what the trunk's dial string adds before a number ("1234#").
	TrunkPrefixes []string `toml:"trunk_prefixes"`
	// E164 says that numbers without a prefix begin with the country code; no outside line is taken
	// off then. Default false.
	E164 bool `toml:"e164"`
	// InternationalPrefixes, NationalPrefix, AreaCode, OutsideLine, FeatureCodes, CarrierCodes and
	// Rewrite take the place of the server's.
	InternationalPrefixes []string  `toml:"international_prefixes"`
	NationalPrefix        *string   `toml:"national_prefix"`
	AreaCode              *string   `toml:"area_code"`
	OutsideLine           *string   `toml:"outside_line"`
	FeatureCodes          []string  `toml:"feature_codes"`
	CarrierCodes          []string  `toml:"carrier_codes"`
	Rewrite               []Rewrite `toml:"rewrite"`
}

// Numbers says what numbers are, besides what the public numbering data knows.
type Numbers struct {
	// ClassFiles name CSV files of "prefix,class" lines: prefixes in E.164 digits, classes
	// "toll-free", "national", "international", "premium", "satellite" or "unknown". They count
	// before the numbering data, and the longest prefix counts. Default none.
	ClassFiles []string `toml:"class_files"`
	// Classes is what they hold.
	Classes *number.Classes `toml:"-"`
}

// Rates says how prices are found.
type Rates struct {
	// Deck names the price list of all calls for which Buying names no other, as "rates import
	// --deck" stored it. Default "default".
	Deck string `toml:"deck"`
	// Unpriced is what to do with a destination that the deck lacks: "refuse", or a price per
	// minute such as "0.50". Default "refuse". While there is no deck at all, nothing is refused
	// for want of a price.
	Unpriced string `toml:"unpriced"`
	// Reprice gives calls in progress the prices of a list that takes over meanwhile, from their
	// beginning on; otherwise they keep the price with which they began. Default false.
	Reprice bool `toml:"reprice"`
	// Exchange has, for each other currency of a price list, what one unit of it is worth in the
	// currency of the ledger: USD = "0.92". A list in a currency without one is refused.
	Exchange map[string]money.Amount `toml:"exchange"`
	// Buying names other price lists for what the carrier charges, the first that fits a call, and
	// Selling those for what the tenant pays. Where no selling list fits, it pays the cost.
	Buying  []Choice `toml:"buying"`
	Selling []Choice `toml:"selling"`
}

// Choice is the price list of the calls that it fits. What is left out fits all.
type Choice struct {
	Server string `toml:"server"`
	Tenant string `toml:"tenant"`
	// Trunk is "technology/endpoint", with * and ?.
	Trunk string `toml:"trunk"`
	// Deck is the name of the price list.
	Deck string `toml:"deck"`
}

// Abuse holds the detectors. A detector whose table is left out is off, except repeated_number,
// which is on with its defaults.
type Abuse struct {
	RepeatedNumber RepeatedNumber `toml:"repeated_number"`
}

// RepeatedNumber finds an extension that dials the same international number too often.
type RepeatedNumber struct {
	// Calls is how many attempts to one number within the window are honest; one more is too many.
	// 0 turns the detector off. Default 5.
	Calls int `toml:"calls"`
	// Within is the length of the sliding window. Default "5m".
	Within Duration `toml:"within"`
	// Action is "alert", "deny", "hangup" or "block". Default "block".
	Action string `toml:"action"`
	// BlockFor is how long a block lasts; "" is until a person lifts it. Default "24h".
	BlockFor Duration `toml:"block_for"`
}

// Notify says who is told of incidents, and of what else. A way whose address is left out is off.
type Notify struct {
	// Emergency makes an incident of each emergency call. Default false.
	Emergency bool    `toml:"emergency"`
	Webhook   Webhook `toml:"webhook"`
	Email     Email   `toml:"email"`
}

// Webhook posts incidents to a URL, signed.
type Webhook struct {
	URL string `toml:"url"`
	// Secret (or SecretFile) signs each request.
	Secret     Secret `toml:"secret"`
	SecretFile string `toml:"secret_file"`
}

// Email sends incidents by mail.
type Email struct {
	// Server is the host:port of the mail server.
	Server string `toml:"server"`
	// TLS is "starttls", "tls" or "none". Default "starttls".
	TLS string `toml:"tls"`
	// User and Password (or PasswordFile) log in to the mail server; none where User is empty.
	User         string `toml:"user"`
	Password     Secret `toml:"password"`
	PasswordFile string `toml:"password_file"`
	// From and To are mail addresses.
	From string   `toml:"from"`
	To   []string `toml:"to"`
}

// defaults is what a file starts from.
func defaults() Config {
	return Config{
		Mode:      "enforce",
		Currency:  "EUR",
		Timezone:  "UTC",
		Socket:    "/run/fraudguard/fraudguard.sock",
		Horizon:   Duration(15 * time.Minute),
		Store:     Store{URL: "sqlite:/var/lib/fraudguard/fraudguard.db", JournalMost: 1 << 30},
		Retention: Retention{Numbers: "delete", Schedule: "30 3 * * *"},
		Rates:     Rates{Deck: "default", Unpriced: "refuse"},
		Caps:      Caps{Count: "cost"},
		Abuse: Abuse{RepeatedNumber: RepeatedNumber{
			Calls: 5, Within: Duration(5 * time.Minute), Action: "block", BlockFor: Duration(24 * time.Hour),
		}},
		Notify: Notify{Email: Email{TLS: "starttls"}},
	}
}

// maxFile bounds a configuration file.
const maxFile = 1 << 20

// Load reads and checks a file, and reads the secrets that it points to. The error says file, line
// and what to write instead; several faults come as one error with a line each.
func Load(path string) (*Config, error) {
	text, err := readUpTo(path, maxFile)
	if err != nil {
		return nil, fmt.Errorf("the configuration cannot be read: %w; name another one with --config", err)
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("%s is larger than 1 MiB: that is no configuration", path)
	}
	return parse(path, text)
}

// readUpTo reads a file, and one byte more than limit where it is longer. The size that a file says
// it has is no bound: a device has none.
func readUpTo(path string, limit int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, limit+1))
}
