package invariant

import (
	"net/http"
	"testing"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

func TestErrors(t *testing.T) {
	// answered has a write answered with a status, and another reconcile after it.
	answered := func(status int) func(*Evidence) {
		o := made(3, 3, 5, Write)
		o.Status = status
		return known(o, made(4, 4, 10, Write))
	}
	failure := func(e *Evidence) { e.Returns = []Return{{By: "one", Reconcile: 3, At: second(5), Failed: true}} }
	stays := []Version{created(0), stored(0, 1, v1.Pending, 0).by(1), stored(0, 1, v1.Transferring, 1).by(2)}
	stays[2].Object.ResourceVersion = "2"
	report := func(e *Evidence) {
		e.Operations[0].From, e.Operations[0].Sent = "2", stays[2].reports(5, "x", "").Object
	}
	for _, r := range []row{
		{name: "no failure", more: answered(200)},
		{name: "a failure", more: and(answered(500), failure)},
		{name: "no answer", more: and(answered(0), failure)},
		{name: "a failure that is swallowed", more: answered(500), at: 5, expected: "an error of the reconcile, since request #3 (write) failed", found: "it returns none"},
		{name: "an error that nothing calls for", more: and(answered(200), failure), at: 5, expected: "no error of a reconcile", found: "one returns one"},
		{name: "a conflict", more: answered(http.StatusConflict)},
		{name: "a conflict as an error", more: and(answered(http.StatusConflict), failure), at: 5, expected: "no error", found: "one"},
		{name: "it is gone", more: answered(http.StatusNotFound)},
		{name: "a report", more: and(answered(500), report)},
		{name: "a report as an error", more: and(answered(500), and(report, failure)), at: 5, expected: "no error", found: "one"},
		{name: "its last act", more: and(answered(500), func(e *Evidence) { e.Operations = e.Operations[:1] })},
		{name: "called off", more: and(answered(0), func(e *Evidence) { e.Operations[0].CalledOff = true })},
		{name: "an earlier object of that name", more: and(answered(500), func(e *Evidence) { e.Versions = []Version{created(6)} })},
		{name: "told to stop", more: and(and(answered(500), failure), func(e *Evidence) { e.Incarnations[0].Stopping = second(4) }), at: 5, expected: "told to stop", found: "one"},
		{name: "told to stop in that instant", more: and(and(answered(500), failure), func(e *Evidence) { e.Incarnations[0].Stopping = second(5) })},
		{name: "called off when it was told to stop", more: and(failure, func(e *Evidence) { e.Incarnations[0].Stopping = second(5) }), at: 5, expected: "told to stop", found: "one"},
		{name: "told to stop afterwards", more: and(and(answered(500), failure), func(e *Evidence) { e.Incarnations[0].Stopping = second(6) })},
		{name: "nothing is known of its requests", more: failure, at: 5, expected: "no error", found: "one"},
		{name: "a cache that doesn't answer", more: and(failure, func(e *Evidence) { e.Stale = []Span{{From: second(0), To: second(6)}} })},
		{name: "it is gone from the cache, too", more: and(failure, func(e *Evidence) { e.Deleted = second(4) })},
	} {
		r.versions = stays
		r.check(t, Errors{})
	}
}
