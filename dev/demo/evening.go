package main

import (
	"context"
	"sync"
	"time"

	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/dev/site"
)

// evening is how long thieves have. It is short so that the demo is; the prices are of our own making.
const evening = 25 * time.Second

// The extensions of the tenant acme, and who dials on them.
const (
	honest    = "101" // an employee
	stolen    = "102" // a stolen password: premium numbers in parallel
	pumped    = "103" // a stolen password: one number again and again
	forwarded = "104" // a stolen password: a premium call sent on to another, and the phone leaves
)

var who = map[string]string{
	honest:    "an honest employee",
	stolen:    "stolen: premium numbers in parallel",
	pumped:    "stolen: one number again and again",
	forwarded: "stolen: blind transfer, and gone",
}

// The numbers that each extension dials; no two extensions dial the same.
var numbers = map[string][]string{
	honest:    {"00442079460000"},
	stolen:    {"00449061111111", "00449062222222", "00449063333333", "00449064444444"},
	pumped:    {"0037190001234", "112"},
	forwarded: {"00449067777777", "00449068888888"},
}

func options() site.Options {
	return site.Options{
		Phones: map[string][]string{"acme": {honest, stolen, pumped, forwarded}},
		Prices: []site.Price{
			{Prefix: "44", Route: "United Kingdom", PerMinute: "0.03", First: 1, Next: 1},
			{Prefix: "4490", Route: "United Kingdom premium", PerMinute: "3.60", First: 1, Next: 1},
			{Prefix: "371", Route: "Latvia", PerMinute: "0.20", First: 60, Next: 60},
		},
		Answers: map[string]sip.Behaviour{"": {RingFor: 300 * time.Millisecond}},
		Rules: `[caps.extension]
cost_per_day = "1.20"
[caps.tenant]
cost_per_day = "20.00"

[abuse.repeated_number]
calls = 5
within = "5m"
action = "block"
block_for = "24h"
`,
	}
}

// play lets the evening pass on one site. Thieves take what they get: a call that fails is no error.
func play(ctx context.Context, s *site.Site) error {
	phones := make(map[string]*sip.Phone)
	for _, extension := range []string{honest, stolen, pumped, forwarded} {
		phone, err := s.Phone(ctx, extension)
		if err != nil {
			return err
		}
		phones[extension] = phone
	}
	night, over := context.WithTimeout(ctx, evening)
	defer over()
	var dialling sync.WaitGroup
	dialling.Go(func() { talk(night, phones[honest], numbers[honest][0], 6500*time.Millisecond) })
	for _, number := range numbers[stolen] {
		dialling.Go(func() { insist(night, phones[stolen], number) })
	}
	dialling.Go(func() { pump(night, phones[pumped]) })
	dialling.Go(func() { transfer(night, phones[forwarded]) })
	dialling.Wait()
	<-night.Done()
	s.Carrier.HangupAll()
	return s.Carrier.WaitAllEnded(ctx)
}

// talk makes one call of a length and says whether it was answered.
func talk(ctx context.Context, phone *sip.Phone, number string, length time.Duration) bool {
	call, err := phone.Dial(ctx, number)
	if err != nil || call.WaitAnswered(ctx) != nil {
		return false
	}
	wait(ctx, length)
	_ = call.Hangup()
	return true
}

// insist keeps one premium call up, and dials it once more when it is cut.
func insist(ctx context.Context, phone *sip.Phone, number string) {
	for range 2 {
		call, err := phone.Dial(ctx, number)
		if err != nil {
			return
		}
		if _, err := call.WaitOver(ctx); err != nil {
			return
		}
		wait(ctx, time.Second)
	}
}

// pump dials one number again and again, for a share of each call's price; at the end somebody in
// the same room needs help.
func pump(ctx context.Context, phone *sip.Phone) {
	for range 10 {
		talk(ctx, phone, numbers[pumped][0], 700*time.Millisecond)
		wait(ctx, 500*time.Millisecond)
	}
	talk(ctx, phone, numbers[pumped][1], 2*time.Second)
}

// transfer connects two premium numbers with each other and leaves them to it.
func transfer(ctx context.Context, phone *sip.Phone) {
	call, err := phone.Dial(ctx, numbers[forwarded][0])
	if err != nil || call.WaitAnswered(ctx) != nil {
		return
	}
	wait(ctx, time.Second)
	_ = call.BlindTransfer(ctx, numbers[forwarded][1])
	phone.Vanish()
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
