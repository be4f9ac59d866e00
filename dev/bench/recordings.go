package main

import (
	"embed"
	"strings"
)

//go:embed testdata
var recorded embed.FS

// recording gives the events of a session with a real Asterisk, as they came over the wire: the name
// is that of the scene and the version, such as "plain-call-22".
func recording(name string) ([]string, error) {
	text, err := recorded.ReadFile("testdata/" + name + ".txt")
	if err != nil {
		return nil, err
	}
	var events []string
	for block := range strings.SplitSeq(string(text), "\n\n") {
		if block != "" {
			events = append(events, strings.ReplaceAll(block, "\n", "\r\n")+"\r\n\r\n")
		}
	}
	return events, nil
}

// scenes are the recordings that are stored here.
func scenes() []string {
	return []string{"plain-call-22", "blind-transfer-refer-22", "caller-cancels-22", "plain-call-16"}
}
