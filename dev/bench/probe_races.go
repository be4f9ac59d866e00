package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

func probeRaces(ctx context.Context, b *bench) (string, string, error) {
	return races(ctx, b, "amigo-race", "ami-race", func() (address string, cut, end func(), err error) {
		m, err := newManager("", func(s *managerSession, a action) { s.admit(a) })
		if err != nil {
			return "", nil, nil, err
		}
		return m.address(), m.cut, m.close, nil
	})
}

// races runs two tasks of the victim under the race detector while their connections are cut.
func races(ctx context.Context, b *bench, library, ours string, serve func() (address string, cut, end func(), err error)) (string, string, error) {
	program, err := b.build(ctx, ".", "./victim", "victim-race", "-race")
	if err != nil {
		return "", "", err
	}
	var told [2]string
	for i, task := range []string{library, ours} {
		address, cut, end, err := serve()
		if err != nil {
			return "", "", err
		}
		told[i], err = raceOf(ctx, program, task, address, cut)
		end()
		if err != nil {
			return "", "", err
		}
	}
	return told[0], told[1], nil
}

func raceOf(ctx context.Context, program, task, address string, cut func()) (string, error) {
	cmd := exec.CommandContext(ctx, program, task, address)
	cmd.Env = append(os.Environ(), "GORACE=exitcode=0")
	ended := make(chan struct{})
	var cutting sync.WaitGroup
	cutting.Go(func() {
		for {
			select {
			case <-ended:
				return
			case <-time.After(200 * time.Millisecond):
				cut()
			}
		}
	})
	out, err := cmd.CombinedOutput()
	close(ended)
	cutting.Wait()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, tailOf(string(out)))
	}
	return fmt.Sprintf("%d reported", strings.Count(string(out), "WARNING: DATA RACE")), nil
}

func probeRacesARI(ctx context.Context, b *bench) (string, string, error) {
	return races(ctx, b, "ariv5-race", "ari-race", func() (address string, cut, end func(), err error) {
		s, err := newRESTServer(nil)
		if err != nil {
			return "", nil, nil, err
		}
		cut = func() {
			select {
			case stream := <-s.streams:
				stream.Close()
			default:
			}
		}
		return s.address, cut, s.close, nil
	})
}
