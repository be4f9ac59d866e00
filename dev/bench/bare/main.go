// Command bare is the least that an ARI program can be: it lets each call that enters its Stasis
// application go on, and knows nothing. A call that asks by the shipped dialplan goes on at the place
// of a verdict. The benchmark sets the daemon beside it, to see what a verdict costs a call.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/coder/websocket"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "bare:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	base, password := os.Getenv("BARE_ARI"), os.Getenv("BARE_ARI_PASSWORD")
	events := strings.Replace(base, "http", "ws", 1) + "/events?app=bareguard&api_key=" + url.QueryEscape("guard:"+password)
	conn, _, err := websocket.Dial(ctx, events, nil)
	if err != nil {
		return err
	}
	defer conn.CloseNow()
	conn.SetReadLimit(1 << 20)
	fmt.Println("connected") // tells who started it
	for {
		_, message, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		var event struct {
			Type    string
			Args    []string
			Channel struct{ ID string }
		}
		if json.Unmarshal(message, &event) != nil || event.Type != "StasisStart" {
			continue
		}
		to := "/continue"
		if len(event.Args) > 0 {
			to += "?context=bareguard-verdict&extension=allow900.000&label=verdict"
		}
		go goOn(base+"/channels/"+event.Channel.ID+to, password)
	}
}

func goOn(request, password string) {
	r, err := http.NewRequest(http.MethodPost, request, nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bare:", err)
		return
	}
	r.SetBasicAuth("guard", password)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bare:", err)
		return
	}
	answer.Body.Close()
}
