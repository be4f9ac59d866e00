package main

import (
	"bufio"
	"crypto/sha1" // what the websocket handshake is made with
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net"
	"net/http"
	"time"
)

// restServer is as much of Asterisk's REST interface as the rows and probes need, on a loopback port:
// it says who it is, hands event streams over, and gives all other requests to another handler.
type restServer struct {
	http    *http.Server
	address string
	streams chan net.Conn // event streams that a client has opened
}

func newRESTServer(other http.HandlerFunc) (*restServer, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &restServer{address: l.Addr().String(), streams: make(chan net.Conn, 8)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ari/asterisk/info", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(object{
			"system": object{"version": "22.10.1", "entity_id": "02:fc:00:00:00:01"},
			"status": object{"startup_time": "2026-11-21T11:05:26.548+0000"},
		})
	})
	mux.HandleFunc("GET /ari/asterisk/ping", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(object{"ping": "pong", "asterisk_id": "02:fc:00:00:00:01"})
	})
	mux.HandleFunc("GET /ari/events", s.stream)
	s.http = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The router cleans paths, and the probes want to see them as they came.
		if h, pattern := mux.Handler(r); pattern != "" {
			h.ServeHTTP(w, r)
			return
		}
		other(w, r)
	}), ReadHeaderTimeout: time.Minute}
	go s.http.Serve(l)
	return s, nil
}

func (s *restServer) url() string { return "http://" + s.address + "/ari" }

func (s *restServer) close() { _ = s.http.Close() }

// stream accepts a websocket. Frames are written by hand, many at once, so that the server costs the
// reader no more than the plain stream of the manager does.
func (s *restServer) stream(w http.ResponseWriter, r *http.Request) {
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	conn, rw, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
		base64.StdEncoding.EncodeToString(sum[:]) + "\r\n\r\n")
	if rw.Flush() != nil {
		conn.Close()
		return
	}
	go swallow(rw.Reader)
	s.streams <- conn
}

// swallow reads what the client says, so that it is never held up.
func swallow(r *bufio.Reader) { _, _ = r.WriteTo(discard{}) }

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }

// appendFrame appends a text message as a server sends it.
func appendFrame(b, text []byte) []byte {
	b = append(b, 0x81)
	switch n := len(text); {
	case n < 126:
		b = append(b, byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return append(b, text...)
}
