package config

import (
	"bytes"
	"encoding"
	"errors"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/fraudguard/fraudguard/number"
)

// parse decodes, fills in defaults, reads secrets and checks.
func parse(path string, text []byte) (*Config, error) {
	var tree map[string]any
	if err := toml.Unmarshal(text, &tree); err != nil {
		return nil, decodeError(path, err)
	}
	f := &faults{path: path, lines: linesOf(text)}
	f.checkValues(reflect.TypeFor[Config](), "", tree)
	if len(f.all) > 0 {
		return nil, errors.Join(f.all...)
	}
	c := defaults()
	decoder := toml.NewDecoder(strings.NewReader(string(text))).DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		return nil, decodeError(path, err)
	}
	c.Store.fill()
	c.fillServers()
	c.readSecrets(f)
	c.readClasses(f)
	c.check(f)
	if len(f.all) > 0 {
		return nil, errors.Join(f.all...)
	}
	return &c, nil
}

// decodeError says where the text is no configuration, and which keys there could have been.
func decodeError(path string, err error) error {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) {
		var all []error
		for _, e := range strict.Errors {
			line, _ := e.Position()
			key := []string(e.Key())
			all = append(all, fmt.Errorf("%s:%d: unknown key %q: %s", path, line, strings.Join(key, "."), allowed(key)))
		}
		return errors.Join(all...)
	}
	var decode *toml.DecodeError
	if errors.As(err, &decode) {
		line, column := decode.Position()
		message := strings.TrimPrefix(decode.Error(), "toml: ")
		if key := decode.Key(); len(key) > 0 {
			return fmt.Errorf("%s:%d:%d: %s: %s", path, line, column, strings.Join(key, "."), message)
		}
		return fmt.Errorf("%s:%d:%d: %s", path, line, column, message)
	}
	return fmt.Errorf("%s: %w", path, err)
}

// allowed lists the keys that may stand where an unknown one does.
func allowed(key []string) string {
	at := reflect.TypeFor[Config]()
	for _, part := range key[:max(len(key)-1, 0)] {
		field, ok := fieldOf(at, part)
		if !ok {
			break
		}
		at = field
	}
	var names []string
	for i := range at.NumField() {
		if name := at.Field(i).Tag.Get("toml"); name != "-" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return "allowed here are " + strings.Join(names, ", ")
}

// fieldOf gives the struct type behind a key that is a table or an array of tables.
func fieldOf(t reflect.Type, key string) (reflect.Type, bool) {
	i := fieldNamed(t, key)
	if i < 0 {
		return nil, false
	}
	f := t.Field(i).Type
	if f.Kind() == reflect.Slice {
		f = f.Elem()
	}
	return f, f.Kind() == reflect.Struct
}

// fieldNamed gives the number of the field with a key, -1 where there is none.
func fieldNamed(t reflect.Type, key string) int {
	for i := range t.NumField() {
		if t.Field(i).Tag.Get("toml") == key {
			return i
		}
	}
	return -1
}

// checkValues notes what the decoder would take and should not: numbers where a text belongs, which
// it reads as millionths of money or nanoseconds, and keys in capitals, beside which the same key
// could stand once more. All else that is wrong is left to the decoder.
func (f *faults) checkValues(t reflect.Type, at string, value any) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch value := value.(type) {
	case map[string]any:
		if t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		f.checkTable(t, at, value)
	case []any:
		for i, element := range value {
			if t.Kind() == reflect.Slice {
				f.checkValues(t.Elem(), fmt.Sprintf("%s.%d", at, i), element)
			}
		}
	case string:
	default:
		if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
			f.add(at, `write it in quotes: money like "20.00", a length of time or a size with its unit, like "15m" or "1GiB"`)
		}
	}
}

func (f *faults) checkTable(t reflect.Type, at string, table map[string]any) {
	if t.Kind() == reflect.Map {
		for _, key := range slices.Sorted(maps.Keys(table)) {
			f.checkValues(t.Elem(), at+"."+key, table[key])
		}
		return
	}
	if t.Kind() != reflect.Struct {
		return
	}
	for _, key := range slices.Sorted(maps.Keys(table)) {
		within, small := strings.TrimPrefix(at+"."+key, "."), strings.ToLower(key)
		if i := fieldNamed(t, key); i >= 0 {
			f.checkValues(t.Field(i).Type, within, table[key])
		} else if small != key && fieldNamed(t, small) >= 0 {
			f.add(within, "write it in small letters: %s", small)
		}
	}
}

// faults gathers what is wrong, each with its place in the file.
type faults struct {
	path  string
	lines map[string]int
	keys  map[string]bool // those that have a fault
	all   []error
}

// has says whether a fault was noted at a key.
func (f *faults) has(key string) bool { return f.keys[key] }

// add notes a fault at a key ("server.0.ami").
func (f *faults) add(key, format string, args ...any) {
	shown := key
	if parts := strings.SplitN(key, ".", 3); parts[0] == "server" && len(parts) == 3 {
		shown = parts[2]
	}
	if f.keys == nil {
		f.keys = make(map[string]bool)
	}
	f.keys[key] = true
	f.all = append(f.all, fmt.Errorf("%s:%d: %s: %s", f.path, f.line(key), shown, fmt.Sprintf(format, args...)))
}

