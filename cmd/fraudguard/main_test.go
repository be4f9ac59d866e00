package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fraudguard/fraudguard/web"
)

var update = flag.Bool("update", false, "write the golden files anew")

const testVersion = "1.2.3-test"

// binary is the program under test, built once.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(testAll(m))
}

func testAll(m *testing.M) int {
	dir, err := os.MkdirTemp("", "fg")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "fraudguard")
	build := exec.Command("go", "build", "-ldflags", "-X main.version="+testVersion, "-o", binary, ".")
	if text, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, text)
		return 1
	}
	code := m.Run()
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// result is what a run of the program left behind.
type result struct {
	code      int
	out, errs string
}

// command prepares a run of the program that finds the daemon at a socket.
func command(t testing.TB, socket string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	c := exec.CommandContext(ctx, binary, args...)
	c.Env = []string{"FRAUDGUARD_SOCKET=" + socket, "HOME=/nonexistent", "TZ=America/New_York"}
	return c
}

// fraudguard runs the program to its end.
func fraudguard(t testing.TB, socket string, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	c := command(t, socket, args...)
	c.Stdout, c.Stderr = &out, &errs
	return result{codeOf(t, c.Run()), out.String(), errs.String()}
}

func codeOf(t testing.TB, err error) int {
	t.Helper()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0
}

func shortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "fg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// serve lets a backend answer on a real socket until the test ends.
func serve(t testing.TB, backend web.Backend) (socket string) {
	t.Helper()
	socket = filepath.Join(shortDir(t), "s")
	listener, err := web.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- web.Serve(ctx, listener, backend, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return socket
}

// golden compares a run with testdata/NAME.golden. What differs from machine to machine is replaced
// first: the replacements are pairs of old and new.
func golden(t *testing.T, name string, args []string, r result, replace ...string) {
	t.Helper()
	text := fmt.Sprintf("$ fraudguard %s\n%s", strings.Join(args, " "), r.out)
	if r.errs != "" {
		text += "(stderr)\n" + r.errs
	}
	text += fmt.Sprintf("(exit %d)\n", r.code)
	text = strings.NewReplacer(replace...).Replace(text)
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("%s\n--- got\n%s--- want\n%s", path, text, want)
	}
}
