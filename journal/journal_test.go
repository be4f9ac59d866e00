package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	quiet = slog.New(slog.DiscardHandler)
	noon  = time.Date(2026, 11, 21, 12, 0, 0, 123456789, time.UTC)
)

// ending is what the end of a leg makes: the leg and its charge.
func ending(i int) []guard.Record {
	id := fmt.Sprintf("1.%d", i)
	return []guard.Record{
		guard.Leg{Server: "pbx1", ID: id, Day: "2026-11-21", Started: noon, Ended: noon.Add(time.Minute), RecordedSeconds: -1},
		guard.Charge{Server: "pbx1", Leg: id, Day: "2026-11-21", Kind: guard.KindCall, At: noon, Amount: 17},
	}
}

func endings(from, to int) (groups [][]guard.Record, all []guard.Record) {
	for i := from; i < to; i++ {
		groups, all = append(groups, ending(i)), append(all, ending(i)...)
	}
	return groups, all
}

func open(t testing.TB, folder string) *Journal {
	t.Helper()
	j, err := Open(folder, 1<<30, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func put(t testing.TB, j *Journal, groups ...[]guard.Record) {
	t.Helper()
	if n, err := j.Append(groups); err != nil || n != len(groups) {
		t.Fatalf("appended %d of %d groups: %v", n, len(groups), err)
	}
}

func end(t testing.TB, j *Journal) {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// drain takes out all that there is.
func drain(t testing.TB, j *Journal, about int) (all []guard.Record) {
	t.Helper()
	for {
		records, err := j.Read(about)
		if err != nil {
			t.Fatal(err)
		}
		if len(records) == 0 {
			return all
		}
		all = append(all, records...)
		if err := j.Taken(); err != nil {
			t.Fatal(err)
		}
	}
}

func segments(t testing.TB, folder, ending string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*."+ending))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestQueue plays any order of appends, reads, takings and restarts against a plain list.
func TestQueue(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		folder, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		j, next := open(t, folder), 0
		var want []guard.Record // what waits
		given := 0              // how much of it was read last
		rt.Repeat(map[string]func(*rapid.T){
			"append": func(rt *rapid.T) {
				n := rapid.IntRange(1, 20).Draw(rt, "groups")
				groups, all := endings(next, next+n)
				put(t, j, groups...)
				want, next = append(want, all...), next+n
			},
			"read": func(rt *rapid.T) {
				about := rapid.IntRange(1, 30).Draw(rt, "about")
				got, err := j.Read(about)
				if err != nil || len(got)%2 != 0 || len(got) > max(about+1, given) || (len(got) == 0) != (len(want) == 0) || !reflect.DeepEqual(got, want[:len(got)]) && len(got) > 0 {
					rt.Fatalf("read %d of %d records, %v", len(got), len(want), err)
				}
				given = len(got)
			},
			"take": func(rt *rapid.T) {
				if err := j.Taken(); err != nil {
					rt.Fatal(err)
				}
				want, given = want[given:], 0
			},
			"restart": func(rt *rapid.T) {
				waits := j.State().Records
				end(t, j)
				j, given = open(t, folder), 0
				// What was taken out of a segment that is not empty comes again: nothing is left out.
				again := j.State().Records
				if again < waits {
					rt.Fatalf("%d records wait after the restart, %d did before", again, waits)
				}
				_, all := endings(0, next)
				want = all[len(all)-again:]
			},
			"": func(rt *rapid.T) {
				if s := j.State(); s.Records != len(want) || (s.Bytes == 0) != (len(want) == 0) || len(s.Bad) != 0 {
					rt.Fatalf("the state is %+v, and %d records wait", s, len(want))
				}
			},
		})
		if err := j.Taken(); err != nil {
			rt.Fatal(err)
		}
		if got := drain(t, j, 7); len(got) != len(want)-given {
			rt.Fatalf("at the end there were %d records, want %d", len(got), len(want)-given)
		}
		end(t, j)
		if left := segments(t, folder, "*"); len(left) != 0 {
			rt.Fatalf("an empty journal left %q", left)
		}
	})
}

// TestSegments: a journal of several segments is read in order, and each segment goes when it was
// taken out whole.
func TestSegments(t *testing.T) {
	folder := t.TempDir()
	j := open(t, folder)
	long := strings.Repeat("x", 1000)
	const groups = 45_000
	for i := range groups / 500 {
		var some [][]guard.Record
		for n := range 500 {
			some = append(some, []guard.Record{guard.Block{ID: fmt.Sprint(i*500 + n), Reason: long}})
		}
		put(t, j, some...)
	}
	if names := segments(t, folder, "journal"); len(names) != 3 {
		t.Fatalf("%d segments", len(names))
	}
	end(t, j)
	j = open(t, folder)
	if s := j.State(); s.Records != groups || s.Bytes < groups*1000 {
		t.Errorf("%+v", s)
	}
	i, files := 0, 3
	for i < groups {
		records, err := j.Read(1000)
		if err != nil || len(records) == 0 {
			t.Fatalf("after %d records came %d, %v", i, len(records), err)
		}
		for _, r := range records {
			if r.(guard.Block).ID != fmt.Sprint(i) {
				t.Fatalf("record %d is %s", i, r.(guard.Block).ID)
			}
			i++
		}
		if err := j.Taken(); err != nil {
			t.Fatal(err)
		}
		now := len(segments(t, folder, "journal"))
		if now != files && now != files-1 || now == 3 && i > 17_000 || now == 2 && i > 34_000 {
			t.Fatalf("after %d records there are %d segments", i, now)
		}
		files = now
	}
	if files != 0 || j.State().Records != 0 {
		t.Errorf("at the end there are %d segments, %+v", files, j.State())
	}
	end(t, j)
}

// TestLargeGroup: a group that does not fit into one entry comes out all the same.
func TestLargeGroup(t *testing.T) {
	j := open(t, t.TempDir())
	var group []guard.Record
	for i := range 9_000 {
		group = append(group, guard.Block{ID: fmt.Sprint(i), Reason: strings.Repeat("y", 1000)})
	}
	put(t, j, ending(1), group, ending(2))
	if got, want := drain(t, j, 500), slices.Concat(ending(1), group, ending(2)); !reflect.DeepEqual(got, want) {
		t.Errorf("%d records came, want %d", len(got), len(want))
	}
	end(t, j)
}

// TestBound: a journal takes no more than it may, says so, and takes again once something is out.
func TestBound(t *testing.T) {
	j, err := Open(t.TempDir(), 10_000, quiet)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for ; err == nil; n++ {
		_, err = j.Append([][]guard.Record{ending(n)})
	}
	s := j.State()
	if !errors.Is(err, ErrFull) || s.Bytes > 10_000 || s.Bytes < 9_000 || s.Records != 2*(n-1) {
		t.Errorf("%v with %+v", err, s)
	}
	if got := drain(t, j, 100); len(got) != 2*(n-1) {
		t.Errorf("%d records came, want %d", len(got), 2*(n-1))
	}
	put(t, j, ending(0))
	end(t, j)
}

// TestOneAtATime: a second process is told that the journal is in use, and by what to help itself.
func TestOneAtATime(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a", "b")
	j := open(t, folder)
	if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v, %v", info.Mode(), err)
	}
	if _, err := Open(folder, 1<<30, quiet); err == nil || !strings.Contains(err.Error(), "in use") || !strings.Contains(err.Error(), "store.journal") {
		t.Errorf("got %v", err)
	}
	end(t, j)
	end(t, open(t, folder))
}

// written makes a folder with a small journal of one segment, and gives its file and text.
func written(t testing.TB, groups int) (file string, text []byte, want []guard.Record) {
	t.Helper()
	folder := t.TempDir()
	j := open(t, folder)
	all, want := endings(0, groups)
	put(t, j, all...)
	end(t, j)
	file = segments(t, folder, "journal")[0]
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return file, text, want
}

// TestTorn: wherever a crash broke the last append off, whole groups before it come, nothing else, and
// the journal goes on.
func TestTorn(t *testing.T) {
	file, text, want := written(t, 4)
	for size := range len(text) {
		for _, fill := range [][]byte{nil, make([]byte, len(text)-size)} { // with zeros where the data did not come
			if err := os.WriteFile(file, slices.Concat(text[:size], fill), 0o600); err != nil {
				t.Fatal(err)
			}
			j := open(t, filepath.Dir(file))
			if fill == nil && len(j.State().Bad) != 0 {
				t.Fatalf("a journal torn at %d counts as damaged", size)
			}
			put(t, j, ending(99))
			got := drain(t, j, 3)
			n := len(got) - 2
			if n%2 != 0 || n < 0 || n == len(want) && fill == nil || !reflect.DeepEqual(got, append(slices.Clip(want[:n]), ending(99)...)) {
				t.Fatalf("torn at %d of %d bytes: %d records came", size, len(text), len(got))
			}
			end(t, j)
			for _, name := range segments(t, filepath.Dir(file), "*") {
				_ = os.Remove(name)
			}
		}
	}
}

// TestFlipped: whichever byte is wrong, only whole groups come that were written, in their order, and
// what does not come is told of.
func TestFlipped(t *testing.T) {
	file, text, want := written(t, 4)
	for i := range text {
		damaged := slices.Clone(text)
		damaged[i] ^= [...]byte{1, 0x80, 0xff}[i%3]
		if err := os.WriteFile(file, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		// A later segment shows that this one was not being written.
		later := filepath.Join(filepath.Dir(file), "0000000000000009.journal")
		h := newHead()
		rest, err := h.appendGroup(h.bytes(), headSize, ending(9))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(later, rest, 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := Open(filepath.Dir(file), 1<<30, quiet)
		if err != nil {
			t.Fatal(err)
		}
		got := drain(t, j, 2)
		if len(got) < 2 || !reflect.DeepEqual(got[len(got)-2:], ending(9)) {
			t.Fatalf("byte %d: the next segment did not come", i)
		}
		got = got[:len(got)-2]
		if i >= headSize && len(got) != len(want)-2 || i < headSize && len(got) != 0 {
			t.Errorf("byte %d: %d of %d records came", i, len(got), len(want))
		}
		for n := 0; n+1 < len(got); n += 2 {
			at := slices.IndexFunc(want, func(r guard.Record) bool { return reflect.DeepEqual(r, got[n]) })
			if at < 0 || at%2 != 0 || !reflect.DeepEqual(want[at+1], got[n+1]) {
				t.Fatalf("byte %d: got %+v", i, got[n:n+2])
			}
		}
		bad := segments(t, filepath.Dir(file), "bad")
		if len(bad) != 1 || len(j.State().Bad) != 1 {
			t.Fatalf("byte %d: %q was kept, the state says %q", i, bad, j.State().Bad)
		}
		if kept, err := os.ReadFile(bad[0]); err != nil || !slices.Equal(kept, damaged) {
			t.Fatalf("byte %d: not the file was kept (%v)", i, err)
		}
		end(t, j)
		if left := segments(t, filepath.Dir(file), "journal"); len(left) != 0 {
			t.Fatalf("byte %d: left are %q", i, left)
		}
		_ = os.Remove(bad[0])
	}
}

// TestDamagedWhileOpen: what goes wrong with a file after it was written is found when it is read.
func TestDamagedWhileOpen(t *testing.T) {
	for name, damage := range map[string]func(file string) error{
		"changed": func(file string) error {
			f, err := os.OpenFile(file, os.O_RDWR, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteAt([]byte{0xaa, 0xbb, 0xcc}, 50)
			return errors.Join(err, f.Close())
		},
		"cut": func(file string) error { return os.Truncate(file, 200) },
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			j := open(t, folder)
			groups, _ := endings(0, 5)
			put(t, j, groups...)
			if err := damage(segments(t, folder, "journal")[0]); err != nil {
				t.Fatal(err)
			}
			if got := drain(t, j, 100); len(got) >= 10 || len(got)%2 != 0 || len(j.State().Bad) != 1 || j.State().Records != 0 {
				t.Errorf("%d records came, the state is %+v", len(got), j.State())
			}
			put(t, j, ending(7))
			if got := drain(t, j, 100); !reflect.DeepEqual(got, ending(7)) {
				t.Errorf("afterwards came %v", got)
			}
			end(t, j)
		})
	}
	t.Run("gone", func(t *testing.T) {
		folder := t.TempDir()
		j := open(t, folder)
		put(t, j, ending(1))
		if err := os.Remove(segments(t, folder, "journal")[0]); err != nil {
			t.Fatal(err)
		}
		put(t, j, ending(2))
		_ = drain(t, j, 100)
		put(t, j, ending(3))
		if got := drain(t, j, 100); !reflect.DeepEqual(got, ending(3)) {
			t.Errorf("afterwards came %v", got)
		}
		end(t, j)
	})
}

// TestNewer: what a newer program left is not touched.
func TestNewer(t *testing.T) {
	file, text, _ := written(t, 1)
	h := head{version: version + 1, salt: [8]byte(text[8:16])}
	copy(text, h.bytes())
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Dir(file), 1<<30, quiet); err == nil || !strings.Contains(err.Error(), "newer fraudguard") {
		t.Errorf("got %v", err)
	}
	if left, err := os.ReadFile(file); err != nil || !slices.Equal(left, text) {
		t.Errorf("the file was changed: %v", err)
	}
}

// FuzzSegment reads any bytes as a segment: each entry that counts is written again as it stands there.
func FuzzSegment(f *testing.F) {
	_, text, _ := written(f, 3)
	f.Add(text)
	f.Add(text[:100])
	f.Add(slices.Concat(text[:headSize], []byte("something else"), text[headSize:]))
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := readHead(text)
		if h == nil || err != nil {
			return
		}
		all := newScan(*h, text)
		for rest := all.next(); rest != nil; rest = all.next() {
			begin := all.at - frameSize - len(rest)
			records, err := h.records(rest, new(store.TermsReader))
			if err != nil || rest[0] == continues || len(records) == 0 {
				continue
			}
			if again, err := h.appendGroup(nil, int64(begin), records); err != nil || len(again) > len(rest)+frameSize {
				t.Errorf("%d records of an entry of %d bytes make one of %d: %v", len(records), len(rest), len(again), err)
			}
		}
	})
}

