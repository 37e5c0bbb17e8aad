package invariant

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// late returns a version that was stored by an operation that arrived late, after another.
func (v Version) late(operation, after int) Version {
	v = v.copied()
	v.Operation, v.Late, v.After, v.Object.ResourceVersion = 0, operation, after, "late"
	return v
}

// written sets the time in a version's status.
func (v Version) written(at int) Version {
	v.Object.Status.LastTransitionTime = metav1.NewMicroTime(second(at))
	return v
}

// arrives returns the arrival of a write that was sent earlier.
func arrives(operation, sent, at int) Operation {
	o := made(0, 0, sent, Write)
	o.Late, o.Ended, o.Version = operation, second(at), "late"
	return o
}

// lost returns a write that its sender got no answer to within ten seconds.
func lost(number, reconcile, at int) Operation {
	o := made(number, reconcile, at, Write)
	o.Ended, o.Status = o.Began.Add(10*time.Second), 0
	return o
}

// TestLateWrites has the API server store a status later than it was sent.
func TestLateWrites(t *testing.T) {
	pending := stored(0, 1, v1.Pending, 0).by(1)
	transferring := stored(30, 1, v1.Transferring, 1).written(2).late(2, 2)
	sent := does(arrives(2, 2, 30), made(1, 1, 0, Write), lost(2, 2, 2))
	other := arrives(3, 8, 40)
	other.Version = "other"
	for _, r := range []row{
		{name: "the time at which it was sent", versions: []Version{pending, transferring}, more: known(sent)},
		{name: "beside another late one", versions: []Version{pending, transferring}, more: known(other, sent)},
		{name: "another time", versions: []Version{pending, transferring.copied().written(3)}, more: known(sent),
			at: 30, expected: "lastTransitionTime 00:00:02.000000, when Transferring was written", found: "lastTransitionTime 00:00:03.000000"},
	} {
		r.check(t, TransitionTime{})
	}

	// Two reports a minute apart, of which the first comes late.
	stay := stored(0, 1, v1.Transferring, 1).by(1)
	first := stay.reports(20, "the device did not answer in time", "").late(3, 3)
	reports := func(second int) []Operation {
		return does(arrives(3, 5, 20), made(1, 1, 0, Write), made(2, 2, 5, Health).unread(), lost(3, 2, 5), made(4, 3, second, Health), made(5, 3, second, Write))
	}
	again := func(at int) []Version { return []Version{stay, first, stay.reports(at, "", "").by(5)} }
	for _, r := range []row{
		{name: "a minute after a late report was sent", versions: again(65), more: known(reports(65))},
		{name: "less than a minute after that", versions: again(64), more: known(reports(64)), at: 64, expected: "1m0s at least between two reports", found: "59s between them"},
	} {
		r.check(t, Reported{})
	}

	// A transition that arrives wakes the controller at once.
	observed := func(from int) []Operation {
		return does(sent, observes(3, 3, from), observes(5, 4, from+5))
	}
	for _, r := range []row{
		{name: "an observation as it arrives", versions: []Version{pending, transferring}, more: known(observed(30))},
		{name: "an observation later", versions: []Version{pending, transferring}, more: known(observed(31)),
			at: 31, expected: "Transferring is followed by a first observation as soon as a controller can", found: "1s after one could"},
	} {
		r.check(t, OnTime{})
	}

	// The attempt failed when that was decided, not when that arrived.
	failed := stored(200, 1, v1.Pending, 1).written(30).late(5, 5)
	begun := stored(0, 1, v1.Transferring, 1).by(2)
	for _, r := range []row{
		{name: "a failure before its deadline", versions: []Version{pending, begun, failed}, more: known(arrives(5, 30, 200), made(1, 1, 0, Write), made(2, 2, 0, Write), observes(3, 3, 30), lost(5, 3, 30)),
			at: 200, expected: "stays in Transferring", found: "at an observation 30s into the phase"},
		{name: "a failure that nobody knows why its dead sender wrote", versions: []Version{pending, begun, stored(40, 1, v1.Pending, 1).written(30).late(5, 5)},
			more: known(arrives(5, 30, 40), made(1, 1, 0, Write), made(2, 2, 0, Write))},
	} {
		r.check(t, FailuresReal{})
	}
}

// TestAPauseAfterTheAPIServerWasOutOfReach leaves it to controller-runtime.
func TestAPauseAfterTheAPIServerWasOutOfReach(t *testing.T) {
	versions := []Version{stored(0, 1, v1.Transferring, 1).by(1)}
	polls := does(made(1, 1, 0, Write), observes(2, 2, 0), observes(4, 3, 5), observes(6, 4, 15))
	cut := func(to int) func(*Evidence) {
		return func(e *Evidence) { e.Stale = []Span{{From: second(4), To: second(to)}} }
	}
	for _, r := range []row{
		{name: "it was while the device was observed", versions: versions, more: and(known(polls), cut(7))},
		{name: "it was in reach again", versions: versions, more: and(known(polls), func(e *Evidence) { e.Stale = []Span{{From: second(1), To: second(4)}} }),
			at: 15, expected: "one observes again after 5s, the poll interval", found: "only after 10s"},
	} {
		r.check(t, OnTime{})
	}
}
