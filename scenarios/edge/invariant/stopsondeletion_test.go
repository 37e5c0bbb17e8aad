package invariant

import (
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// deleted is a version of an object that is being deleted since some second. The
// deletion is a new generation.
func (v Version) deleted(at int) Version {
	v.At, v.Object, v.Operation = second(at), v.Object.DeepCopy(), 0
	v.Object.Generation++
	v.Object.DeletionTimestamp = &metav1.Time{Time: second(at)}
	return v
}

// said is a version that reports the deletion.
func (v Version) said(at int) Version {
	v.At, v.Object = second(at), v.Object.DeepCopy()
	meta.SetStatusCondition(&v.Object.Status.Conditions, metav1.Condition{Type: v1.ConditionProgressing, Status: metav1.ConditionFalse, Reason: v1.ReasonDeleting})
	return v
}

func TestStopsOnDeletion(t *testing.T) {
	transferring := stored(0, 1, v1.Transferring, 1).by(2)
	gone := transferring.deleted(7)
	held := []Version{transferring, gone, gone.said(7).by(9)}
	unsaid := held[:2:2]
	unseen := held[:1:1]
	moved := stored(7, 2, v1.Pending, 0)
	moved.Object.DeletionTimestamp = gone.Object.DeletionTimestamp
	reads := func(number, reconcile, at int, v Version) Operation {
		o := made(number, reconcile, at, Read)
		o.Read = v.Object
		return o
	}
	blind := func(e *Evidence) { e.Stale = []Span{{From: second(3)}} }
	another := func(e *Evidence) { e.Incarnations = []Incarnation{{Name: "two", From: start}} }
	for _, r := range []row{
		{name: "not deleted", versions: unseen, more: known(observes(3, 3, 10))},
		{name: "said at once", versions: held, more: known(made(9, 6, 7, Write))},
		{name: "said late", versions: []Version{transferring, gone, gone.said(8).by(9)}, more: known(made(9, 6, 8, Write)),
			at: 8, expected: "the status says that the object is being deleted as soon as a controller can", found: "1s after one could"},
		{name: "never said", versions: unsaid, at: 10000, expected: "the status says that the object is being deleted", found: "after one could"},
		{name: "gone before it could be said", versions: unsaid, more: func(e *Evidence) { e.Deleted = second(7) }},
		{name: "gone and never said", versions: unsaid, more: func(e *Evidence) { e.Deleted = second(9) }, at: 9, found: "2s after one could"},
		{name: "no controller to say it", versions: unsaid, more: func(e *Evidence) { e.Incarnations = nil }},
		{name: "none that could know", versions: unsaid, more: blind},
		{name: "no status to say it in", versions: []Version{created(0), created(0).deleted(7)}},
		{name: "a step", versions: append(unsaid, moved.by(9)), at: 7, expected: "no transition from Transferring (generation 1, attempt 1)", found: "Pending (generation 2, attempt 0)"},
		{name: "a step of somebody else's", versions: append(held[:3:3], moved.by(11)), foreign: map[string]bool{"": true}, more: known(made(9, 6, 7, Write))},
		{name: "an observation under way", versions: held, more: known(observes(7, 5, 7), made(9, 6, 7, Write))},
		{name: "an observation afterwards", versions: held, more: known(made(9, 6, 7, Write), observes(10, 7, 10)), at: 10, expected: "no more requests to the device", found: "request #10 (health)"},
		{name: "an observation by one that can't know", versions: held, more: and(known(observes(10, 7, 10)), blind)},
		{name: "an observation by one that said it itself", versions: held, more: and(known(made(9, 6, 7, Write), observes(10, 7, 10)), blind), at: 10, found: "request #10 (health)"},
		{name: "an observation by one that can't know what another said", versions: held, more: and(known(made(9, 6, 7, Write), observes(10, 7, 10)), blind, func(e *Evidence) {
			e.Operations[1].By, e.Operations[2].By = "two", "two"
		}, another)},
		{name: "an observation of the object of that name after", versions: held, more: and(known(made(9, 6, 7, Write), observes(10, 7, 10)), func(e *Evidence) { e.Deleted = second(9) })},
		{name: "a burn after the read that shows it", versions: held, more: and(known(observes(3, 5, 10), reads(5, 5, 10, gone), burns(6, 5, 10, 1)), blind),
			at: 10, expected: "no more requests to the device", found: "request #6 (burn)"},
		{name: "said after that read", versions: []Version{transferring, gone, gone.said(10).by(6)}, more: and(known(observes(3, 5, 10), reads(5, 5, 10, gone), made(6, 5, 10, Write), observes(7, 6, 15)[:0]), blind)},
		{name: "nothing after that read", versions: unsaid, more: and(known(observes(3, 5, 10), reads(5, 5, 10, gone), observes(6, 6, 15)), blind),
			at: 10, expected: "the status says next that the object is being deleted", found: "nothing is written"},
		{name: "nothing after a read that shows it said", versions: held, more: and(known(observes(3, 5, 10), reads(5, 5, 10, held[2]), observes(6, 6, 15)), blind)},
		{name: "that read isn't over", versions: unsaid, more: and(known(observes(3, 5, 10), reads(5, 5, 10, gone)), blind)},
	} {
		r.check(t, StopsOnDeletion{})
	}
}
