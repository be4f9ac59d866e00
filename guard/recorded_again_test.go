package guard

import (
	"fmt"
	"testing"
	"time"
)

// TestSameRecordAgain: what a leg was corrected to by a record stays so when the record comes again, however
// its times, which are cut to seconds, lay beside those that had been estimated.
func TestSameRecordAgain(t *testing.T) {
	for off := -recordSlack; off <= recordSlack; off += 500 * time.Millisecond {
		t.Run(fmt.Sprint(off), func(t *testing.T) {
			record := CallRecord{Started: evening, Answered: evening, Ended: evening.Add(2 * time.Second), BillableSeconds: 2, Destination: "PJSIP/carrier-1"}
			r := recordingOf("PJSIP/carrier-1", []part{partOf(&record, true)})
			leg := Leg{Started: evening.Add(off), Answered: evening.Add(off), Ended: evening.Add(20 * time.Second), Estimated: true, RecordedSeconds: -1}
			once, changed := r.correct(&leg, time.Time{})
			if !changed {
				t.Fatal("nothing was corrected")
			}
			if twice, changed := r.correct(&once, time.Time{}); changed {
				t.Errorf("corrected to %s to %s, and again to %s to %s", once.Answered, once.Ended, twice.Answered, twice.Ended)
			}
		})
	}
}
