// Package cdr reads Asterisk's own call records as its modules write them: the Master.csv of cdr_csv,
// with and without its last columns, the files of cdr_custom, and a table in PostgreSQL. It reads row
// by row in bounded memory, and a row that makes no sense is an error with its file and line.
package cdr

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/ami"
	"github.com/fraudguard/fraudguard/guard"
)

// Source gives call records, one after the other. Next ends with io.EOF; an *RowError is a row that
// makes no sense, after which the next one can be read; every other error is the end.
type Source interface {
	Next() (guard.CallRecord, error)
}

// RowError says what is wrong with a row, and where it is.
type RowError struct {
	File   string
	Line   int
	Column string
	Reason string
}

// Error writes it as compilers do.
func (e *RowError) Error() string {
	if e.Column == "" {
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Reason)
	}
	return fmt.Sprintf("%s:%d: column %s: %s", e.File, e.Line, e.Column, e.Reason)
}

// Columns of the records, by the names that Asterisk gives them.
const (
	accountCode = "accountcode"
	dst         = "dst"
	dcontext    = "dcontext"
	channel     = "channel"
	dstChannel  = "dstchannel"
	lastApp     = "lastapp"
	lastData    = "lastdata"
	start       = "start"
	answer      = "answer"
	end         = "end"
	duration    = "duration"
	billSec     = "billsec"
	disposition = "disposition"
	uniqueID    = "uniqueid"
	linkedID    = "linkedid"
)

// Columns lists the columns that are used, in the order of cdr_csv.
func Columns() []string {
	return []string{accountCode, dst, dcontext, channel, dstChannel, lastApp, lastData, start, answer, end, billSec, disposition, uniqueID, linkedID}
}

// needed are the columns without which a record says nothing of a paid leg.
var needed = []string{channel, dstChannel, start, answer, end, billSec}

// Layouts of the two modules. cdr_csv leaves uniqueid and userfield out where it is told to.
var (
	csvLayout    = []string{accountCode, "src", dst, dcontext, "clid", channel, dstChannel, lastApp, lastData, start, answer, end, "duration", billSec, disposition, "amaflags", uniqueID, "userfield"}
	customLayout = []string{"clid", "src", dst, dcontext, channel, dstChannel, lastApp, lastData, start, answer, end, "duration", billSec, disposition, "amaflags", accountCode, uniqueID, "userfield"}
)

const (
	// maxSeconds bounds how long a record can say that a call lasted: a year.
	maxSeconds = 366 * 24 * 3600
	maxText    = 1000 // bytes of a cell that is used
)

// row is one record's cells by their columns.
type row struct {
	cells map[string]string
	zone  *time.Location
	// partial is set where columns can be missing, whose values follow from others.
	partial bool
	err     *RowError
}

func (r *row) fail(column, format string, values ...any) {
	if r.err == nil {
		r.err = &RowError{Column: column, Reason: fmt.Sprintf(format, values...)}
	}
}

func (r *row) text(column string) string {
	text := r.cells[column]
	if len(text) > maxText {
		r.fail(column, "it has more than %d bytes, and so many are not believed", maxText)
		return ""
	}
	return text
}

// moment reads a time as Asterisk writes it: in its zone, or as seconds since 1970.
func (r *row) moment(column string) time.Time {
	text := r.text(column)
	if text == "" || text == "0000-00-00 00:00:00" {
		return time.Time{}
	}
	at, err := time.ParseInLocation(time.DateTime, text, r.zone)
	if err != nil {
		if seconds, fault := strconv.ParseFloat(text, 64); fault == nil && seconds > 1e8 && seconds < 1e11 {
			return time.Unix(int64(seconds), 0).UTC() // in no zone whose hours come twice
		}
		r.fail(column, "%.40q is no time: Asterisk writes 2026-11-21 18:09:07", text)
		return time.Time{}
	}
	if at.Year() < 1990 || at.Year() > 2200 {
		r.fail(column, "%.40q is not believed: the year has to be between 1990 and 2200", text)
	}
	return at
}

func (r *row) seconds(column string) int64 {
	text, _, _ := strings.Cut(r.text(column), ".") // cdr_custom can write parts of a second
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > maxSeconds {
		r.fail(column, "%.40q is no number of seconds", r.cells[column])
		return 0
	}
	return n
}

// record makes the record of a row, or says what is wrong with it.
func (r *row) record() (guard.CallRecord, *RowError) {
	c := guard.CallRecord{
		Channel: r.text(channel), Destination: r.text(dstChannel), ID: r.text(uniqueID), LinkedID: r.text(linkedID),
		Exten: r.text(dst), Context: r.text(dcontext), AccountCode: r.text(accountCode),
	}
	r.times(&c)
	if r.text(lastApp) == "Dial" {
		c.Dialled = ami.DialledBy(c.Destination, r.text(lastData))
	}
	switch {
	case r.err != nil:
	case c.Channel == "" || !strings.Contains(c.Channel, "/"):
		r.fail(channel, "%.40q is no channel's name, as PJSIP/101-00000001 is one: are the columns those of --format?", c.Channel)
	case c.Destination != "" && !strings.Contains(c.Destination, "/"):
		r.fail(dstChannel, "%.40q is no channel's name, as PJSIP/carrier-00000001 is one: are the columns those of --format?", c.Destination)
	case c.Started.IsZero() || c.Ended.IsZero():
		r.fail("", "it has no start or no end")
	case c.Ended.Before(c.Started), !c.Answered.IsZero() && (c.Answered.Before(c.Started) || c.Ended.Before(c.Answered)):
		r.fail("", "its start, answer and end are not in this order")
	case c.Ended.Sub(c.Started) > maxSeconds*time.Second:
		r.fail("", "it lasts longer than a year")
	}
	if disp := r.cells[disposition]; disp != "" && disp != "ANSWERED" && disp != answeredNumber {
		c.Answered, c.BillableSeconds = time.Time{}, 0
	}
	return c, r.err
}

// answeredNumber is how Asterisk writes ANSWERED into a column of numbers.
const answeredNumber = "8"

// times reads when the call began, was answered and ended.
func (r *row) times(c *guard.CallRecord) {
	c.Started, c.Answered, c.Ended = r.moment(start), r.moment(answer), r.moment(end)
	has := func(column string) bool { _, ok := r.cells[column]; return ok }
	if has(billSec) || !r.partial {
		c.BillableSeconds = r.seconds(billSec)
	}
	r.settleTwice(c)
	if !r.partial || c.Started.IsZero() {
		return
	}
	if !has(end) {
		c.Ended, c.EndWorkedOut = c.Started.Add(time.Duration(r.seconds(duration))*time.Second), true
	}
	switch {
	case has(answer) && has(billSec):
		// Of start and duration parts of a second are cut off, so that their sum can lie before the answer.
		if at := c.Answered.Add(time.Duration(c.BillableSeconds) * time.Second); c.EndWorkedOut && !c.Answered.IsZero() && at.After(c.Ended) && at.Before(c.Ended.Add(2*time.Second)) {
			c.Ended = at
		}
	case !has(answer) && (r.cells[disposition] != "" || c.BillableSeconds > 0):
		c.Answered = c.Ended.Add(-time.Duration(c.BillableSeconds) * time.Second)
	case !has(billSec) && !c.Answered.IsZero():
		c.BillableSeconds = max(int64(c.Ended.Sub(c.Answered)/time.Second), 0)
	}
}
