package asterisk

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fraudguard/fraudguard/dev/debian"
)

// starterVariable makes this test binary a process that starts a server and
// waits to be killed.
const starterVariable = "FRAUDGUARD_TEST_STARTER"

func TestMain(m *testing.M) {
	if version := os.Getenv(starterVariable); version != "" {
		startAndWait(version)
	}
	goleak.VerifyTestMain(m)
}

func startAndWait(version string) {
	server, err := Start(context.Background(), Options{Version: version})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(server.PID(), server.Folder)
	select {}
}

// office has two tenants with a phone each and a trunk that leads nowhere.
func office(version string) Options {
	return Options{
		Version: version,
		Trunks:  []Trunk{{Name: "carrier", Addr: "127.0.0.1:9"}},
		Tenants: []Tenant{
			{Name: "acme", Extensions: []Extension{{Number: "101", Password: "secret-101"}}},
			{Name: "globex", Ask: true, Extensions: []Extension{{Number: "101", Endpoint: "globex-101"}}},
		},
		AMIUsers: []AMIUser{{Name: "reader", Read: "cdr", Write: ""}},

		Files:       map[string]string{"features.conf": "[general]\n[featuremap]\nparkcall => #3\n"},
		WithModules: []string{"res_clioriginate.so"},
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func start(t *testing.T, options Options) *Server {
	t.Helper()
	if err := debian.NeedRoot(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute) // the first time prepares the root
	defer cancel()
	server, err := Start(ctx, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
		if exists(server.Folder) {
			t.Errorf("%s is still there after Stop", server.Folder)
		}
	})
	return server
}

// eventually tries again until the condition holds.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for !condition() {
		select {
		case <-again.C:
		case <-deadline:
			t.Fatalf("still not so after 30 s: %s", what)
		}
	}
}

// login returns the answer to a login on the manager interface.
func login(server *Server, user, secret string) (string, error) {
	conn, err := net.DialTimeout("tcp", server.AMIAddr, 5*time.Second)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := fmt.Fprintf(conn, "Action: Login\r\nUsername: %s\r\nSecret: %s\r\n\r\n", user, secret); err != nil {
		return "", err
	}
	r := textproto.NewReader(bufio.NewReader(conn))
	if _, err := r.ReadLine(); err != nil {
		return "", err
	}
	answer, err := r.ReadMIMEHeader()
	return answer.Get("Response"), err
}

var complaint = regexp.MustCompile(`(?m)^.*\] (WARNING|ERROR)\[.*$`)

func TestServerHasWhatWasAskedFor(t *testing.T) {
	for _, version := range Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			server := start(t, office(version))

			text, err := os.ReadFile(filepath.Join(server.Folder, "log", "full"))
			if err != nil {
				t.Fatal(err)
			}
			if found := complaint.FindAllString(string(text), -1); len(found) > 0 {
				t.Errorf("asterisk complains about its configuration:\n%s", strings.Join(found, "\n"))
			}
			for command, want := range map[string]string{
				"core show version":                  "Asterisk " + version + ".",
				"pjsip show endpoint 101":            "accountcode                        : acme",
				"pjsip show endpoint globex-101":     "context                            : ask-globex",
				"pjsip show identifies":              `Contact: /127\.0\.0\.1:9/`,
				"dialplan show 0039@tenant-acme":     "PJSIP/${EXTEN}@carrier",
				"dialplan show +39055@tenant-acme":   "PJSIP/${EXTEN}@carrier",
				"dialplan show 0039@ask-globex":      "Stasis(fraudguard,${EXTEN})",
				"module show like cdr_manager.so":    "1 modules loaded",
				"module show like res_ari_channels.": "1 modules loaded",
				"module show like chan_sip.so":       "0 modules loaded",
				"module show like res_clioriginate":  "1 modules loaded",
				"features show":                      "#3",
			} {
				out, err := server.Console(t.Context(), command)
				if err != nil || !strings.Contains(out, want) {
					t.Errorf("%s: %v: %q is not in:\n%s", command, err, want, out)
				}
			}
			// An emergency call asks nobody: the console lists the best match first.
			out, err := server.Console(t.Context(), "dialplan show 112@ask-globex")
			if best, _, _ := strings.Cut(out, "'_X.'"); err != nil || !strings.Contains(best, "'112'") {
				t.Errorf("112 in the asking context: %v\n%s", err, out)
			}
			for user, want := range map[string]string{"admin": "Success", "guard": "Success", "reader": "Success"} {
				if got, err := login(server, user, server.AMISecret(user)); err != nil || got != want {
					t.Errorf("login of %s: %q, %v", user, got, err)
				}
			}
			if got, err := login(server, "admin", "wrong"); err != nil || got != "Error" {
				t.Errorf("login with a wrong secret: %q, %v", got, err)
			}
			if got := ariStatus(t, server, server.ARIPassword("guard")); got != http.StatusOK {
				t.Errorf("ARI says %d", got)
			}
			if got := ariStatus(t, server, "wrong"); got != http.StatusUnauthorized {
				t.Errorf("ARI with a wrong password says %d", got)
			}
			if got := server.Password("101"); got != "secret-101" {
				t.Errorf("password of 101: %q", got)
			}
		})
	}
}

