package invariant

import (
	"testing"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

func TestStable(t *testing.T) {
	ended := []Version{stored(0, 1, v1.Pending, 0).by(1), stored(20, 1, v1.Verifying, 1).by(7), stored(20, 1, v1.Succeeded, 1).by(9)}
	edited := stored(50, 1, v1.Succeeded, 1)
	edited.Object.Generation = 2
	stale := func(e *Evidence) { e.Stale = []Span{{From: second(3), To: second(30)}} }
	for _, r := range []row{
		{name: "nothing more", versions: ended, more: known(observes(7, 4, 20), made(9, 4, 20, Write))},
		{name: "an observation afterwards", versions: ended, more: known(observes(10, 5, 25)), at: 25, expected: "no more requests for generation 1, which has Succeeded", found: "request #10 (health)"},
		{name: "an observation in the same instant", versions: ended, more: known(observes(10, 5, 20)), at: 20, found: "request #10 (health)"},
		{name: "a write afterwards", versions: ended, more: known(made(10, 5, 25, Write)), at: 25, found: "request #10 (write)"},
		{name: "an observation after Failed", versions: []Version{stored(20, 1, v1.Failed, 3).by(9)}, more: known(observes(10, 5, 25)), at: 25, expected: "no more requests for generation 1, which has Failed", found: "request #10 (health)"},
		{name: "an observation of the next generation", versions: append(ended[:3:3], edited), more: known(observes(12, 7, 50))},
		{name: "an observation before the next generation", versions: append(ended[:3:3], edited), more: known(observes(12, 7, 49)), at: 49, found: "request #12 (health)"},
		{name: "an observation of the next object", versions: ended, more: and(known(observes(12, 7, 50)), func(e *Evidence) { e.Deleted = second(40) })},
		{name: "an observation by a controller that can't know", versions: ended, more: and(known(observes(10, 5, 25)), func(e *Evidence) { e.Stale = []Span{{From: second(3)}} })},
		{name: "a reconcile that began when it could not know", versions: ended, more: and(known(observes(10, 5, 25), made(12, 5, 32, Write)), stale)},
		{name: "a reconcile that has read it since", versions: ended, more: and(known(reads(10, 5, 25, v1.Succeeded, 1), made(11, 5, 32, Write)), stale), at: 32, found: "request #11 (write)"},
		{name: "a reconcile that has read an earlier version", versions: ended, more: and(known(reads(10, 5, 25, v1.Verifying, 1), made(11, 5, 32, Write)), stale)},
		{name: "the reconcile that wrote it", versions: ended, more: and(known(observes(7, 4, 20), made(9, 4, 20, Write), made(10, 4, 32, Burn)), stale), at: 32, found: "request #10 (burn)"},
		{name: "an observation by another controller", versions: ended, more: and(known(observes(10, 5, 25)), func(e *Evidence) { e.Incarnations = append(e.Incarnations, Incarnation{Name: "two", From: second(1)}) })},
		{name: "an observation by the next controller", versions: ended, more: and(known(observes(10, 5, 25)), func(e *Evidence) {
			e.Incarnations = []Incarnation{{Name: "one", From: second(0), To: second(10)}, {Name: "two", From: second(15)}}
		}), at: 25, found: "request #10 (health)"},
		{name: "an observation by one that follows afterwards", versions: ended, more: and(known(observes(10, 5, 25)), func(e *Evidence) {
			e.Incarnations = []Incarnation{{Name: "one", From: second(0), To: second(22)}, {Name: "two", From: second(22)}}
		}), at: 25, found: "request #10 (health)"},
	} {
		r.check(t, Stable{})
	}
}
