// Command victim uses a library where that may crash the program or race, so that the probe which
// started it sees it and lives on. Its arguments are what to do and the address of the server.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	v5 "github.com/CyCoreSystems/ari/v5"
	"github.com/CyCoreSystems/ari/v5/client/native"
	"github.com/ivahaev/amigo"

	"github.com/fraudguard/fraudguard/ami"
	"github.com/fraudguard/fraudguard/ari"
)

// callersFor is how long a task goes on; the probe breaks its connections meanwhile, or sends to it.
const callersFor = 2 * time.Second

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "victim is started by the probes: victim TASK ADDRESS")
		os.Exit(2)
	}
	tasks := map[string]func(address string){
		"amigo-race": raceAmigo, "ami-race": raceOurs, "ariv5-race": streamToV5, "ari-race": streamToOurs,
		"ariv5-unknown": streamToV5, "ari-unknown": streamToOurs,
	}
	task := tasks[os.Args[1]]
	if task == nil {
		fmt.Fprintf(os.Stderr, "victim has no task %q\n", os.Args[1])
		os.Exit(2)
	}
	task(os.Args[2])
}

// callers call from four goroutines, as a program with several calls does.
func callers(call func()) {
	var work sync.WaitGroup
	until := time.Now().Add(callersFor)
	for range 4 {
		work.Go(func() {
			for time.Now().Before(until) {
				call()
				time.Sleep(time.Millisecond)
			}
		})
	}
	work.Wait()
}

func raceAmigo(address string) {
	host, port, _ := net.SplitHostPort(address)
	client := amigo.New(&amigo.Settings{Username: "bench", Password: "bench", Host: host, Port: port,
		ActionTimeout: 100 * time.Millisecond, ReconnectInterval: 20 * time.Millisecond})
	client.Connect()
	callers(func() { _, _ = client.Action(map[string]string{"Action": "Ping"}) })
	client.Close()
}

// quiet hears of a link and does nothing.
type quiet struct{}

func (quiet) Up(ami.Info)                       {}
func (quiet) Down(error)                        {}
func (quiet) Event(ami.Message, time.Time)      {}
func (quiet) Gap(uint64, time.Time)             {}
func (quiet) Channels([]ami.Message, time.Time) {}

func raceOurs(address string) {
	link := ami.NewLink(ami.Config{Server: "pbx1", Addr: address, User: "bench", Secret: "bench"}, nil, quiet{})
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { link.Run(ctx) })
	callers(func() {
		limited, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		_, _ = link.Do(limited, ami.NewAction("Ping"))
	})
	cancel()
	work.Wait()
}

// streamToV5 has a subscription for a while; what comes is the probe's business.
func streamToV5(address string) {
	client, err := native.Connect(&native.Options{Application: "bench", Username: "bench", Password: "bench",
		URL: "http://" + address + "/ari", WebsocketURL: "ws://" + address + "/ari/events"})
	if err != nil {
		fmt.Fprintln(os.Stderr, "victim:", err)
		os.Exit(2)
	}
	client.Bus().Subscribe(nil, v5.Events.All)
	time.Sleep(callersFor)
	client.Close()
}

func streamToOurs(address string) {
	client, err := ari.New(ari.Config{URL: "http://" + address + "/ari", User: "bench", Password: "bench", Application: "bench"})
	if err != nil {
		fmt.Fprintln(os.Stderr, "victim:", err)
		os.Exit(2)
	}
	ctx, cancel := context.WithTimeout(context.Background(), callersFor)
	defer cancel()
	for e := range client.Events(ctx) {
		if other, ok := e.(ari.Other); ok {
			fmt.Printf("passed on as Other of type %s\n", other.Type)
		}
	}
}
