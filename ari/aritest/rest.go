package aritest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// serve takes a request apart itself, for net/http's router would clean paths
// that Asterisk takes as they are.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.change(func() {
		s.requests = append(s.requests, r.Method+" "+r.RequestURI)
		s.active++
	})
	defer s.change(func() { s.active-- })
	if s.faulty(w, r) {
		return
	}
	target, rawQuery, _ := strings.Cut(r.RequestURI, "?")
	rest, isARI := strings.CutPrefix(target, "/ari/")
	if !isARI {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte("<html><title>404 Not Found</title></html>"))
		return
	}
	if strings.Trim(rest, pathBytes) != "" {
		s.unexpected(w, "a path that is not escaped: %q", rest)
		return
	}
	if r.ContentLength > 0 {
		s.unexpected(w, "%s %s with a body", r.Method, rest)
		return
	}
	query, err := url.ParseQuery(rawQuery)
	if err != nil || query.Has("api_key") {
		s.unexpected(w, "a query that is broken or holds the password")
		return
	}
	if !s.allowed(w, r) {
		return
	}
	parts := strings.Split(rest, "/")
	for i := range parts {
		// Asterisk reads + as a space.
		if parts[i], err = url.QueryUnescape(parts[i]); err != nil || parts[i] == "" {
			s.unexpected(w, "a broken or empty part in %q", rest)
			return
		}
	}
	s.route(w, r, parts, query)
}

// pathBytes may stand in a path; all else must be escaped.
const pathBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/%._-"

func (s *Server) allowed(w http.ResponseWriter, r *http.Request) bool {
	user, password, _ := r.BasicAuth()
	status := 0
	switch {
	case password != Password || (user != User && user != ReadOnlyUser):
		status = http.StatusUnauthorized
	case user == ReadOnlyUser && r.Method != http.MethodGet:
		status = http.StatusForbidden
	default:
		return true
	}
	s.change(func() { s.refused++ })
	answer(w, status, message(map[int]string{401: "Authentication required", 403: "Write access denied"}[status]))
	return false
}

func (s *Server) route(w http.ResponseWriter, r *http.Request, parts []string, query url.Values) {
	switch pattern := r.Method + " " + parts[0]; {
	case r.RequestURI == "/ari/asterisk/ping" && r.Method == http.MethodGet:
		answer(w, http.StatusOK, map[string]string{"ping": "pong", "asterisk_id": "02:fc:00:00:00:01"})
	case r.RequestURI == "/ari/asterisk/info" && r.Method == http.MethodGet:
		answer(w, http.StatusOK, map[string]any{
			"system": map[string]string{"version": "22.10.1", "entity_id": "02:fc:00:00:00:01"},
			"status": map[string]string{"startup_time": "2026-11-21T11:05:26.548+0000"},
		})
	case r.RequestURI == "/ari/events?app="+Application && r.Method == http.MethodGet:
		s.stream(w, r)
	case strings.Join(parts, "/") == "asterisk/variable":
		s.global(w, r.Method, query)
	case pattern == "GET channels" && len(parts) == 1 && len(query) == 0:
		s.list(w)
	case parts[0] == "channels" && len(parts) >= 2:
		s.channel(w, r.Method, parts, query)
	default:
		s.unexpected(w, "%s %s", r.Method, r.RequestURI)
	}
}

// global reads or sets a variable of no channel. One that is not set is empty.
func (s *Server) global(w http.ResponseWriter, method string, query url.Values) {
	name := query.Get("variable")
	switch {
	case method == http.MethodGet && len(query) == 1 && name != "":
		answer(w, http.StatusOK, map[string]string{"value": s.Global(name)})
	case method == http.MethodPost && name != "" && (len(query) == 1 || len(query) == 2 && query.Has("value")):
		s.SetGlobal(name, query.Get("value"))
		w.WriteHeader(http.StatusNoContent)
	default:
		s.unexpected(w, "%s of a global variable with %q", method, query)
	}
}

func (s *Server) list(w http.ResponseWriter) {
	s.mu.Lock()
	list := make([]any, 0, len(s.channels))
	for _, channel := range s.channels {
		list = append(list, describe(channel))
	}
	s.mu.Unlock()
	answer(w, http.StatusOK, list)
}

