package journal

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/fraudguard/fraudguard/guard"
)

// TestFlushIsReal: what brings a journal's files to the disk is the system's fsync, which a pipe refuses.
func TestFlushIsReal(t *testing.T) {
	j := open(t, t.TempDir())
	defer end(t, j)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if err := j.flush(w); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("a pipe is flushed with %v", err)
	}
}

// flushing is what was brought to the disk: a file, as long as it was then, or the folder.
type flushing struct {
	name string
	size int64 // 0 for the folder
}

// TestAppendWaitsForTheDisk: an append returns once its file is on the disk, whole, and a new segment's
// name too. Until then nothing of it counts as kept.
func TestAppendWaitsForTheDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		j := open(t, folder)
		defer end(t, j)
		began, let := make(chan flushing, 4), make(chan struct{})
		defer close(let) // before the journal is closed
		j.flush = func(file *os.File) error {
			info, err := file.Stat()
			if err != nil {
				return err
			}
			f := flushing{name: filepath.Base(file.Name())}
			if !info.IsDir() {
				f.size = info.Size()
			}
			began <- f
			<-let
			return file.Sync()
		}
		const segment = "0000000000000001.journal"
		for i, flushed := range [][]string{{segment, filepath.Base(folder)}, {segment}} { // a new segment, and one that goes on
			before := j.State()
			returned := make(chan error, 1)
			go func() {
				_, err := j.Append([][]guard.Record{ending(2 * i), ending(2*i + 1)})
				returned <- err
			}()
			var size int64
			for _, want := range flushed {
				synctest.Wait()
				select {
				case err := <-returned:
					t.Fatalf("append %d returned %v before %s was on the disk", i, err, want)
				case f := <-began:
					if f.name != want {
						t.Fatalf("append %d brings %s to the disk, not %s", i, f.name, want)
					}
					size = max(size, f.size)
				default:
					t.Fatalf("append %d neither returns nor brings %s to the disk", i, want)
				}
				synctest.Wait()
				if len(returned) != 0 || !reflect.DeepEqual(j.State(), before) {
					t.Fatalf("append %d did not wait for %s: %+v", i, want, j.State())
				}
				let <- struct{}{}
			}
			if err := <-returned; err != nil {
				t.Fatal(err)
			}
			if s := j.State(); s.Records != before.Records+4 || s.Bytes != size {
				t.Errorf("append %d: %d bytes were on the disk, the state is %+v", i, size, s)
			}
		}
	})
}

// TestFlushFails: what the disk does not confirm is no part of the journal, neither now nor after a
// restart; what was there stays, and the next append is taken.
func TestFlushFails(t *testing.T) {
	for _, c := range []struct {
		name   string
		before int  // groups that are in the journal when it happens
		folder bool // it is the folder that fails, and not the file
	}{
		{"of a new segment", 0, false},
		{"of a new segment's name", 0, true},
		{"of a segment that goes on", 3, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := t.TempDir()
			j := open(t, folder)
			groups, want := endings(0, c.before)
			put(t, j, groups...)
			failed := errors.New("the disk fails")
			j.flush = func(file *os.File) error {
				if info, err := file.Stat(); err != nil || info.IsDir() == c.folder {
					return errors.Join(failed, err)
				}
				return file.Sync()
			}
			lost, _ := endings(50, 53)
			if n, err := j.Append(lost); n != 0 || !errors.Is(err, failed) {
				t.Errorf("%d groups were appended, %v", n, err)
			}
			if s := j.State(); s.Records != len(want) || (s.Bytes == 0) != (len(want) == 0) {
				t.Errorf("the state is %+v", s)
			}
			j.flush = (*os.File).Sync
			put(t, j, ending(100))
			want = append(want, ending(100)...)
			end(t, j)
			j = open(t, folder)
			defer end(t, j)
			if got := drain(t, j, 10); !slices.EqualFunc(got, want, func(a, b guard.Record) bool { return reflect.DeepEqual(a, b) }) {
				t.Errorf("after a restart the journal has %d records: %+v", len(got), got)
			}
			if s := j.State(); len(s.Bad) != 0 || s.Records != 0 || len(segments(t, folder, "journal")) != 0 {
				t.Errorf("at the end the state is %+v", s)
			}
		})
	}
}
