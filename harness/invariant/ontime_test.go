package invariant

import (
	"testing"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

func TestOnTime(t *testing.T) {
	backoff := int32(10)
	retried := func(at int) []Version {
		failed := stored(5, 1, v1.Pending, 1).by(8)
		failed.Object.Spec.RetryPolicy.BackoffSeconds = &backoff
		return []Version{failed, stored(at, 1, v1.Transferring, 2).by(9)}
	}
	lives := func(l ...Life) func(*Evidence) { return func(e *Evidence) { e.Lives = l } }
	one := func(from, to int) Life { return Life{Name: "one", From: second(from), To: second(to)} }
	two := func(from int) Life { return Life{Name: "two", From: second(from)} }
	refused := made(7, 2, 15, Write)
	refused.Status = 500
	hung := func(number, reconcile, from, to int) Operation {
		o := made(number, reconcile, from, Look)
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
	polls := does(looks(3, 3, 0), looks(5, 4, 5), looks(7, 5, 10))
	for _, r := range []row{
		{name: "a retry when it is due", versions: retried(15)},
		{name: "a retry before it is due", versions: retried(14), at: 14, expected: "the retry starts 10s after the failure, the backoff, and not before", found: "it starts 9s after the failure"},
		{name: "a retry after it was due", versions: retried(16), at: 16,
			expected: "the retry starts 10s after the failure, the backoff, as soon as a controller can", found: "that is done 1s after one could"},
		{name: "a retry at the start of the next controller", versions: retried(40), more: lives(one(0, 12), two(40))},
		{name: "a retry after the start of the next controller", versions: retried(41), more: lives(one(0, 12), two(40)), at: 41, expected: "the retry starts", found: "that is done 1s after one could"},
		{name: "a controller that dies in the instant of the retry", versions: retried(40), more: lives(one(0, 15), two(40))},
		{name: "a controller that comes and dies at once", versions: retried(40), more: lives(one(0, 15), one(20, 20), two(40))},
		{name: "a retry though no controller was there", versions: retried(40), more: lives(one(0, 12))},
		{name: "a retry when the watch is back", versions: retried(40), more: func(e *Evidence) { e.Blind = []Span{{second(12), second(40)}} }},
		{name: "a retry after the watch was back", versions: retried(41), more: func(e *Evidence) { e.Blind = []Span{{second(12), second(40)}} }, at: 41, expected: "the retry starts", found: "that is done 1s after one could"},
		{name: "a retry that the API server refused at first", versions: retried(16), more: known(refused)},
		{name: "a retry while all workers hang", versions: retried(16), more: func(e *Evidence) { e.Crowded = []Span{{second(12), second(16)}} }},
		{name: "a retry after all workers hung", versions: retried(18), more: func(e *Evidence) { e.Crowded = []Span{{second(12), second(14)}} }, at: 18, expected: "the retry starts", found: "that is done 3s after one could"},

		{name: "a first attempt at once", versions: []Version{stored(0, 1, v1.Pending, 0), stored(0, 1, v1.Transferring, 1)}},
		{name: "a first attempt later", versions: []Version{stored(0, 1, v1.Pending, 0), stored(1, 1, v1.Transferring, 1)}, at: 1, expected: "the first attempt starts as soon as a controller can", found: "that is done 1s after one could"},
		{name: "a generation that is taken up at once", versions: taken(20)},
		{name: "a generation that is taken up later", versions: taken(22), at: 22, expected: "generation 2 is taken up as soon as a controller can", found: "that is done 2s after one could"},
		{name: "a generation that is taken up after a look that hung", versions: taken(28), more: known(hung(20, 4, 18, 23), hung(21, 4, 23, 28))},

		{name: "looks at the poll interval", versions: []Version{transferring}, more: known(polls)},
		{name: "a look later than the poll interval", versions: []Version{transferring}, more: known(polls, looks(9, 6, 16)), at: 16, expected: "one looks again after 5s, the poll interval", found: "it looks again only after 6s"},
		{name: "a first look later", versions: []Version{transferring}, more: known(looks(3, 3, 5)), at: 5, expected: "Transferring is followed by a first look as soon as a controller can", found: "that is done 5s after one could"},
		{name: "a first look by the next controller", versions: []Version{transferring}, more: and(known(asTwo(looks(3, 1, 7))), lives(one(0, 0), two(7)))},
		{name: "the next controller's first look later", versions: []Version{transferring}, more: and(known(polls, asTwo(looks(9, 1, 20))), lives(one(0, 12), two(18))),
			at: 20, expected: "Transferring is followed by a first look", found: "that is done 2s after one could"},

		{name: "overdue, and judged at once", versions: []Version{transferring, stored(60, 1, v1.Pending, 1).by(9)}, more: known(looks(3, 3, 0), looks(7, 15, 60), made(9, 15, 60, Write))},
		{name: "overdue, and polled on", versions: []Version{transferring}, more: known(looks(3, 3, 0), looks(7, 15, 60), looks(9, 16, 65)),
			at: 60, expected: "this look ends Transferring, which may last 1m0s", found: "Transferring goes on, after 1m0s"},
		{name: "overdue, and asked once more", versions: []Version{transferring}, more: known(looks(3, 3, 0), looks(7, 15, 62), made(9, 15, 62, Read), made(10, 15, 62, Burn), looks(11, 16, 67)),
			at: 62, expected: "this look ends Transferring", found: "Transferring goes on, after 1m2s"},
		{name: "overdue, and the look isn't over", versions: []Version{transferring}, more: known(looks(3, 3, 0), looks(7, 15, 60))},
		{name: "overdue, and the controller dies", versions: []Version{transferring}, more: and(known(looks(3, 3, 0), looks(7, 15, 60), asTwo(looks(9, 1, 70))), lives(one(0, 60), two(70)))},
		{name: "overdue only after the look began", versions: []Version{transferring}, more: known(looks(3, 3, 0), hung(7, 15, 59, 64), looks(8, 16, 69)[:1], made(9, 16, 69, Write))},
	} {
		r.check(t, OnTime{})
	}
}
