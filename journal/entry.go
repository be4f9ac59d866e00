package journal

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/store"
)

// A segment is a head and entries. The head:
//
//	"fgrj"  version  three zeros  salt (8 random bytes)  CRC32C of all that (4)
//
// An entry, whose bytes are on disk whole before anybody relies on them:
//
//	mark (the first half of the salt)  length of the rest (4)  CRC32C (4)  flags (1)  records
//
// Each record has its length in front. The CRC is over salt, place in the file, length and rest: so
// neither what stood elsewhere, nor a text from outside that looks like an entry, is taken for one.
const (
	headSize  = 20
	frameSize = 12
	markSize  = 4
	// entrySize is from when on a group goes on in another entry.
	entrySize = 4 << 20
	// maxEntry bounds the rest of an entry.
	maxEntry = entrySize + maxRecord + 16
	// continues is the flag of an entry whose group goes on in the next one.
	continues = 1
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	headMark   = [4]byte{'f', 'g', 'r', 'j'}
)

// head is the beginning of a segment.
type head struct {
	version uint8
	salt    [8]byte
}

func newHead() head {
	h := head{version: version}
	_, _ = rand.Read(h.salt[:]) // it never fails
	return h
}

func (h *head) bytes() []byte {
	text := append(headMark[:], h.version, 0, 0, 0)
	text = append(text, h.salt[:]...)
	return binary.LittleEndian.AppendUint32(text, crc32.Checksum(text, castagnoli))
}

// readHead reads a head; it is sound or nil. Whose version this program does not know is an error.
func readHead(text []byte) (*head, error) {
	if len(text) < headSize || !bytes.Equal(text[:4], headMark[:]) ||
		crc32.Checksum(text[:16], castagnoli) != binary.LittleEndian.Uint32(text[16:]) {
		return nil, nil
	}
	h := &head{version: text[4], salt: [8]byte(text[8:16])}
	if h.version < 1 || h.version > version {
		return nil, fmt.Errorf("it was written by a newer fraudguard (version %d, and this program knows %d): run that one until the journal is empty", h.version, version)
	}
	return h, nil
}

func (h *head) sum(place int64, length, rest []byte) uint32 {
	var at [8]byte
	binary.LittleEndian.PutUint64(at[:], uint64(place))
	sum := crc32.Update(0, castagnoli, h.salt[:])
	sum = crc32.Update(sum, castagnoli, at[:])
	sum = crc32.Update(sum, castagnoli, length)
	return crc32.Update(sum, castagnoli, rest)
}

// appendGroup appends records that belong together as an entry at a place of the file, or as several
// where they are too many for one.
func (h *head) appendGroup(to []byte, place int64, group []guard.Record) ([]byte, error) {
	origin := place - int64(len(to))
	begun := -1
	for i, r := range group {
		if begun < 0 {
			begun = len(to)
			to = append(to, h.salt[:markSize]...)
			to = append(to, 0, 0, 0, 0, 0, 0, 0, 0, 0)
		}
		// The length of a record takes at most three bytes; they are filled in afterwards.
		at := len(to)
		var err error
		if to, err = encode(append(to, 0, 0, 0), r); err != nil {
			return to, err
		}
		size := len(to) - at - 3
		to[at], to[at+1], to[at+2] = byte(size), byte(size>>8), byte(size>>16)
		last := i == len(group)-1
		if !last && len(to)-begun < entrySize {
			continue
		}
		if !last {
			to[begun+frameSize] = continues
		}
		h.finish(to[begun:], origin+int64(begun))
		begun = -1
	}
	return to, nil
}

// finish fills in length and CRC of an entry.
func (h *head) finish(entry []byte, place int64) {
	rest := entry[frameSize:]
	length := entry[markSize : markSize+4]
	binary.LittleEndian.PutUint32(length, uint32(len(rest)))
	binary.LittleEndian.PutUint32(entry[markSize+4:], h.sum(place, length, rest))
}

// entryAt gives the rest of the entry at a place; nil where there is no sound one.
func (h *head) entryAt(text []byte, place int) []byte {
	if place+frameSize >= len(text) || !bytes.Equal(text[place:place+markSize], h.salt[:markSize]) {
		return nil
	}
	length := text[place+markSize : place+markSize+4]
	size := binary.LittleEndian.Uint32(length)
	if size < 1 || size > maxEntry || int(size) > len(text)-place-frameSize {
		return nil
	}
	rest := text[place+frameSize : place+frameSize+int(size)]
	if binary.LittleEndian.Uint32(text[place+markSize+4:]) != h.sum(int64(place), length, rest) {
		return nil
	}
	return rest
}

// scan goes through the entries of a segment.
type scan struct {
	head head
	text []byte
	// at is where the next entry is looked for. Good is the end of the last sound one.
	at, good int
	// damaged is set where sound entries came behind something else.
	damaged bool
}

func newScan(h head, text []byte) *scan {
	return &scan{head: h, text: text, at: headSize, good: headSize}
}

// next gives the rest of the next sound entry, nil at the end.
func (s *scan) next() []byte {
	for s.at < len(s.text) {
		if rest := s.head.entryAt(s.text, s.at); rest != nil {
			s.damaged = s.damaged || s.at != s.good
			s.at += frameSize + len(rest)
			s.good = s.at
			return rest
		}
		// The mark is random, so nothing but an entry is likely to have it.
		further := bytes.Index(s.text[s.at+1:], s.head.salt[:markSize])
		if further < 0 {
			break
		}
		s.at += 1 + further
	}
	s.at = len(s.text)
	return nil
}

// errEntry is an entry whose CRC is right and that holds no records all the same.
var errEntry = errors.New("an entry does not hold whole records")

// eachRecord calls for each record's bytes in an entry.
func eachRecord(rest []byte, call func(text []byte) error) error {
	if rest[0] > continues {
		return errEntry
	}
	for rest = rest[1:]; len(rest) > 0; {
		if len(rest) < 3 {
			return errEntry
		}
		size := int(rest[0]) | int(rest[1])<<8 | int(rest[2])<<16
		if size > len(rest)-3 || size > maxRecord {
			return errEntry
		}
		if err := call(rest[3 : 3+size]); err != nil {
			return err
		}
		rest = rest[3+size:]
	}
	return nil
}

// records gives those of an entry, all or none.
func (h *head) records(rest []byte, terms *store.TermsReader) ([]guard.Record, error) {
	var all []guard.Record
	err := eachRecord(rest, func(text []byte) error {
		r, err := decode(text, h.version, terms)
		all = append(all, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}
