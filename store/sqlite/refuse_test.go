package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/fraudguard/fraudguard/store"
)

// nobody is a user that owns none of the test's files.
const nobody = 65534

// asNobody runs a function without the rights of root, where the test has them: on a thread of its
// own, whose file accesses count as another user's.
func asNobody(do func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if os.Geteuid() == 0 {
			runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
			if _, _, errno := syscall.RawSyscall(syscall.SYS_SETFSUID, nobody, 0, 0); errno != 0 {
				panic(errno)
			}
		}
		do()
	}()
	<-done
}

func TestRefusedToOpen(t *testing.T) {
	for name, c := range map[string]struct {
		path func(t *testing.T, directory string) string
		want string
	}{
		"not absolute": {func(*testing.T, string) string { return "fraudguard.db" }, `"sqlite:/path/file.db"`},
		"empty":        {func(*testing.T, string) string { return "" }, "not an absolute path"},
		"in memory":    {func(*testing.T, string) string { return ":memory:" }, "not an absolute path"},
		"no directory": {func(_ *testing.T, d string) string { return d + "/no/fraudguard.db" }, "/no does not exist: make it"},
		"below a file": {func(t *testing.T, d string) string {
			write(t, d+"/file", nil)
			return d + "/file/fraudguard.db"
		}, "is not a directory"},
		"a directory": {func(_ *testing.T, d string) string { return d }, "is not a file"},
		"no database": {func(t *testing.T, d string) string {
			return write(t, d+"/text.db", bytes.Repeat([]byte("no database. "), 1000))
		}, "is no SQLite database"},
		"another program's": {func(t *testing.T, d string) string {
			return execute(t, d+"/other.db", "CREATE TABLE legs (id)")
		}, "database of another program"},
		"marked as another program's": {func(t *testing.T, d string) string {
			return execute(t, d+"/other.db", "PRAGMA application_id = 1")
		}, "database of another program"},
		"newer": {func(t *testing.T, d string) string {
			shut(t, open(t, d+"/new.db"))
			return execute(t, d+"/new.db", "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)")
		}, "is newer than this program: it has version 99"},
		"cut off": {func(t *testing.T, d string) string {
			path := d + "/short.db"
			shut(t, open(t, path))
			if err := os.Truncate(path, 5000); err != nil {
				t.Fatal(err)
			}
			return path
		}, "the file is damaged"},
		"overwritten": {func(t *testing.T, d string) string {
			path := d + "/bad.db"
			shut(t, open(t, path))
			file, err := os.OpenFile(path, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			if _, err := file.WriteAt(bytes.Repeat([]byte{0xa5}, 8000), 200); err != nil {
				t.Fatal(err)
			}
			return path
		}, "the file is damaged"},
		"not ours to read": {func(t *testing.T, d string) string {
			path := d + "/mine.db"
			shut(t, open(t, path))
			chmod(t, path, 0)
			return path
		}, "have to be writable for the user"},
		"not ours to write": {func(t *testing.T, d string) string {
			path := d + "/mine.db"
			shut(t, open(t, path))
			chmod(t, path, 0o444)
			chmod(t, d, 0o555)
			return path
		}, "have to be writable for the user"},
		"directory not ours to write": {func(t *testing.T, d string) string {
			chmod(t, d, 0o555)
			return d + "/fraudguard.db"
		}, "has to be writable for the user"},
	} {
		t.Run(name, func(t *testing.T) {
			directory := t.TempDir()
			chmod(t, filepath.Dir(directory), 0o755)
			path := c.path(t, directory)
			t.Cleanup(func() { chmod(t, directory, 0o755) })
			before, _ := os.ReadFile(path)
			var err error
			as := func(do func()) { do() }
			if strings.Contains(name, "not ours") {
				as = asNobody
			}
			as(func() {
				var s *Store
				if s, err = Open(context.Background(), path); err == nil {
					s.Close()
				}
			})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q in it", err, c.want)
			}
			t.Log(err)
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
		})
	}
}

func shut(t *testing.T, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path string, content []byte) string {
	t.Helper()
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func execute(t *testing.T, path, text string) string {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(text); err != nil {
		t.Fatal(err)
	}
	return filepath.Clean(path)
}

// TestDamagedLater damages the file below an open store.
func TestDamagedLater(t *testing.T) {
	s := newStore(t)
	for range 3 {
		if err := s.Save(t.Context(), call("1"), nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.write.Exec("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 9999 WHERE name = 'legs'"); err != nil {
		t.Fatal(err)
	}
	_, err := s.Calls(t.Context(), store.CallsQuery{})
	if err == nil || !strings.Contains(err.Error(), "the file is damaged") {
		t.Errorf("reading a damaged table: %v", err)
	}
}
