package amitest

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// shape is what an action must and may have, and whether it needs a permission.
type shape struct {
	need, may []string
	free      bool
	answer    func(*session, Action)
}

func shapes() map[string]shape {
	return map[string]shape{
		"Challenge":        {need: []string{"AuthType"}, free: true, answer: (*session).answerChallenge},
		"Login":            {need: []string{"Username"}, may: []string{"Secret", "AuthType", "Key", "Events"}, free: true, answer: (*session).answerLogin},
		"Logoff":           {free: true, answer: (*session).answerLogoff},
		"Ping":             {free: true, answer: (*session).answerPing},
		"ListCommands":     {free: true, answer: (*session).answerListCommands},
		"CoreSettings":     {answer: (*session).answerCoreSettings},
		"CoreShowChannels": {answer: (*session).answerCoreShowChannels},
		"ModuleCheck":      {need: []string{"Module"}, answer: (*session).answerModuleCheck},
		"Filter":           {need: []string{"Operation", "Filter"}, answer: (*session).answerFilter},
		"Setvar":           {need: []string{"Variable", "Value"}, may: []string{"Channel"}, answer: (*session).answerSetvar},
		"Hangup":           {need: []string{"Channel"}, may: []string{"Cause"}, answer: (*session).answerHangup},
		"DBPut":            {need: []string{"Family", "Key", "Val"}, answer: (*session).answerDBPut},
		"DBDelTree":        {need: []string{"Family"}, may: []string{"Key"}, answer: (*session).answerDBDelTree},
		"DBDel":            {need: []string{"Family", "Key"}, answer: (*session).answerDBDel},
		"DBGet":            {need: []string{"Family", "Key"}, answer: (*session).answerDBGet},
	}
}

// answer checks the action and answers it, or returns the handler that will. The lock of the server is held.
func (c *session) answer(a Action) (handler func(Action, func(string))) {
	s := c.server
	sh, known := shapes()[a.Name]
	handler = s.handlers[a.Name]
	if !known && handler == nil {
		s.t.Errorf("amitest: unknown action %q", a.Name)
		c.refuse(a, "Invalid/unknown command: "+a.Name+". Use Action: ListCommands to show available commands.")
		return nil
	}
	if known {
		c.check(a, sh)
	}
	if c.ids[a.ID] {
		s.t.Errorf("amitest: ActionID %q of %s was used before", a.ID, a.Name)
	}
	c.ids[a.ID] = true
	switch {
	case s.failing[a.Name] != "":
		c.refuse(a, s.failing[a.Name])
	case !c.loggedIn && a.Name != "Challenge" && a.Name != "Login" && a.Name != "Logoff":
		s.t.Errorf("amitest: %s before the login", a.Name)
		c.refuse(a, "Permission denied")
	case known && !sh.free && s.withheld[a.Name]:
		c.refuse(a, "Permission denied")
	case handler != nil:
		return handler
	default:
		sh.answer(c, a)
	}
	return nil
}

func (c *session) check(a Action, sh shape) {
	seen := map[string]bool{}
	for _, h := range a.Headers {
		if !slices.Contains(sh.need, h[0]) && !slices.Contains(sh.may, h[0]) {
			c.server.t.Errorf("amitest: %s has a header %q that it does not know", a.Name, h[0])
		}
		if seen[h[0]] {
			c.server.t.Errorf("amitest: %s has %q twice", a.Name, h[0])
		}
		seen[h[0]] = true
	}
	for _, name := range sh.need {
		if !seen[name] {
			c.server.t.Errorf("amitest: %s lacks %q", a.Name, name)
		}
	}
}

func (c *session) reply(a Action, headers ...string) {
	c.send(block(append([]string{"Response", "Success", "ActionID", a.ID}, headers...)...))
}

func (c *session) refuse(a Action, words string) {
	c.send(block("Response", "Error", "ActionID", a.ID, "Message", words))
}

func (c *session) answerChallenge(a Action) {
	if !c.server.MD5 || a.Get("AuthType") != "MD5" {
		c.refuse(a, "Must specify AuthType")
		return
	}
	c.challenge = fmt.Sprint(109636755 + len(c.server.log))
	c.reply(a, "Challenge", c.challenge)
}

func (c *session) answerLogin(a Action) {
	s := c.server
	sum := md5.Sum([]byte(c.challenge + Secret))
	proof := a.Get("Secret") == Secret
	if a.Get("AuthType") == "MD5" {
		proof = c.challenge != "" && a.Get("Key") == hex.EncodeToString(sum[:])
	}
	if s.refusing || a.Get("Username") != User || !proof {
		c.refuse(a, "Authentication failed")
		c.leaving = true
		return
	}
	c.loggedIn = true
	s.logins++
	// One piece, as Asterisk does it: what follows the answer in the same segment must not be lost.
	text := block("Response", "Success", "ActionID", a.ID, "Message", "Authentication accepted")
	if c.reads("system,all") {
		text += block("Event", "FullyBooted", "Privilege", "system,all", "Uptime", "42", "LastReload", "42", "Status", "Fully Booted")
	}
	if c.reads("security,all") {
		text += block("Event", "SuccessfulAuth", "Privilege", "security,all", "Severity", "Informational", "Service", "AMI",
			"EventVersion", "1", "AccountID", User, "SessionID", "0x7f0100000f40", "UsingPassword", "0")
	}
	c.send(text)
}