// channel does what is asked of one channel.
func (s *Server) channel(w http.ResponseWriter, method string, parts []string, query url.Values) {
	s.mu.Lock()
	channel, inStasis := s.channels[parts[1]], false
	var described any
	if channel != nil {
		inStasis, described = channel.InStasis, describe(channel)
	}
	s.mu.Unlock()

	verb := method
	if len(parts) > 2 {
		verb += " " + parts[2]
	}
	allowed, known := parametersOf(verb)
	for name, values := range query {
		if !slices.Contains(allowed, name) || len(values) != 1 {
			s.unexpected(w, "%s with the parameter %q = %q", verb, name, values)
			return
		}
	}
	deep := 3
	switch verb {
	case "GET", "DELETE":
		deep = 2
	case "POST play":
		deep = 4
	}
	switch {
	case !known || len(parts) != deep:
		s.unexpected(w, "%s %q", method, parts)
	case channel == nil:
		answer(w, http.StatusNotFound, message("Channel not found"))
	case method == http.MethodPost && !inStasis:
		answer(w, http.StatusConflict, message("Channel not in Stasis application"))
	case verb == "GET":
		answer(w, http.StatusOK, described)
	case verb == "DELETE":
		s.hangup(w, channel, query.Get("reason"))
	default:
		s.inStasis(w, verb, channel, parts, query)
	}
}

func parametersOf(verb string) (allowed []string, known bool) {
	allowed, known = map[string][]string{
		"GET":           {},
		"DELETE":        {"reason"},
		"POST answer":   {},
		"POST play":     {"media"},
		"POST continue": {"context", "extension", "priority", "label"},
		"POST variable": {"variable", "value"},
		"GET variable":  {"variable"},
	}[verb]
	return allowed, known
}

func (s *Server) inStasis(w http.ResponseWriter, verb string, channel *Channel, parts []string, query url.Values) {
	switch verb {
	case "POST answer":
		s.change(func() { channel.State = "Up" })
	case "POST play":
		play := Play{channel.ID, parts[3], query.Get("media")}
		s.change(func() { s.plays = append(s.plays, play) })
		answer(w, http.StatusCreated, map[string]string{"id": play.ID, "media_uri": play.Media, "target_uri": "channel:" + play.Channel, "state": "queued"})
		return
	case "POST continue":
		to := Continued{channel.ID, query.Get("context"), query.Get("extension"), query.Get("priority"), query.Get("label")}
		if to.Label != "" && !slices.Contains(channel.Labels, to.Label) {
			answer(w, http.StatusNotFound, message("Label not found"))
			return
		}
		s.change(func() {
			channel.InStasis = false
			s.continued = append(s.continued, to)
		})
		s.emitIfConnected("StasisEnd", map[string]any{"channel": s.described(channel)})
	case "POST variable":
		s.change(func() { channel.Variables[query.Get("variable")] = query.Get("value") })
	case "GET variable":
		s.mu.Lock()
		value, ok := channel.Variables[query.Get("variable")]
		s.mu.Unlock()
		if !ok {
			answer(w, http.StatusNotFound, message("Provided variable was not found"))
			return
		}
		answer(w, http.StatusOK, map[string]string{"value": value})
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) hangup(w http.ResponseWriter, channel *Channel, reason string) {
	if !slices.Contains(reasons(), reason) {
		s.unexpected(w, "a hang-up for the reason %q", reason)
		return
	}
	was, inStasis := s.described(channel), false
	s.change(func() {
		inStasis = channel.InStasis
		delete(s.channels, channel.ID)
		s.hangups = append(s.hangups, Hangup{channel.ID, reason})
	})
	w.WriteHeader(http.StatusNoContent)
	if inStasis {
		// The end is the last that Asterisk tells of a channel that came by
		// Stasis(): it is unsubscribed before it is destroyed.
		s.emitIfConnected("ChannelHangupRequest", map[string]any{"channel": was, "cause": 32, "soft": true})
		s.emitIfConnected("StasisEnd", map[string]any{"channel": was})
	}
}

// reasons are what Asterisk 16 and 22 take.
func reasons() []string {
	return []string{
		"normal", "busy", "congestion", "no_answer", "timeout", "rejected", "unallocated", "normal_unspecified",
		"number_incomplete", "codec_mismatch", "interworking", "failure", "answered_elsewhere",
	}
}

func (s *Server) described(channel *Channel) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return describe(channel)
}

func describe(channel *Channel) any {
	party := map[string]string{"name": "", "number": ""}
	return map[string]any{
		"id": channel.ID, "name": channel.Name, "state": channel.State, "protocol_id": "",
		"caller": party, "connected": party, "accountcode": "", "language": "en",
		"dialplan":     map[string]any{"context": "default", "exten": "s", "priority": 1, "app_name": "", "app_data": ""},
		"creationtime": "2026-11-21T11:10:22.396+0000",
	}
}

func message(text string) any { return map[string]string{"message": text} }

func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}
