// Package journal keeps records on the local disk while the store is away: whoever kills the guard
// then, kills no record. It is a queue: Append puts groups of records at its end, Read gives the
// oldest, and Taken takes out what Read gave, once the store has it. What is taken out comes again
// after a crash in between, and the store knows it by its keys.
//
// The queue is a folder of segments, files of about 16 MiB that are only ever appended to and are
// removed whole. When Append returns, what it took is on the disk. The end of an append that a crash
// broke off is cut away when the journal is opened. A segment that is damaged elsewhere is kept
// beside as NUMBER.bad for a person to look at, and what is sound in it is read.
package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/store"
)

// segmentSize is from how many bytes on another segment is begun. It is only ever exceeded by the
// group that reaches it.
const segmentSize = 16 << 20

// maxSegment bounds what is read of a file that looks like a segment.
const maxSegment = 128 << 20

// ErrFull is the error of an append that would make the journal larger than it may be.
var ErrFull = errors.New("the journal is as large as it may be (store.journal_most)")

// Journal is an open journal. Append may be called while Read and Taken are; each of them is for one
// goroutine at a time.
type Journal struct {
	folder string
	most   int64
	log    *slog.Logger
	lock   *os.File
	// flush brings what a file holds, or a folder's names, to the disk, and waits for that.
	flush func(*os.File) error

	mu       sync.Mutex
	segments []*segment // oldest first; the one that is written is the last
	writing  *os.File   // nil where the next append begins a segment
	head     head       // of the segment that is written
	last     uint64     // the highest number in use
	bad      []string   // files that are kept beside
	shown    atomic.Pointer[State]

	reading *reading
}

// segment is a file of the queue.
type segment struct {
	number  uint64
	size    int64 // its sound bytes
	records int   // those that were not taken out
}

// reading is the oldest segment, in memory while it is read.
type reading struct {
	*segment
	scan  *scan
	terms store.TermsReader
	// given are the records that Read gave last; they are taken out by Taken.
	given []guard.Record
}

// State says how much waits.
type State struct {
	Records int
	Bytes   int64
	// Bad names the files that were found damaged since the journal was opened.
	Bad []string
}

var segmentName = regexp.MustCompile(`^([0-9]{16})\.(journal|bad)$`)

// Open opens the journal in a folder, and makes the folder where there is none. The journal grows up
// to most bytes. Another process that has it open is an error.
func Open(folder string, most int64, log *slog.Logger) (*Journal, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("the journal's folder cannot be made: %w; write another one as store.journal", err)
	}
	j := &Journal{folder: folder, most: most, log: log, flush: (*os.File).Sync}
	if err := j.hold(); err != nil {
		return nil, err
	}
	if err := j.find(); err != nil {
		return nil, errors.Join(fmt.Errorf("the journal cannot be opened: %w", err), j.Close())
	}
	j.show()
	return j, nil
}

// hold keeps other processes out until this one ends, in whatever way.
func (j *Journal) hold() error {
	file, err := os.OpenFile(filepath.Join(j.folder, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("the journal cannot be opened: %w; its folder has to be writable for the user that runs fraudguard", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		return fmt.Errorf("the journal %s is in use: does another fraudguard run? Each needs a folder of its own (store.journal)", j.folder)
	}
	j.lock = file
	return nil
}

// find looks through what the last process left.
func (j *Journal) find() error {
	files, err := os.ReadDir(j.folder)
	if err != nil {
		return err
	}
	for _, file := range files {
		name := segmentName.FindStringSubmatch(file.Name())
		if name == nil {
			continue
		}
		number, err := strconv.ParseUint(name[1], 10, 64)
		if err != nil {
			return err
		}
		j.last = max(j.last, number)
		if name[2] == "journal" {
			j.segments = append(j.segments, &segment{number: number})
		}
	}
	slices.SortFunc(j.segments, func(a, b *segment) int { return int(int64(a.number) - int64(b.number)) })
	for i, s := range slices.Clone(j.segments) {
		if err := j.inspect(s, i == len(j.segments)-1); err != nil {
			return fmt.Errorf("%s: %w", j.path(s, "journal"), err)
		}
	}
	j.segments = slices.DeleteFunc(j.segments, func(s *segment) bool { return s.size == 0 })
	return nil
}

// inspect counts what is in a segment, cuts off the torn end of the newest one, and keeps beside what
// is damaged. One of which nothing is left has size 0 afterwards.
func (j *Journal) inspect(s *segment, newest bool) error {
	text, err := readFile(j.path(s, "journal"))
	if err != nil {
		return err
	}
	h, err := readHead(text)
	if err != nil {
		return err
	}
	if h == nil {
		if !newest || len(text) > headSize {
			if err := j.keepBeside(s); err != nil {
				return err
			}
		}
		return j.remove(s)
	}
	all := newScan(*h, text)
	for rest := all.next(); rest != nil; rest = all.next() {
		_ = eachRecord(rest, func([]byte) error { s.records++; return nil }) // told when it is read
	}
	torn := len(text) - all.good
	if all.damaged || torn > 0 && !newest {
		if err := j.keepBeside(s); err != nil {
			return err
		}
	} else if torn > 0 {
		j.log.Warn("the end of the journal was torn off in the middle of a record, as when the machine or fraudguard dies; it is cut off",
			"file", j.path(s, "journal"), "bytes", torn)
		if err := os.Truncate(j.path(s, "journal"), int64(all.good)); err != nil {
			return err
		}
	}
	if s.size = int64(all.good); s.records == 0 {
		return j.remove(s)
	}
	return nil
}

// keepBeside gives a damaged segment a second name, under which it stays.
func (j *Journal) keepBeside(s *segment) error {
	bad := j.path(s, "bad")
	if err := os.Link(j.path(s, "journal"), bad); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if slices.Contains(j.bad, bad) {
		return nil
	}
	j.bad = append(j.bad, bad)
	j.log.Error("a part of the journal is damaged: what is sound in it is stored, the rest is lost; the file is kept", "file", bad)
	return j.sync()
}

// remove takes a segment's file away.
func (j *Journal) remove(s *segment) error {
	s.size, s.records = 0, 0
	if err := os.Remove(j.path(s, "journal")); err != nil {
		return err
	}
	return j.sync()
}

func (j *Journal) path(s *segment, ending string) string {
	return filepath.Join(j.folder, fmt.Sprintf("%016d.%s", s.number, ending))
}

// sync brings the names in the folder to the disk.
func (j *Journal) sync() error {
	folder, err := os.Open(j.folder)
	if err != nil {
		return err
	}
	return errors.Join(j.flush(folder), folder.Close())
}

func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxSegment))
}

// State says how much waits. It does not wait itself while the disk hangs.
func (j *Journal) State() State {
	s := *j.shown.Load()
	s.Bad = slices.Clone(s.Bad)
	return s
}

// unlock shows what is in the journal now, and lets go of it.
func (j *Journal) unlock() {
	j.show()
	j.mu.Unlock()
}

func (j *Journal) show() {
	s := State{Bad: slices.Clone(j.bad)}
	for _, one := range j.segments {
		s.Records += one.records
		s.Bytes += one.size
	}
	j.shown.Store(&s)
}

// Close lets go of the journal; what waits in it stays.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return errors.Join(j.seal(), j.lock.Close())
}
