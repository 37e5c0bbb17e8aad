package invariant

import (
	"testing"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

func TestLiveReads(t *testing.T) {
	stale := func(e *Evidence) { e.Stale = []Span{{From: second(4), To: second(6)}} }
	again := reads(5, 3, 5, v1.Transferring, 1)
	for _, r := range []row{
		{name: "before a POST", more: known(observes(3, 3, 5), again, burns(6, 3, 5, 1))},
		{name: "before the observation", more: known(again, observes(6, 3, 5)), at: 5, expected: "before the device is observed", found: "request #5 (read) is one"},
		{name: "without one", more: known(again), at: 5, expected: "before", found: "#5"},
		{name: "twice", more: known(observes(3, 3, 5), again, reads(6, 3, 5, v1.Transferring, 1)), at: 5, expected: "one read past the cache", found: "#6 (read) is another"},
		{name: "in the next reconcile, too", more: known(observes(3, 3, 5), again, observes(6, 4, 5), reads(8, 4, 5, v1.Transferring, 1))},
		{name: "from a stale cache", more: and(known(again), stale)},
		{name: "of what is gone", more: and(known(again), func(e *Evidence) { e.Deleted = second(4) })},
	} {
		r.versions = []Version{created(0)}
		r.check(t, LiveReads{})
	}
}
