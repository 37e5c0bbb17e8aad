package invariant

import (
	"testing"
	"time"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

func TestOncePerPoll(t *testing.T) {
	transferring := []Version{created(0), stored(0, 1, v1.Pending, 0).by(1), stored(0, 1, v1.Transferring, 1).by(2)}
	burned := does(observes(3, 3, 0), made(5, 3, 0, Read), made(6, 3, 0, Burn))
	failed := func(o Operation, status int) Operation {
		o.Status = status
		return o
	}
	told := append(transferring[:3:3], transferring[2].reports(5, "x", "").by(8))
	tell := does(made(7, 4, 5, Health).unread(), made(8, 4, 5, Write))
	tell[1].From, tell[1].Sent = "12", told[3].Object
	told[2].Object.ResourceVersion = "12"
	long := observes(7, 4, 5)
	long[1].Ended = second(8)
	rebooting := append(transferring[:3:3], stored(8, 1, v1.Rebooting, 1).by(9))
	apart := does(observes(3, 3, 0), observes(5, 3, 0)) // no two in a row agree
	apart[1].ETag, apart[3].ETag = `"2"`, `"2"`
	for _, r := range []row{
		{name: "an observation each poll interval", more: known(burned, observes(7, 4, 5), observes(9, 5, 10))},
		{name: "an observation too early", more: known(burned, observes(7, 4, 5), observes(9, 5, 9)), at: 9, expected: "one observes again after 5s, the poll interval", found: "it observes again after 4s"},
		{name: "an observation as early as the jitter has it", more: and(known(burned, observes(7, 4, 4)), jitters(20))},
		{name: "an observation earlier than the jitter has it", more: and(known(burned, observes(7, 4, 3)), jitters(20)), at: 3, expected: "one observes again after 4s to 6s, the poll interval", found: "it observes again after 3s"},
		{name: "an observation right after the POST", more: known(burned, observes(7, 4, 0)), at: 0, found: "it observes again after 0s"},
		{name: "the interval counts from the end of an observation", more: known(burned, long, observes(9, 5, 10)), at: 10, found: "it observes again after 2s"},
		{name: "a reconcile in between that did nothing", more: known(burned, observes(7, 4, 5), observes(9, 6, 9))},
		{name: "another controller's observation", more: func(e *Evidence) {
			e.Operations = does(burned, observes(7, 4, 5), observes(9, 5, 6))
			e.Operations[6].By, e.Operations[7].By = "two", "two"
		}},
		{name: "after a resync", more: and(known(burned, observes(7, 4, 5), observes(9, 5, 9)), func(e *Evidence) { e.Wakes = []time.Time{second(9)} })},
		{name: "after a resync long before", more: and(known(burned, observes(7, 4, 5), observes(9, 5, 9)), func(e *Evidence) { e.Wakes = []time.Time{second(3)} }),
			at: 9, found: "it observes again after 4s"},
		{name: "after a resync while a step was taken", versions: rebooting, more: and(known(burned, long, made(9, 4, 8, Write), observes(10, 5, 8), observes(12, 6, 8)), func(e *Evidence) { e.Wakes = []time.Time{second(6)} })},
		{name: "after a step that nothing came to", versions: rebooting, more: known(burned, long, made(9, 4, 8, Write), observes(10, 5, 8), observes(12, 6, 8)), at: 8, found: "it observes again after 0s"},
		{name: "after another controller wrote, and ended in that instant", more: and(known(burned, observes(7, 4, 0)), func(e *Evidence) {
			e.Incarnations = append(e.Incarnations, Incarnation{Name: "two", From: second(-9), To: second(0)})
		})},
		{name: "after another controller ended", more: and(known(burned, observes(7, 4, 0)), func(e *Evidence) {
			e.Incarnations = append(e.Incarnations, Incarnation{Name: "two", From: second(-9), To: second(-1)})
		}), at: 0, found: "it observes again after 0s"},
		{name: "after the API server refused something", more: known(observes(3, 3, 0), failed(made(5, 3, 0, Read), 500), observes(6, 4, 0))},
		{name: "after a write", more: known(observes(3, 3, 0), failed(made(5, 3, 0, Write), 409), observes(6, 4, 0))},
		{name: "after a write that told of trouble", versions: told, more: known(burned, tell, observes(9, 5, 10))},
		{name: "too early after one", versions: told, more: known(burned, tell, observes(9, 5, 5)), at: 5, found: "it observes again after 0s"},
		{name: "in the next phase", versions: append(transferring[:3:3], stored(5, 1, v1.Rebooting, 1).by(9)), more: known(burned, observes(7, 4, 5), made(9, 4, 5, Write), observes(10, 5, 5))},
		{name: "four readings", more: known(apart)},
		{name: "a third reading after two that agree", more: known(observes(3, 3, 0), made(5, 3, 0, Health)), at: 0, expected: "ends with the first two readings that agree", found: "request #5 (health) is one more"},
		{name: "one reading", more: known(made(3, 3, 0, Health), made(4, 4, 5, Write)), at: 0, expected: "two readings in a row that agree, or after four", found: "it ends with request #3 (health)"},
		{name: "one reading before a POST", more: known(made(3, 3, 0, Health), made(4, 3, 0, Burn)), at: 0, expected: "two readings", found: "#3"},
		{name: "one reading, and nobody knows what came then", more: known(made(3, 3, 0, Health))},
		{name: "three readings that don't agree", more: known(apart[:3], made(6, 3, 0, Read)), at: 0, expected: "two readings", found: "#5"},
		{name: "five readings", more: known(apart, made(7, 3, 0, Health)), at: 0,
			expected: "one observation in a reconcile, of 4 readings at most, and then one POST at most", found: "request #7 (health) is one more, after 4 readings and no POST"},
		{name: "no answer, and no further reading", more: known(made(3, 3, 0, Health).unread(), observes(5, 4, 5))},
		{name: "no answer, and a further reading", more: known(made(3, 3, 0, Health).unread(), made(4, 3, 5, Health)), at: 5,
			expected: "an observation that ends with the first request that shows nothing", found: "request #4 (health) is one more"},
		{name: "an observation after the POST", more: known(burned, observes(7, 3, 0)), at: 0, found: "request #7 (health) is one more, after 2 readings and 1 POST"},
		{name: "two POSTs", more: known(burned, made(7, 3, 0, Burn)), at: 0, found: "request #7 (burn) is POST number 2"},
	} {
		if r.versions == nil {
			r.versions = transferring
		}
		r.check(t, OncePerPoll{})
	}
}