func (c *session) answerLogoff(a Action) {
	c.send(block("Response", "Goodbye", "ActionID", a.ID, "Message", "Thanks for all the fish."))
	c.leaving = true
}

func (c *session) answerPing(a Action) { c.reply(a, "Ping", "Pong", "Timestamp", "1795259086.000000") }

func (c *session) answerListCommands(a Action) {
	var headers []string
	for name, sh := range shapes() {
		if sh.free || !c.server.withheld[name] {
			headers = append(headers, name, "Does it.  (Priv: some,all)")
		}
	}
	c.reply(a, headers...)
}

func (c *session) answerCoreSettings(a Action) {
	enabled := "No"
	if c.server.CDR {
		enabled = "Yes"
	}
	c.reply(a, "AMIversion", "11.0.0", "AsteriskVersion", "22.10.1", "SystemName", "", "CoreCDRenabled", enabled)
}

func (c *session) answerModuleCheck(a Action) {
	if !slices.Contains(c.server.Modules, a.Get("Module")) {
		c.refuse(a, "Module not loaded")
		return
	}
	c.reply(a, "Version", "")
}

func (c *session) answerFilter(a Action) {
	expression := a.Get("Filter")
	if regexp.MustCompile(`\\[a-zA-Z]`).MatchString(expression) {
		c.server.t.Errorf("amitest: filter %q has an escape that POSIX expressions do not know", expression)
	}
	// Asterisk matches the whole text of the event, and there a dot matches line ends too.
	re, err := regexp.Compile("(?s)" + expression)
	if a.Get("Operation") != "Add" || err != nil {
		c.refuse(a, "Filter did not compile.  Check the syntax of the filter given.")
		return
	}
	c.filters = append(c.filters, re)
	c.reply(a, "Message", "Success")
}

func (c *session) answerCoreShowChannels(a Action) {
	text := block("Response", "Success", "ActionID", a.ID, "EventList", "start", "Message", "Channels will follow")
	for _, ch := range c.server.channels {
		text += block(append([]string{"Event", "CoreShowChannel", "ActionID", a.ID}, ch.describe()...)...)
	}
	c.send(text + block("Event", "CoreShowChannelsComplete", "ActionID", a.ID, "EventList", "Complete",
		"ListItems", fmt.Sprint(len(c.server.channels))))
}

func (c *session) answerSetvar(a Action) {
	// Without a channel the variable is a global one.
	if name := a.Get("Channel"); name != "" && !slices.ContainsFunc(c.server.channels, func(ch channel) bool { return ch.called(name) }) {
		c.refuse(a, "No such channel")
		return
	}
	c.server.vars[a.Get("Channel")+"\x00"+a.Get("Variable")] = a.Get("Value")
	c.reply(a, "Message", "Variable Set")
}

func (c *session) answerHangup(a Action) {
	cause := a.Get("Cause")
	if cause == "" {
		cause = "16"
	}
	if !slices.ContainsFunc(c.server.channels, func(ch channel) bool { return ch.called(a.Get("Channel")) }) {
		c.refuse(a, "No such channel")
		return
	}
	c.reply(a, "Message", "Channel Hungup")
	c.server.hangUp(a.Get("Channel"), cause)
}

func (c *session) answerDBPut(a Action) {
	c.server.db[a.Get("Family")+"\x00"+a.Get("Key")] = a.Get("Val")
	c.reply(a, "Message", "Updated database successfully")
}

func (c *session) answerDBDel(a Action) {
	key := a.Get("Family") + "\x00" + a.Get("Key")
	if _, ok := c.server.db[key]; !ok {
		c.refuse(a, "Database entry could not be deleted")
		return
	}
	delete(c.server.db, key)
	c.reply(a, "Message", "Key deleted successfully")
}

func (c *session) answerDBDelTree(a Action) {
	below := a.Get("Family") + "\x00"
	if key := a.Get("Key"); key != "" {
		below += key + "/"
	}
	found := false
	for key := range c.server.db {
		if strings.HasPrefix(key, below) {
			delete(c.server.db, key)
			found = true
		}
	}
	if !found {
		c.refuse(a, "Database entry not found")
		return
	}
	c.reply(a, "Message", "Key tree deleted successfully")
}

func (c *session) answerDBGet(a Action) {
	value, ok := c.server.db[a.Get("Family")+"\x00"+a.Get("Key")]
	if !ok {
		c.refuse(a, "Database entry not found")
		return
	}
	c.send(block("Response", "Success", "ActionID", a.ID, "EventList", "start", "Message", "Result will follow") +
		block("Event", "DBGetResponse", "Family", a.Get("Family"), "Key", a.Get("Key"), "Val", value, "ActionID", a.ID) +
		block("Event", "DBGetComplete", "ActionID", a.ID, "EventList", "Complete", "ListItems", "1"))
}
