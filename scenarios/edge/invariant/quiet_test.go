package invariant

import (
	"testing"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

func TestStable(t *testing.T) {
	ended := []Version{stored(0, 1, v1.Pending, 0).by(1), stored(20, 1, v1.Verifying, 1).by(7), stored(20, 1, v1.Succeeded, 1).by(9)}
	edited := stored(50, 1, v1.Succeeded, 1)
	edited.Object.Generation = 2
	for _, r := range []row{
		{name: "nothing more", versions: ended, more: known(looks(7, 4, 20), made(9, 4, 20, Write))},
		{name: "a look afterwards", versions: ended, more: known(looks(10, 5, 25)), at: 25, expected: "no request any more for generation 1, which has Succeeded", found: "request #10 (look)"},
		{name: "a look in the same instant", versions: ended, more: known(looks(10, 5, 20)), at: 20, found: "request #10 (look)"},
		{name: "a write afterwards", versions: ended, more: known(made(10, 5, 25, Write)), at: 25, found: "request #10 (write)"},
		{name: "a look after Failed", versions: []Version{stored(20, 1, v1.Failed, 3).by(9)}, more: known(looks(10, 5, 25)), at: 25, expected: "no request any more for generation 1, which has Failed", found: "request #10 (look)"},
		{name: "a look of the next generation", versions: append(ended[:3:3], edited), more: known(looks(12, 7, 50))},
		{name: "a look before the next generation", versions: append(ended[:3:3], edited), more: known(looks(12, 7, 49)), at: 49, found: "request #12 (look)"},
		{name: "a look of the next object", versions: ended, more: and(known(looks(12, 7, 50)), func(e *Evidence) { e.Deleted = second(40) })},
		{name: "a look by a controller that can't know", versions: ended, more: and(known(looks(10, 5, 25)), func(e *Evidence) { e.Stale = []Span{{From: second(3)}} })},
		{name: "a look by another controller", versions: ended, more: and(known(looks(10, 5, 25)), func(e *Evidence) { e.Incarnations = append(e.Incarnations, Incarnation{Name: "two", From: second(1)}) })},
		{name: "a look by the next controller", versions: ended, more: and(known(looks(10, 5, 25)), func(e *Evidence) {
			e.Incarnations = []Incarnation{{Name: "one", From: second(0), To: second(10)}, {Name: "two", From: second(15)}}
		}), at: 25, found: "request #10 (look)"},
	} {
		r.check(t, Stable{})
	}
}
