package invariant

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

func TestOnTime(t *testing.T) {
	backoff := int32(10)
	retried := func(at int) []Version {
		failed := stored(5, 1, v1.Pending, 1).by(8)
		failed.Object.Spec.RetryPolicy.BackoffSeconds = &backoff
		return []Version{failed, stored(at, 1, v1.Transferring, 2).by(9)}
	}
	stamped := func(at int, v Version) Version {
		v.At = second(at)
		v.Object.Status.LastTransitionTime = metav1.NewMicroTime(second(999999))
		return v
	}
	// ahead is a retry whose time somebody sets ahead, and the instant at which a
	// controller replaces it.
	ahead := func(set, replaced, retry int) []Version {
		all := []Version{retried(0)[0], stamped(set, retried(0)[0].copied()), retried(0)[0].copied(), stored(retry, 1, v1.Transferring, 2).by(9)}
		all[2].At, all[2].Object.Status.LastTransitionTime = second(replaced), metav1.NewMicroTime(second(replaced))
		return all
	}
	// passed is a retry of which somebody sets the time ahead, to 12 s at 9 s, and it stays.
	passed := func(retry int) []Version {
		all := []Version{retried(0)[0], stamped(9, retried(0)[0].copied()), stored(retry, 1, v1.Transferring, 2).by(9)}
		all[1].Object.Status.LastTransitionTime = metav1.NewMicroTime(second(12))
		return all
	}
	stale := func(from, to int) func(*Evidence) {
		return func(e *Evidence) { e.Stale = []Span{{From: second(from), To: second(to)}} }
	}
	resync := func(at int) func(*Evidence) { return func(e *Evidence) { e.Wakes = append(e.Wakes, second(at)) } }
	// labeled is a retry of an object of which only the metadata changes before.
	labeled := func(changed, retry int) []Version {
		all := retried(retry)
		same := all[0].copied()
		same.At = second(changed)
		return []Version{all[0], same, all[1]}
	}
	lives := func(l ...Incarnation) func(*Evidence) { return func(e *Evidence) { e.Incarnations = l } }
	wait := func(from, to, before int) Wait {
		return Wait{By: "one", Span: Span{From: second(from), To: second(to)}, Before: before}
	}
	waits := func(w ...Wait) func(*Evidence) { return func(e *Evidence) { e.Waits = w } }
	one := func(from, to int) Incarnation { return Incarnation{Name: "one", From: second(from), To: second(to)} }
	stopping := func(at int) Incarnation {
		return Incarnation{Name: "one", From: second(0), To: second(23), Stopping: second(at)}
	}
	two := func(from int) Incarnation { return Incarnation{Name: "two", From: second(from)} }
	refused := made(7, 2, 15, Write)
	refused.Status = 500
	hung := func(number, reconcile, from, to int) Operation {
		o := made(number, reconcile, from, Health)
		o.Ended, o.Status = second(to), 0
		return o
	}
	edited := created(20)
	edited.Object.Generation = 2
	edited.Object.Status = stored(0, 1, v1.Succeeded, 1).Object.Status
	taken := func(at int) []Version { return []Version{edited, stored(at, 2, v1.Pending, 0).by(30)} }
	transferring := stored(0, 1, v1.Transferring, 1).by(2)
	asTwo := func(o []Operation) []Operation {
		for n := range o {
			o[n].By = "two"
		}
		return o
	}
	told := []Version{stored(0, 1, v1.Transferring, 1).by(2), transferring.reports(60, "x", "").by(8)}
	told[0].Object.ResourceVersion = "12"
	tell := does(made(7, 15, 60, Health), made(8, 15, 60, Write))
	tell[1].From, tell[1].Sent = "12", told[1].Object
	polls := does(observes(3, 3, 0), observes(5, 4, 5), observes(7, 5, 10))
	for _, r := range []row{
		{name: "a retry when it is due", versions: retried(15)},
		{name: "a time that is ahead, and is replaced", versions: ahead(9, 9, 19)},
		{name: "a time that is ahead, and is replaced late", versions: ahead(9, 10, 20), at: 10, expected: "a lastTransitionTime that is ahead of the clock is replaced as soon as a controller can", found: "1s after one could"},
		{name: "a time that is ahead, and stays", versions: ahead(9, 9, 19)[:2], at: 10000, expected: "a lastTransitionTime that is ahead", found: "after one could"},
		{name: "a time that was ahead, but no longer when the watch was back", versions: passed(22), more: stale(8, 13)},
		{name: "a retry later than it is due after that", versions: passed(23), more: stale(8, 13), at: 23, expected: "the retry starts 10s after the failure", found: "1s after one could"},
		{name: "a time that is still ahead when the watch is back", versions: passed(22), more: stale(8, 11), at: 22, expected: "a lastTransitionTime that is ahead of the clock is replaced as soon as a controller can", found: "11s after one could"},
		{name: "a retry before it is due after that", versions: ahead(9, 9, 18), at: 18, expected: "the retry starts 10s after the failure, the backoff, and not before", found: "it starts 9s after"},
		{name: "a time that is ahead at the end", versions: []Version{stamped(9, stored(9, 1, v1.Failed, 3))}},
		{name: "a retry before it is due", versions: retried(14), at: 14, expected: "the retry starts 10s after the failure, the backoff, and not before", found: "it starts 9s after the failure"},
		{name: "a retry after it was due", versions: retried(16), at: 16,
			expected: "the retry starts 10s after the failure, the backoff, as soon as a controller can", found: "that is done 1s after one could"},
		{name: "a retry at the start of the next controller", versions: retried(40), more: lives(one(0, 12), two(40))},
		{name: "a retry after the start of the next controller", versions: retried(41), more: lives(one(0, 12), two(40)), at: 41, expected: "the retry starts", found: "that is done 1s after one could"},
		{name: "a retry though the controller was told to stop", versions: retried(40), more: lives(stopping(12), two(40))},
		{name: "a retry in the instant at which the controller starts and is told to stop", versions: retried(40), more: lives(Incarnation{Name: "one", From: second(15), To: second(23), Stopping: second(15)}, two(40))},
		{name: "a retry that was due before the controller was told to stop", versions: retried(40), more: lives(stopping(16), two(40)), at: 40, expected: "the retry starts", found: "that is done 25s after one could"},
		{name: "a controller that dies in the instant of the retry", versions: retried(40), more: lives(one(0, 15), two(40))},
		{name: "a controller that comes and dies at once", versions: retried(40), more: lives(one(0, 15), one(20, 20), two(40))},
		{name: "a retry though no controller was there", versions: retried(40), more: lives(one(0, 12))},
		{name: "a retry when the watch is back", versions: retried(40), more: func(e *Evidence) { e.Stale = []Span{{From: second(12), To: second(40)}} }},
		{name: "a retry after the watch was back", versions: retried(41), more: func(e *Evidence) { e.Stale = []Span{{From: second(12), To: second(40)}} }, at: 41, expected: "the retry starts", found: "that is done 1s after one could"},
		{name: "a retry whose object only got other metadata before the watch was back", versions: labeled(20, 55), more: stale(12, 40)},
		{name: "a retry later than the backoff of the queue after that", versions: labeled(20, 56), more: stale(12, 40), at: 56, expected: "the retry starts", found: "that is done 1s after one could"},
		{name: "a retry whose object got other metadata before the watch was down", versions: labeled(11, 41), more: stale(12, 40), at: 41, expected: "the retry starts", found: "that is done 1s after one could"},
		{name: "a retry that the API server refused at first", versions: retried(16), more: known(refused)},
		{name: "a retry once there is a worker", versions: retried(18), more: waits(wait(15, 18, 1))},
		{name: "a retry later than that", versions: retried(20), more: waits(wait(15, 18, 1)), at: 20, expected: "the retry starts", found: "that is done 2s after one could"},
		{name: "a retry though it waited for a worker long before", versions: retried(20), more: waits(wait(6, 9, 1)), at: 20, found: "that is done 5s after one could"},
		{name: "a retry by the next controller, once that has a worker", versions: retried(45), more: and(lives(one(0, 17), two(40)), waits(wait(15, 17, 1), Wait{By: "two", Span: Span{From: second(40), To: second(45)}, Before: 1}))},

		{name: "as long as the reconcile before it may take", versions: retried(60), more: waits(wait(15, 60, 1))},
		{name: "longer than the reconcile before it may take", versions: retried(71), more: waits(wait(15, 71, 1)), at: 71,
			expected: "one has a worker for the object within 55s, since 1 reconcile came before it, 55s long at most, and there is 1 worker", found: "it waits for 56s"},
		{name: "as long as its share of those before it", versions: retried(125), more: and(waits(wait(15, 125, 5)), func(e *Evidence) { e.Workers = 2 })},
		{name: "longer than its share of those before it", versions: retried(126), more: and(waits(wait(15, 126, 5)), func(e *Evidence) { e.Workers = 2 }), at: 126,
			expected: "within 1m50s, since 5 reconciles came before it, 55s long at most, and there are 2 workers", found: "it waits for 1m51s"},
		{name: "though there was a worker to spare", versions: retried(16), more: and(waits(wait(15, 16, 1)), func(e *Evidence) { e.Workers = 2 }), at: 16, found: "it waits for 1s"},
		{name: "waiting still, and for too long", versions: retried(15)[:1], more: waits(Wait{By: "one", Span: Span{From: second(15)}, Before: 9}), at: 10000,
			expected: "within 8m15s", found: "it waits for 2h46m25s"},
		{name: "while a watch is down", versions: retried(90), more: and(waits(wait(15, 90, 1)), func(e *Evidence) { e.Stale = []Span{{From: second(20), To: second(30)}} })},

		{name: "a first attempt at once", versions: []Version{stored(0, 1, v1.Pending, 0), stored(0, 1, v1.Transferring, 1)}},
		{name: "a first attempt later", versions: []Version{stored(0, 1, v1.Pending, 0), stored(1, 1, v1.Transferring, 1)}, at: 1, expected: "the first attempt starts as soon as a controller can", found: "that is done 1s after one could"},
		{name: "a generation that is taken up at once", versions: taken(20)},
		{name: "a generation that is taken up later", versions: taken(22), at: 22, expected: "generation 2 is taken up as soon as a controller can", found: "that is done 2s after one could"},
		{name: "a generation that is taken up after an observation that hung", versions: taken(28), more: known(hung(20, 4, 18, 23), hung(21, 4, 23, 28))},
		{name: "a generation that another controller takes up while an observation hangs", versions: taken(22), more: func(e *Evidence) { e.UnderWay = []Span{{From: second(18)}} }},
		{name: "a generation that the next controller takes up, after an observation that was killed", versions: taken(40), more: and(lives(one(0, 23), two(40)), func(e *Evidence) { e.UnderWay = []Span{{From: second(18), To: second(23)}} })},
		{name: "a generation that is taken up after an observation that was killed", versions: taken(28), more: func(e *Evidence) { e.UnderWay = []Span{{From: second(18), To: second(23)}} }, at: 28, found: "that is done 5s after one could"},
		{name: "a generation that is taken up later, and an observation that hangs since", versions: taken(22), more: func(e *Evidence) { e.UnderWay = []Span{{From: second(21)}} }, at: 22, found: "that is done 2s after one could"},

		{name: "observations at the poll interval", versions: []Version{transferring}, more: known(polls)},
		{name: "an observation later than the poll interval", versions: []Version{transferring}, more: known(polls, observes(9, 6, 16)), at: 16, expected: "one observes again after 5s, the poll interval", found: "it observes again only after 6s"},
		{name: "an observation as late as the jitter has it", versions: []Version{transferring}, more: and(known(polls, observes(9, 6, 16)), jitters(20))},
		{name: "an observation later than the jitter has it", versions: []Version{transferring}, more: and(known(polls, observes(9, 6, 17)), jitters(20)), at: 17, expected: "one observes again after 4s to 6s, the poll interval", found: "it observes again only after 7s"},
		{name: "an observation once there is a worker", versions: []Version{transferring}, more: and(known(polls, observes(9, 6, 18)), waits(wait(15, 18, 1)))},
		{name: "an observation later than that", versions: []Version{transferring}, more: and(known(polls, observes(9, 6, 19)), waits(wait(15, 18, 1))), at: 19, expected: "one observes again after 5s, the poll interval", found: "it observes again only after 9s"},
		{name: "an observation though another controller has no worker", versions: []Version{transferring}, more: and(known(polls, observes(9, 6, 18)), waits(Wait{By: "two", Span: Span{From: second(15), To: second(18)}, Before: 1})), at: 18, found: "it observes again only after 8s"},
		{name: "a first observation later", versions: []Version{transferring}, more: known(observes(3, 3, 5)), at: 5, expected: "Transferring is followed by a first observation as soon as a controller can", found: "that is done 5s after one could"},
		{name: "a first observation by the next controller", versions: []Version{transferring}, more: and(known(asTwo(observes(3, 1, 7))), lives(one(0, 0), two(7)))},
		{name: "the next controller's first observation later", versions: []Version{transferring}, more: and(known(polls, asTwo(observes(9, 1, 20))), lives(one(0, 12), two(18))),
			at: 20, expected: "Transferring is followed by a first observation", found: "that is done 2s after one could"},

		{name: "a resync", versions: []Version{transferring}, more: and(known(observes(3, 3, 0), observes(5, 4, 3), observes(7, 5, 8)), resync(3))},
		{name: "a resync that brings nothing", versions: []Version{transferring}, more: and(known(observes(3, 3, 0), observes(5, 4, 5)), resync(3)), at: 5, expected: "what goes on is observed after a resync as soon as a controller can", found: "2s after"},
		{name: "a resync once the object was gone", versions: []Version{transferring}, more: and(known(observes(3, 3, 0), observes(5, 4, 9)), resync(3), func(e *Evidence) { e.Deleted = second(3) })},
		{name: "a resync while the cache was stale", versions: []Version{transferring}, more: and(known(observes(3, 3, 0), observes(5, 4, 5)), resync(3), stale(2, 3))},
		{name: "a resync of one of two", versions: []Version{transferring}, more: and(known(observes(3, 3, 0), observes(5, 4, 5)), resync(3), lives(Incarnation{Name: "one", From: start}, two(1)))},
		{name: "overdue, and judged at once", versions: []Version{transferring, stored(60, 1, v1.Pending, 1).by(9)}, more: known(observes(3, 3, 0), observes(7, 15, 60), made(9, 15, 60, Write))},
		{name: "overdue, and polled on", versions: []Version{transferring}, more: known(observes(3, 3, 0), observes(7, 15, 60), observes(9, 16, 65)),
			at: 60, expected: "this observation ends Transferring, which may last 1m0s", found: "Transferring goes on, after 1m0s"},
		{name: "overdue, and only told", versions: told, more: known(observes(3, 3, 0), tell, observes(9, 16, 65)),
			at: 60, expected: "this observation ends Transferring", found: "Transferring goes on, after 1m0s"},
		{name: "too late after trouble was told", versions: told, more: known(observes(3, 3, 0), tell[0], tell[1], observes(9, 16, 66)), at: 60, found: "Transferring goes on, after 1m0s"},
		{name: "overdue, and asked once more", versions: []Version{transferring}, more: known(observes(3, 3, 0), observes(7, 15, 62), made(9, 15, 62, Read), made(10, 15, 62, Burn), observes(11, 16, 67)),
			at: 62, expected: "this observation ends Transferring", found: "Transferring goes on, after 1m2s"},
		{name: "overdue, and the observation isn't over", versions: []Version{transferring}, more: known(observes(3, 3, 0), observes(7, 15, 60))},
		{name: "overdue, and the controller dies", versions: []Version{transferring}, more: and(known(observes(3, 3, 0), observes(7, 15, 60), asTwo(observes(9, 1, 70))), lives(one(0, 60), two(70)))},
		{name: "overdue only after the observation began", versions: []Version{transferring}, more: known(observes(3, 3, 0), hung(7, 15, 59, 64), observes(8, 16, 69)[:1], made(9, 16, 69, Write))},
	} {
		r.check(t, OnTime{})
	}
}