func ariStatus(t *testing.T, server *Server, password string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "GET", server.ARIURL+"/asterisk/info", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth("guard", password)
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

func TestTwoServersOfOneRootDoNotMeet(t *testing.T) {
	first := start(t, Options{})
	second := start(t, Options{Dialplan: "[only-second]\nexten => 1,1,Hangup()\n"})
	if got, err := login(second, "admin", first.AMISecret("admin")); err != nil || got != "Error" {
		t.Errorf("the second server takes the first one's secret: %q, %v", got, err)
	}
	for server, want := range map[*Server]bool{first: false, second: true} {
		out, err := server.Console(t.Context(), "dialplan show 1@only-second")
		if err != nil || strings.Contains(out, "Hangup()") != want {
			t.Errorf("own dialplan: want %v: %v\n%s", want, err, out)
		}
	}
}

func TestRestartKeepsPortsSecretsAndDatabase(t *testing.T) {
	server := start(t, office(""))
	if _, err := server.Console(t.Context(), "database put fraudguard key value-1"); err != nil {
		t.Fatal(err)
	}
	before := server.PID()
	// Asterisk writes its database behind a thread of its own: ask until it is on disk, and SQLite has
	// thrown away the journal by which it would undo that.
	eventually(t, "the value is stored", func() bool {
		path := filepath.Join(server.Folder, "db", "astdb.sqlite3")
		text, err := os.ReadFile(path)
		return err == nil && strings.Contains(string(text), "value-1") && !exists(path+"-journal")
	})
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := login(server, "admin", server.AMISecret("admin")); err == nil {
		t.Fatal("a killed server answers")
	}
	if err := server.Kill(); err == nil {
		t.Error("a killed server was killed again")
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if server.PID() == before {
		t.Error("the process is the same")
	}
	if got, err := login(server, "admin", server.AMISecret("admin")); err != nil || got != "Success" {
		t.Errorf("login after the restart: %q, %v", got, err)
	}
	out, err := server.Console(t.Context(), "database get fraudguard key")
	if err != nil || !strings.Contains(out, "value-1") {
		t.Errorf("database after the restart: %q, %v", out, err)
	}
}

// A server finds out that somebody has its port who listens there and does not answer.
func TestPortOfASilentListener(t *testing.T) {
	server := start(t, Options{})
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	silent, err := net.Listen("tcp", server.AMIAddr)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	if err := server.Restart(t.Context()); !errors.Is(err, errPortTaken) {
		t.Errorf("%v", err)
	}
}

func TestSuspendedServerIsSilentUntilResumed(t *testing.T) {
	server := start(t, Options{})
	if err := server.Suspend(); err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", server.AMIAddr) // the kernel still accepts
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
	if n, err := conn.Read(make([]byte, 64)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a suspended server said something: %d bytes, %v", n, err)
	}
	if err := server.Resume(); err != nil {
		t.Fatal(err)
	}
	if got, err := login(server, "admin", server.AMISecret("admin")); err != nil || got != "Success" {
		t.Errorf("login after resuming: %q, %v", got, err)
	}
}

func TestStopEndsASuspendedServer(t *testing.T) {
	server := start(t, Options{})
	if err := server.Suspend(); err != nil {
		t.Fatal(err)
	}
	pid := server.PID()
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	if processAlive(pid) {
		t.Errorf("process %d lives", pid)
	}
}

func TestBadOptionsAreNamedAllAtOnce(t *testing.T) {
	_, err := Start(t.Context(), Options{
		Trunks:   []Trunk{{Name: "car rier", Addr: "nowhere"}},
		Tenants:  []Tenant{{Name: "a\n[b]", Trunk: "missing", Extensions: []Extension{{Number: "1", Password: "x;y"}, {Number: "1"}}}},
		AMIUsers: []AMIUser{{Name: "x", Read: "call\nsecret=1"}},
		ARIUsers: []ARIUser{{Name: "general"}},
		Files:    map[string]string{"../etc/passwd": ""},
	})
	if err == nil {
		t.Fatal("it started")
	}
	for _, want := range []string{`trunk "car rier"`, `"nowhere"`, `tenant "a\n[b]"`, `"missing"`, `secret of "1"`, `endpoint "1" stands twice`, `AMI user "x"`, `ARI user "general"`, `file "../etc/passwd"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not in: %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "x;y") {
		t.Errorf("the error shows a secret: %v", err)
	}
	if _, err := Start(t.Context(), Options{Version: "13"}); err == nil || !strings.Contains(err.Error(), "16, 22") {
		t.Errorf("an unknown version: %v", err)
	}
}