// unknown notes a key that means nothing where it stands.
func (f *faults) unknown(key string, names []string) {
	f.all = append(f.all, fmt.Errorf("%s:%d: unknown key %q: allowed here are %s", f.path, f.line(key), key, strings.Join(names, ", ")))
}

// addSentence notes a fault whose text begins with the key; nil is none.
func (f *faults) addSentence(err error) {
	if err != nil {
		key, _, _ := strings.Cut(err.Error(), " ")
		f.all = append(f.all, fmt.Errorf("%s:%d: %w", f.path, f.line(key), err))
	}
}

// line is where a key stands, or the nearest table around it.
func (f *faults) line(key string) int {
	for at := key; at != ""; at = at[:max(strings.LastIndexByte(at, '.'), 0)] {
		if line := f.lines[at]; line > 0 {
			return line
		}
	}
	return 1
}

// linesOf maps each key of a file that has been decoded without error to its line. The tables of an
// array have their index in the key.
func linesOf(text []byte) map[string]int {
	lines := make(map[string]int)
	count := make(map[string]int)
	var parser unstable.Parser
	parser.Reset(text)
	table := ""
	for parser.NextExpression() {
		e := parser.Expression()
		var parts []string
		line := 0
		for keys := e.Key(); keys.Next(); {
			if line == 0 {
				line = parser.Shape(keys.Node().Raw).Start.Line
			}
			parts = append(parts, string(keys.Node().Data))
		}
		key := strings.Join(parts, ".")
		switch e.Kind {
		case unstable.Table:
			key = within(parts, count)
			table = key
			if lines[parts[0]] == 0 { // "[caps.tenant]" can be all that there is of caps
				lines[parts[0]] = line
			}
		case unstable.ArrayTable:
			key = within(parts, count)
			count[key]++
			key = fmt.Sprintf("%s.%d", key, count[key]-1)
			table = key
		case unstable.KeyValue:
			if table != "" {
				key = table + "." + key
			}
		default:
			continue
		}
		lines[key] = line
	}
	return lines
}

// within puts into a table's key the index of each array of tables that it is in: that of the last
// one so far.
func within(parts []string, count map[string]int) string {
	key := ""
	for i, part := range parts {
		key += part
		if i == len(parts)-1 {
			break
		}
		if n := count[key]; n > 0 {
			key = fmt.Sprintf("%s.%d", key, n-1)
		}
		key += "."
	}
	return key
}

// readClasses reads the files that give classes to numbers.
func (c *Config) readClasses(f *faults) {
	var all []*number.Classes
	for _, name := range c.Numbers.ClassFiles {
		text, err := readUpTo(name, maxClasses)
		if err == nil && len(text) > maxClasses {
			err = fmt.Errorf("%s is larger than %d MiB", name, maxClasses>>20)
		}
		var classes *number.Classes
		if err == nil {
			classes, err = number.ReadClasses(bytes.NewReader(text), name)
		}
		if err != nil {
			f.add("numbers.class_files", "%v", err)
			return
		}
		all = append(all, classes)
	}
	var err error
	if c.Numbers.Classes, err = number.JoinClasses(all...); err != nil {
		f.add("numbers.class_files", "%v", err)
	}
}

// maxClasses bounds a file with classes of numbers.
const maxClasses = 64 << 20

// readSecrets takes the secrets from where the file says they are.
func (c *Config) readSecrets(f *faults) {
	for i := range c.Server {
		s, at := &c.Server[i], fmt.Sprintf("server.%d.", i)
		s.AMISecret.read(f, at+"ami_secret", s.AMISecretFile)
		s.ARIPassword.read(f, at+"ari_password", s.ARIPasswordFile)
	}
	c.Store.Password.read(f, "store.password", c.Store.PasswordFile)
	c.Notify.Webhook.Secret.read(f, "notify.webhook.secret", c.Notify.Webhook.SecretFile)
	c.Notify.Email.Password.read(f, "notify.email.password", c.Notify.Email.PasswordFile)
}

// maxSecret bounds a file with a secret.
const maxSecret = 4096

// read fills the secret: from the file, if one is named; from the environment, if the value is
// "${NAME}"; else it stays as written.
func (s *Secret) read(f *faults, key, file string) {
	value := string(*s)
	if file != "" {
		if value != "" {
			f.add(key, "stands beside %s_file: write one of the two", key[strings.LastIndexByte(key, '.')+1:])
			return
		}
		secret, err := ReadSecret(file)
		if err != nil {
			f.add(key+"_file", "%v", err)
			return
		}
		value = secret.Reveal()
	} else if name, ok := strings.CutPrefix(value, "${"); ok && strings.HasSuffix(name, "}") {
		name = strings.TrimSuffix(name, "}")
		if value = os.Getenv(name); value == "" {
			f.add(key, "the environment variable %s is not set", name)
		}
	}
	*s = Secret(value)
}

// ReadSecret reads a file with a secret, without the end of its line.
func ReadSecret(file string) (Secret, error) {
	text, err := readUpTo(file, maxSecret)
	if err != nil {
		return "", fmt.Errorf("%w; create the file, readable for the user that runs fraudguard", err)
	}
	if len(text) > maxSecret {
		return "", fmt.Errorf("%s is larger than %d bytes: that is no secret", file, maxSecret)
	}
	value := strings.TrimRight(string(text), "\r\n")
	if value == "" {
		return "", fmt.Errorf("%s is empty", file)
	}
	return Secret(value), nil
}