// TestEntryOfAnother: an entry counts only in its own segment and at its own place, so that no text
// from outside can pass for one.
func TestEntryOfAnother(t *testing.T) {
	h := newHead()
	entry, err := h.appendGroup(nil, headSize, ending(1))
	if err != nil {
		t.Fatal(err)
	}
	other := newHead()
	for _, text := range [][]byte{
		slices.Concat(h.bytes(), []byte{0}, entry), slices.Concat(other.bytes(), entry),
		slices.Concat(h.bytes(), entry[:8], binary.LittleEndian.AppendUint32(nil, 0), entry[12:]),
	} {
		own, err := readHead(text)
		if err != nil || own == nil {
			t.Fatal(own, err)
		}
		if rest := newScan(*own, text).next(); rest != nil {
			t.Errorf("an entry was taken from %x", text)
		}
	}
	if rest := newScan(h, slices.Concat(h.bytes(), entry)).next(); rest == nil {
		t.Error("the entry was not taken where it belongs")
	}
}

// TestStateWhileTheDiskHangs: how much waits is told just when the disk does not answer.
func TestStateWhileTheDiskHangs(t *testing.T) {
	j := open(t, t.TempDir())
	defer j.Close()
	put(t, j, ending(1))
	before := j.State()
	j.mu.Lock()         // as an append that does not come back
	defer j.mu.Unlock() // before it is closed
	told := make(chan State)
	go func() { told <- j.State() }()
	select {
	case got := <-told:
		if !reflect.DeepEqual(got, before) || got.Records != 2 {
			t.Errorf("got %+v, before it was %+v", got, before)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the state waits for the disk")
	}
}
