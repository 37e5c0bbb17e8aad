package invariant

import (
	"testing"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

func TestQuiet(t *testing.T) {
	ended := []Version{created(0), stored(0, 1, v1.Verifying, 1).by(2), stored(5, 1, v1.Succeeded, 1).by(5)}
	ahead := []Version{created(0), stored(5, 2, v1.Pending, 0)}
	ahead[1].Object.Generation = 1
	wrote := does(observes(3, 3, 5), made(5, 3, 5, Write))
	returns := func(by string, number int, at ...int) func(*Evidence) {
		return func(e *Evidence) {
			for n, s := range at {
				e.Returns = append(e.Returns, Return{By: by, Reconcile: number + n, At: second(s)})
			}
		}
	}
	more := func(all ...func(*Evidence)) func(*Evidence) {
		return func(e *Evidence) {
			known(wrote)(e)
			for _, one := range all {
				one(e)
			}
		}
	}
	stepped := []Version{created(0), stored(5, 1, v1.Verifying, 1).by(2), stored(5, 1, v1.Succeeded, 1).by(5)}
	step := does(made(1, 2, 4, Health), made(2, 2, 5, Write), wrote)
	next := ended[2].copied()
	next.At, next.Operation, next.Object.Generation = second(10), 0, 2
	again := ended[2].copied()
	again.At, again.Operation = second(10), 0
	put := stored(10, 3, v1.Pending, 0)
	put.Object.Generation = 1
	for _, r := range []row{
		{name: "the reconcile that ends it", versions: ended, more: more(returns("one", 3, 5))},
		{name: "another one", versions: ended, more: more(returns("one", 3, 5, 5)), at: 5, expected: "no reconcile of what is Succeeded (generation 1, attempt 1)", found: "one reconciles it"},
		{name: "before its end", versions: ended, more: more(returns("one", 1, 0, 4, 5))},
		{name: "one that was woken meanwhile", versions: ended, more: more(returns("one", 3, 5, 5), func(e *Evidence) { e.Wakes = append(e.Wakes, second(5)) })},
		{name: "one that the step before woke again", versions: stepped, more: and(known(step), returns("one", 3, 5, 5), func(e *Evidence) { e.Wakes = append(e.Wakes, second(4)) })},
		{name: "one that the step before didn't wake again", versions: stepped, more: and(known(step), returns("one", 3, 5, 5)), at: 5, expected: "no reconcile", found: "one"},
		{name: "its write got no answer", versions: ended, more: more(returns("one", 3, 5, 6), func(e *Evidence) { e.Operations[2].Status = 0 })},
		{name: "twice since then", versions: ended, more: more(returns("one", 3, 5, 6, 7), func(e *Evidence) { e.Operations[2].Status = 0 }), at: 7, expected: "no reconcile", found: "one"},
		{name: "another controller's poll", versions: ended, more: more(returns("two", 8, 9))},
		{name: "another controller's second poll", versions: ended, more: more(returns("two", 8, 9, 14)), at: 14, expected: "no reconcile", found: "two"},
		{name: "another controller that was about something", versions: ended, more: more(returns("two", 8, 5, 14), func(e *Evidence) {
			o := made(4, 8, 4, Health)
			o.By, o.Ended = "two", second(6)
			e.Operations = append(e.Operations, o)
		})},
		{name: "another generation", versions: append(ended[:3:3], next), more: more(returns("one", 4, 10))},
		{name: "another version", versions: append(ended[:3:3], again), more: more(returns("one", 4, 10)), at: 10, expected: "no reconcile", found: "one"},
		{name: "it is gone", versions: ended, more: more(returns("one", 4, 10), func(e *Evidence) { e.Deleted = second(10) })},
		{name: "it is being deleted", versions: append(ended[:3:3], ended[2].deleted(10)), more: more(returns("one", 4, 10))},
		{name: "a stale cache", versions: ended, more: more(returns("one", 4, 10), func(e *Evidence) { e.Stale = []Span{{From: second(9), To: second(11)}} })},
		{name: "a cache that was stale when it began", versions: ended, more: more(returns("two", 8, 9, 14), func(e *Evidence) {
			o := made(6, 8, 7, Health)
			o.By, o.Ended, e.Stale = "two", second(9), []Span{{From: second(6), To: second(8)}}
			e.Operations = append(e.Operations, o)
		})},
		{name: "a status that is ahead", versions: ahead, more: returns("one", 3, 5)},
		{name: "again, a status that is ahead", versions: ahead, more: returns("one", 3, 5, 6), at: 6, expected: "no reconcile of what is Pending (generation 2, attempt 0)", found: "one"},
		{name: "a status that somebody puts ahead of what had ended", versions: append(ended[:3:3], put), more: more(returns("one", 4, 10))},
		{name: "again, a status that somebody puts ahead", versions: append(ended[:3:3], put), more: more(returns("one", 4, 10, 11)), at: 11, expected: "no reconcile of what is Pending (generation 3, attempt 0)", found: "one"},
		{name: "what goes on", versions: ended[:2], more: more(returns("one", 4, 10, 15))},
	} {
		r.check(t, Quiet{})
	}
}
