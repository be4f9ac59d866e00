package postgres

import (
	"bufio"
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/fraudguard/fraudguard/dev/debian"
)

//go:embed supervisor.sh
var supervisorScript string

// bootTime bounds the wait for a server to answer, which takes a second on an idle machine.
const bootTime = 60 * time.Second

// Options say what the server is.
type Options struct {
	// Version is one of [Versions]; empty is the oldest.
	Version string
	// Settings are further settings of postgresql.conf: "max_connections=20".
	Settings []string
}

// Server is one running PostgreSQL. The user "postgres" may do everything, through the socket and
// without a password; others need theirs, and come by TCP.
type Server struct {
	Version string
	// Folder is the server's, with the data and the log in it.
	Folder string

	root       string
	port       uint16
	supervisor *exec.Cmd
	orders     *os.File // closing it is the order to end
	answers    *bufio.Reader
	closer     *os.File
}

// Start prepares the root where that is not done yet, and starts a server. It returns when the server
// answers. The context bounds the start only: the life ends with [Server.Stop], or with the calling
// process.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Version == "" {
		o.Version = Versions()[0]
	}
	root, err := Prepare(ctx, o.Version, io.Discard)
	if err != nil {
		return nil, err
	}
	s, err := supervise(root, o)
	if err != nil {
		return nil, err
	}
	if err := s.boot(ctx); err != nil {
		err = fmt.Errorf("postgresql %s did not start: %w\n%s", o.Version, err, s.Log())
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// supervise makes the folder and starts the supervisor.
func supervise(root string, o Options) (*Server, error) {
	port, err := debian.FreePort("tcp")
	if err != nil {
		return nil, err
	}
	id := make([]byte, 8)
	rand.Read(id)
	inside := filepath.Join(debian.InstancesFolder, hex.EncodeToString(id))
	s := &Server{Version: o.Version, Folder: filepath.Join(root, inside), root: root, port: port}
	lock, err := debian.MakeFolder(s.Folder, "run")
	if err != nil {
		return nil, err
	}
	defer lock.Close() // the supervisor holds its own copy
	if err := debian.HandOver(root, s.Folder, "postgres"); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.Folder))
	}
	arguments := []string{"-c", supervisorScript, "fraudguard-supervisor", root, inside, s.Folder}
	for _, setting := range append([]string{"listen_addresses=127.0.0.1", fmt.Sprintf("port=%d", port), "unix_socket_directories=" + inside + "/run",
		"dynamic_shared_memory_type=mmap", "shared_buffers=64MB", "timezone=UTC"}, o.Settings...) {
		arguments = append(arguments, "-c", setting)
	}
	if err := s.start(arguments, lock); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.Folder))
	}
	return s, nil
}

func (s *Server) start(arguments []string, lock *os.File) error {
	ordersIn, orders, err := os.Pipe()
	if err != nil {
		return err
	}
	defer ordersIn.Close()
	answers, answersOut, err := os.Pipe()
	if err != nil {
		return errors.Join(err, orders.Close())
	}
	defer answersOut.Close()
	s.supervisor = exec.Command("sh", arguments...)
	s.supervisor.Stdin, s.supervisor.Stdout, s.supervisor.ExtraFiles = ordersIn, answersOut, []*os.File{lock}
	s.supervisor.Dir = "/"
	// A session of its own: Ctrl-C at a terminal reaches the starter only.
	s.supervisor.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC}
	if err := s.supervisor.Start(); err != nil {
		return errors.Join(fmt.Errorf("starting the supervisor of a postgresql: %w", err), orders.Close(), answers.Close())
	}
	s.orders, s.answers, s.closer = orders, bufio.NewReader(answers), answers
	return nil
}

// order gives the supervisor an order, and waits for the answer.
func (s *Server) order(word, want string) error {
	if _, err := s.orders.WriteString(word + "\n"); err != nil {
		return fmt.Errorf("the supervisor of a postgresql is gone: %w", err)
	}
	line, err := s.answers.ReadString('\n')
	if err != nil {
		return fmt.Errorf("the supervisor of a postgresql is gone: %w", err)
	}
	if got := strings.TrimSpace(line); got != want {
		return fmt.Errorf("the order to %s ended with: %s", word, got)
	}
	return nil
}

func (s *Server) boot(ctx context.Context) error {
	if err := s.order("make", "made"); err != nil {
		return err
	}
	return s.Restart(ctx)
}

// Kill ends the server with SIGKILL, as a crash would. The data stays for [Server.Restart].
func (s *Server) Kill() error { return s.order("kill", "killed") }

// Restart starts the server after a Kill, and returns when it answers.
func (s *Server) Restart(ctx context.Context) error {
	if err := s.order("start", "started"); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, bootTime)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		err := s.Exec(ctx, "postgres", "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("postgresql %s does not answer: %w\n%s", s.Version, err, s.Log())
		case <-again.C:
		}
	}
}

// Exec runs SQL, several statements if need be, as the user that may do everything.
func (s *Server) Exec(ctx context.Context, database, text string) error {
	conn, err := pgx.Connect(ctx, s.OwnerURL(database))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.PgConn().Exec(ctx, text).ReadAll()
	return err
}

// Run runs a shell command where the programs of the server's own version are, and gives what it says. As at
// an administrator's shell, they reach the server through its socket as the user that may do everything,
// unless the command or an environment such as "PGUSER=guard" says otherwise.
func (s *Server) Run(ctx context.Context, command string, environment ...string) (string, error) {
	run := exec.CommandContext(ctx, "chroot", "--userspec=postgres:postgres", s.root, "sh", "-c", command)
	run.Dir = "/"
	run.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // without a terminal, passwords are read from the input
	run.Env = append([]string{"PATH=/usr/lib/postgresql/" + s.Version + "/bin:/usr/bin:/bin", "PGHOST=" + s.Inside("run"), fmt.Sprintf("PGPORT=%d", s.port),
		"PGUSER=postgres"}, environment...)
	out, err := run.CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("%s: %w\n%s", command, err, out)
	}
	return string(out), nil
}

// Inside is the path of a file in the server's folder as [Server.Run] sees it.
func (s *Server) Inside(name string) string {
	return strings.TrimPrefix(filepath.Join(s.Folder, name), s.root)
}

// OwnerURL is the URL of a database for the user that may do everything.
func (s *Server) OwnerURL(database string) string {
	query := url.Values{"host": {filepath.Join(s.Folder, "run")}, "port": {fmt.Sprint(s.port)}, "user": {"postgres"}}
	return "postgres:///" + url.PathEscape(database) + "?" + query.Encode()
}

// URL is the URL of a database for a user who has a password.
func (s *Server) URL(user, database string) string {
	return fmt.Sprintf("postgres://%s@127.0.0.1:%d/%s?sslmode=disable", url.PathEscape(user), s.port, url.PathEscape(database))
}

// Address is where the server listens.
func (s *Server) Address() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }

// Log is what the server has logged.
func (s *Server) Log() string {
	text, _ := os.ReadFile(filepath.Join(s.Folder, "log"))
	return string(text)
}

// Stop kills the server and removes its folder; it returns when both are gone. A second call does
// nothing.
func (s *Server) Stop() error {
	if s.orders == nil {
		return nil
	}
	s.orders.Close()
	s.orders = nil
	err := s.supervisor.Wait()
	s.closer.Close()
	if err != nil {
		return fmt.Errorf("cleaning up after a postgresql: %w", err)
	}
	return nil
}
