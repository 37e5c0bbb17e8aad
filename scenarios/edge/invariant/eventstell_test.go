package invariant

import (
	"slices"
	"testing"
	"time"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

func TestEventsTell(t *testing.T) {
	pending := stored(0, 1, v1.Pending, 0).after(created(0)).by(1)
	transferring := stored(10, 1, v1.Transferring, 1).after(pending).by(2)
	failed := stored(20, 1, v1.Pending, 1).after(transferring).by(3)
	all := []Event{told(pending.Object), told(transferring.Object), told(failed.Object)}
	events := func(n int, change func(*Event)) func(*Evidence) {
		return func(e *Evidence) {
			e.Over, e.Events = true, slices.Clone(all)
			e.Operations = does(made(1, 1, 0, Write), made(2, 2, 10, Write), made(3, 3, 20, Write))
			if change != nil {
				change(&e.Events[n])
			}
		}
	}
	without := func(n int) func(*Evidence) {
		return and(events(0, nil), func(e *Evidence) { e.Events = slices.Delete(e.Events, n, n+1) })
	}
	ends := func(after time.Duration) func(*Evidence) {
		return func(e *Evidence) { e.Incarnations[0].To = second(10).Add(after) }
	}
	again := stored(20, 2, v1.Transferring, 1).after(failed).by(5)
	twice := row{name: "two of one reason in one instant", versions: []Version{created(0), stored(20, 1, v1.Transferring, 1).after(created(0)).by(4), again}, more: func(e *Evidence) {
		e.Over, e.Events = true, []Event{told(e.Versions[2].Object), told(e.Versions[1].Object)}
		e.Operations = does(made(4, 4, 20, Write), made(5, 5, 20, Write))
	}}
	twice.check(t, EventsTell{})
	for _, r := range []row{
		{name: "all"},
		{name: "it is not over", more: func(e *Evidence) { e.Events = nil }},
		{name: "one is missing", more: without(1), at: 10, expected: "an Event Transferring", found: "there is none"},
		{name: "the controller ended then", more: and(without(1), ends(0))},
		{name: "soon afterwards", more: and(without(1), ends(eventTime))},
		{name: "later", more: and(without(1), ends(eventTime+time.Second)), at: 10, expected: "an Event Transferring", found: "there is none"},
		{name: "before, and another one wrote it", more: and(without(1), ends(-time.Second)), at: 10, expected: "an Event Transferring", found: "there is none"},
		{name: "the API server was out of reach", more: and(without(1), func(e *Evidence) { e.Stale = []Span{{From: second(9), To: second(11)}} })},
		{name: "the write got no answer", more: and(without(1), func(e *Evidence) { e.Operations[1].Status = 0 })},
		{name: "nobody knows who wrote it", more: and(without(1), func(e *Evidence) { e.Operations = nil })},
		{name: "another text", more: events(1, func(e *Event) { e.Note = "something" }), at: 10, expected: "the note", found: "something"},
		{name: "no warning", more: events(2, func(e *Event) { e.Type = "Normal" }), at: 20, expected: "type Warning", found: "Normal"},
		{name: "a needless warning", more: events(0, func(e *Event) { e.Type = "Warning" }), expected: "type Normal", found: "Warning"},
		{name: "about another object", more: events(1, func(e *Event) { e.Regarding.Name = "press-02" }), at: 10, expected: "press-01", found: "press-02"},
		{name: "a name without the uid", more: events(1, func(e *Event) { e.Name = "press-01.1-1-1" }), at: 10, expected: "press-01." + uid, found: "press-01.1-1-1"},
		{name: "a name out of order", more: events(1, func(e *Event) { e.Name = "press-01.6d1f.0" }), at: 10, expected: "comes after", found: "6d1f.0"},
		{name: "no action", more: events(1, func(e *Event) { e.Complete = false }), at: 10, expected: "an action", found: "missing"},
	} {
		r.versions = []Version{created(0), pending, transferring, failed}
		if r.more == nil {
			r.more = events(0, nil)
		}
		r.check(t, EventsTell{})
	}
}
