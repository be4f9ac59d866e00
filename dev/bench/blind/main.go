// Command blind is the least that could hang up: it reads AMI line by line, asks no question, and ends
// every new leg of one trunk by ARI the moment it begins to dial. The benchmark sets the daemon
// beside it, to see what deciding costs.
package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "blind:", err)
		os.Exit(1)
	}
}

func run() error {
	conn, err := net.Dial("tcp", os.Getenv("BLIND_AMI"))
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "Action: Login\r\nUsername: blind\r\nSecret: %s\r\n\r\n", os.Getenv("BLIND_AMI_SECRET")); err != nil {
		return err
	}
	trunk := os.Getenv("BLIND_TRUNK") + "-"
	in := bufio.NewReader(conn)
	var dialling bool
	var channel, id string
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return err
		}
		name, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ": ")
		switch name {
		case "Message":
			fmt.Println(value) // tells who started it that it has logged in
		case "Event":
			dialling = value == "DialBegin"
		case "DestChannel":
			channel = value
		case "DestUniqueid":
			id = value
		case "":
			if dialling && strings.HasPrefix(channel, trunk) {
				go hangUp(id)
			}
			dialling = false
		}
	}
}

func hangUp(id string) {
	r, err := http.NewRequest(http.MethodDelete, os.Getenv("BLIND_ARI")+"/channels/"+id+"?reason=normal", nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, "blind:", err)
		return
	}
	r.SetBasicAuth("guard", os.Getenv("BLIND_ARI_PASSWORD"))
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		fmt.Fprintln(os.Stderr, "blind:", err)
		return
	}
	answer.Body.Close()
}
