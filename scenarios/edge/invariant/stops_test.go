package invariant

import "testing"

func TestStops(t *testing.T) {
	calledOff := func(number int, kind Kind) Operation {
		o := made(number, 2, 10, kind).unread()
		o.CalledOff = true
		return o
	}
	for _, r := range []row{
		{name: "nothing is called off", more: known(observes(1, 2, 10), made(3, 2, 10, Write))},
		{name: "an observation is", more: known(calledOff(1, Health))},
		{name: "a read is", more: known(calledOff(1, Read))},
		{name: "a write is", more: known(made(1, 2, 10, Health), calledOff(2, Write)), at: 10, expected: "request #2", found: "called off"},
		{name: "a write comes after", more: known(calledOff(1, Health), made(2, 2, 10, Write)), at: 10, expected: "request #1", found: "request #2"},
		{name: "one comes after a POST", more: known(calledOff(1, Burn), made(2, 2, 10, Write)), at: 10, expected: "request #1", found: "request #2"},
		{name: "one in another reconcile", more: known(calledOff(1, Health), made(2, 3, 10, Write))},
	} {
		r.versions = []Version{created(0)}
		r.check(t, Stops{})
	}
}
