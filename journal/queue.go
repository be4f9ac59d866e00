package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"syscall"

	"github.com/fraudguard/fraudguard/guard"
)

// Append puts groups at the end, each of which comes out whole, and returns when they are on the
// disk. On an error only the first of them, as many as it says, are in the journal.
func (j *Journal) Append(groups [][]guard.Record) (done int, err error) {
	j.mu.Lock()
	defer j.unlock()
	for done < len(groups) && err == nil {
		var n int
		if j.writing == nil || j.newest().size >= segmentSize {
			n, err = j.begin(groups[done:])
		} else {
			n, err = j.extend(groups[done:])
		}
		done += n
	}
	return done, err
}

// extend appends as many groups as there is room for to the segment that is written.
func (j *Journal) extend(groups [][]guard.Record) (done int, err error) {
	s := j.newest()
	text, records, done, err := encodeGroups(&j.head, nil, s.size, groups)
	if err != nil {
		return 0, err
	}
	if err := j.room(len(text)); err != nil {
		return 0, err
	}
	if err = j.write(j.writing, text, s.size); err != nil {
		// What is there of it is no part of the segment: it is cut off, or never read.
		return 0, errors.Join(err, j.writing.Truncate(s.size), j.seal())
	}
	s.size += int64(len(text))
	s.records += records
	return done, nil
}

// begin appends as many groups as there is room for to a new segment.
func (j *Journal) begin(groups [][]guard.Record) (done int, err error) {
	if err := j.seal(); err != nil {
		return 0, err
	}
	h := newHead()
	text, records, done, err := encodeGroups(&h, h.bytes(), headSize, groups)
	if err != nil {
		return 0, err
	}
	if err := j.room(len(text)); err != nil {
		return 0, err
	}
	s := &segment{number: j.last + 1, size: int64(len(text)), records: records}
	file, err := os.OpenFile(j.path(s, "journal"), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return 0, err
	}
	j.last++
	if err = j.write(file, text, 0); err == nil {
		err = j.sync()
	}
	if err != nil {
		return 0, errors.Join(err, file.Close(), os.Remove(j.path(s, "journal")))
	}
	j.segments = append(j.segments, s)
	j.writing, j.head = file, h
	return done, nil
}

// encodeGroups appends groups to what is at the end of a segment, until it is large enough.
func encodeGroups(h *head, to []byte, place int64, groups [][]guard.Record) (text []byte, records, done int, err error) {
	origin := place - int64(len(to))
	for _, group := range groups {
		if done > 0 && origin+int64(len(to)) >= segmentSize {
			break
		}
		if to, err = h.appendGroup(to, origin+int64(len(to)), group); err != nil {
			return nil, 0, 0, err
		}
		records += len(group)
		done++
	}
	if origin+int64(len(to)) > maxSegment {
		return nil, 0, 0, fmt.Errorf("a group of %d records is too large for the journal", records)
	}
	return to, records, done, nil
}

func (j *Journal) room(more int) error {
	used := int64(more)
	for _, s := range j.segments {
		used += s.size
	}
	if used > j.most {
		return ErrFull
	}
	return nil
}

// write writes at a place, and waits until it is on the disk.
func (j *Journal) write(file *os.File, text []byte, place int64) error {
	if _, err := file.WriteAt(text, place); err != nil {
		return err
	}
	return j.flush(file)
}

// seal ends the segment that is written.
func (j *Journal) seal() error {
	if j.writing == nil {
		return nil
	}
	file := j.writing
	j.writing = nil
	return file.Close()
}

func (j *Journal) newest() *segment { return j.segments[len(j.segments)-1] }

// Read gives the oldest records, whole groups and about so many; none where the journal is empty.
// They come again until Taken was called.
func (j *Journal) Read(about int) ([]guard.Record, error) {
	for j.reading == nil || len(j.reading.given) == 0 {
		if j.reading == nil {
			if err := j.load(); err != nil || j.reading == nil {
				return nil, err
			}
		}
		if j.fill(about) {
			break
		}
		if err := j.finish(); err != nil {
			return nil, err
		}
	}
	return slices.Clip(j.reading.given), nil
}

// load takes the oldest segment into memory. One that is still written is sealed first.
func (j *Journal) load() error {
	j.mu.Lock()
	defer j.unlock()
	if len(j.segments) == 0 {
		return nil
	}
	s := j.segments[0]
	if len(j.segments) == 1 {
		if err := j.seal(); err != nil {
			return err
		}
	}
	text, err := readFile(j.path(s, "journal"))
	if errors.Is(err, syscall.EIO) || errors.Is(err, fs.ErrNotExist) {
		j.log.Error("a part of the journal cannot be read", "error", err)
		text, err = nil, nil // as one that is damaged from its beginning
	}
	if err != nil {
		return err
	}
	text = text[:min(int64(len(text)), s.size)]
	h, err := readHead(text)
	if err != nil {
		return err
	}
	if h == nil { // since it was written
		h, text = &head{version: version}, nil
	}
	j.reading = &reading{segment: s, scan: newScan(*h, text)}
	return nil
}

// fill reads the next records of the segment, and says whether there were any.
func (j *Journal) fill(about int) bool {
	r := j.reading
	for len(r.given) < about {
		rest := r.scan.next()
		if rest == nil {
			break
		}
		records, err := r.scan.head.records(rest, &r.terms)
		if err != nil {
			r.scan.damaged = true
		}
		r.given = append(r.given, records...)
	}
	return len(r.given) > 0
}

// finish removes the segment that was read to its end.
func (j *Journal) finish() error {
	j.mu.Lock()
	defer j.unlock()
	r := j.reading
	if r.scan.damaged || int64(r.scan.good) != r.size {
		if err := j.keepBeside(r.segment); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := j.remove(r.segment); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	j.reading = nil
	j.segments = j.segments[1:]
	return nil
}

// Taken takes out what Read gave last. An error means that it may come again.
func (j *Journal) Taken() error {
	r := j.reading
	if r == nil || len(r.given) == 0 {
		return nil
	}
	j.mu.Lock()
	r.records = max(r.records-len(r.given), 0)
	j.unlock()
	r.given = nil
	if r.scan.at < len(r.scan.text) {
		return nil
	}
	return j.finish()
}
