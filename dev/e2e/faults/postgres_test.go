package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/fraudguard/fraudguard/dev/asterisk"
	"github.com/fraudguard/fraudguard/dev/postgres"
	"github.com/fraudguard/fraudguard/dev/site"
	"github.com/fraudguard/fraudguard/web"
)

// The guard's role, which owns its database.
const role, password = "guard", "a secret"

// cluster is a PostgreSQL of its own for one site, on a line that can break. The database is on a small
// disk.
type cluster struct {
	*postgres.Server
	cable *site.Cable
	disk  string
	free  func() // gives back what was taken of the disk
}

// newCluster starts a PostgreSQL with a database for the guard.
func newCluster(t *testing.T, ctx context.Context, version string, settings ...string) *cluster {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	s, err := postgres.Start(ctx, postgres.Options{Version: version, Settings: settings})
	must(err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(s.Log())
		}
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	c := &cluster{Server: s, disk: filepath.Join(s.Folder, "disk")}
	var owner syscall.Stat_t
	must(syscall.Stat(filepath.Join(s.Folder, "data"), &owner))
	must(os.Mkdir(c.disk, 0o700))
	must(syscall.Mount("tmpfs", c.disk, "tmpfs", 0, fmt.Sprintf("size=64m,mode=0700,uid=%d,gid=%d", owner.Uid, owner.Gid)))
	t.Cleanup(func() {
		if err := syscall.Unmount(c.disk, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	inside, err := ask(ctx, c, "postgres", "SHOW data_directory")
	must(err)
	for _, statement := range []string{
		"CREATE ROLE " + role + " LOGIN PASSWORD '" + password + "'",
		"CREATE TABLESPACE disk LOCATION '" + filepath.Join(filepath.Dir(inside), "disk") + "'",
		"CREATE DATABASE fraudguard OWNER " + role + " TABLESPACE disk",
	} {
		must(s.Exec(ctx, "postgres", statement))
	}
	c.cable, err = site.NewCable(s.Address())
	must(err)
	t.Cleanup(c.cable.Close)
	return c
}

// ask asks for one value, as the user that may do everything.
func ask(ctx context.Context, c *cluster, database, query string) (value string, err error) {
	conn, err := pgx.Connect(ctx, c.OwnerURL(database))
	if err != nil {
		return "", err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return value, conn.QueryRow(ctx, query).Scan(&value)
}

// fill takes all that is left of the disk.
func (c *cluster) fill() error {
	name := filepath.Join(c.disk, "full")
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer file.Close()
	for err == nil {
		_, err = file.Write(make([]byte, 4096))
	}
	c.free = func() { _ = os.Remove(name) }
	if errors.Is(err, syscall.ENOSPC) {
		return nil
	}
	return err
}

// onPostgres sets a site up whose record is in a cluster.
func onPostgres(t *testing.T, ctx context.Context, version string, c *cluster) *evening {
	t.Helper()
	o := options(version)
	o.Store = fmt.Sprintf("url = %q\npassword = %q", strings.Replace(c.URL(role, "fraudguard"), c.Address(), c.cable.Addr(), 1), password)
	return open(t, ctx, program, o)
}

// pair is the i-th pair of an Asterisk and a PostgreSQL.
func pair(i int) (ofAsterisk, ofPostgres string) {
	a, p := asterisk.Versions(), postgres.Versions()
	return a[i%len(a)], p[i%len(p)]
}

// TestPostgresAway: PostgreSQL is killed, full, cut off, silent, or slow while calls are up. Calls are let
// through, refused and cut as before, what they cost waits, and is posted once when it is back.
func TestPostgresAway(t *testing.T) {
	t.Parallel()
	away := func(st web.StoreStatus) bool { return st.AwaySince != nil && st.Journal.Waiting >= 4 }
	for i, fault := range []struct {
		name       string
		begin, end func(ctx context.Context, c *cluster) error
		seen       func(web.StoreStatus) bool
	}{
		{"killed", func(_ context.Context, c *cluster) error { return c.Kill() },
			func(ctx context.Context, c *cluster) error { return c.Restart(ctx) }, away},
		{"disk full", func(_ context.Context, c *cluster) error { return c.fill() },
			func(_ context.Context, c *cluster) error { c.free(); return nil }, away},
		{"line cut", func(_ context.Context, c *cluster) error { c.cable.Cut(); return nil },
			func(_ context.Context, c *cluster) error { c.cable.Mend(); return nil }, away},
		{"line half-open", func(_ context.Context, c *cluster) error { c.cable.Hold(); return nil },
			func(_ context.Context, c *cluster) error { c.cable.Mend(); return nil }, away},
		{"line slow", func(_ context.Context, c *cluster) error { c.cable.Delay(800 * time.Millisecond); return nil },
			func(_ context.Context, c *cluster) error { c.cable.Delay(0); return nil },
			func(st web.StoreStatus) bool { return st.Waiting >= 1 }},
	} {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			ofAsterisk, ofPostgres := pair(i)
			c := newCluster(t, ctx, ofPostgres)
			e := onPostgres(t, ctx, ofAsterisk, c)
			e.begin()
			e.steal()
			phone := e.phone("101")
			through, ends := e.dial(phone, number("4420", 1)), e.dial(phone, number("4420", 2))
			e.live(4)
			e.check(fault.begin(ctx, c))
			_, err := e.Run(ctx, "block", "acme/104")
			e.check(err)
			e.hangUp(ends)
			begins := e.dial(phone, number("4420", 3))
			e.refused(phone, number("4499", 1))
			e.refused(e.phone("104"), number("4499", 2))
			e.status("what is recorded waits", func(st web.Status) bool { return fault.seen(st.Store) })
			e.check(fault.end(ctx, c))
			e.hangUp(through)
			e.hangUp(begins)
			e.whole(0)
			e.capHeld("004490", theftCap, 2)
			if kept, err := ask(ctx, c, "fraudguard", "SELECT count(*)::text FROM blocks_readable WHERE target = 'acme/104' AND lifted IS NULL"); err != nil || kept != "1" {
				t.Errorf("the block that was set meanwhile is there %s times: %v", kept, err)
			}
		})
	}
}

// TestCrosswise: somebody else changes the very rows that the guard posts to, in the opposite order, and
// the guard's transactions are serializable: PostgreSQL breaks them off again and again. Each is repeated,
// and everything is posted once.
func TestCrosswise(t *testing.T) {
	t.Parallel()
	for i := range asterisk.Versions() {
		ofAsterisk, ofPostgres := pair(i)
		t.Run("PostgreSQL "+ofPostgres, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			c := newCluster(t, ctx, ofPostgres, "log_line_prefix=%u ")
			// It is the guard that finds the deadlocks, and that is broken off.
			e := onPostgres(t, ctx, ofAsterisk, c)
			e.check(c.Exec(ctx, "postgres", "ALTER ROLE "+role+" SET deadlock_timeout = '5ms'; ALTER ROLE "+role+" SET default_transaction_isolation = 'serializable'"))
			e.begin()
			var busy sync.WaitGroup
			over, calm := make(chan struct{}), make(chan struct{})
			for i, extension := range []string{"101", "102", "103"} {
				phone := e.phone(extension)
				busy.Go(func() { e.keepCalling(phone, drawFrom(uint64(i)), 1_000_000*(i+1), over) })
			}
			var others sync.WaitGroup
			others.Go(func() { c.meddle(t, ctx, calm) })
			for _, failure := range []string{"deadlock detected", "could not serialize access"} {
				e.check(e.guard.Wait(ctx, "the guard meets: "+failure, func() bool {
					return strings.Contains(c.Log(), role+" ERROR:  "+failure)
				}))
			}
			close(over)
			busy.Wait()
			close(calm)
			others.Wait()
			e.whole(0)
		})
	}
}

// meddle changes the ledger's and the legs' rows, to what they are, in another order than a guard does.
func (c *cluster) meddle(t *testing.T, ctx context.Context, until <-chan struct{}) {
	conn, err := pgx.Connect(ctx, c.OwnerURL("fraudguard"))
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for ctx.Err() == nil {
		select {
		case <-until:
			return
		default:
		}
		_, err := conn.Exec(ctx, `BEGIN ISOLATION LEVEL SERIALIZABLE;
			UPDATE ledger_routes SET billed_seconds = billed_seconds; UPDATE ledger_months SET cost = cost;
			SELECT pg_sleep(0.03);
			UPDATE ledger_days SET cost = cost; UPDATE legs SET cause = cause; COMMIT`)
		var told *pgconn.PgError
		if errors.As(err, &told) && (told.Code == "40001" || told.Code == "40P01") {
			_, err = conn.Exec(ctx, "ROLLBACK")
		}
		if err != nil {
			t.Error(err)
			return
		}
	}
}
