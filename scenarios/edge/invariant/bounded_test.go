package invariant

import "testing"

func TestBounded(t *testing.T) {
	took := func(kind Kind, seconds int) func(*Evidence) {
		o := made(1, 1, 0, kind)
		o.Ended = second(seconds)
		return known(o)
	}
	for _, r := range []row{
		{name: "a write in time", more: took(Write, 10)},
		{name: "a write too long", more: took(Write, 11), at: 11, expected: "request #1 (write) is given up after 10s", found: "11s"},
		{name: "a read too long", more: took(Read, 20), at: 20, expected: "10s", found: "20s"},
		{name: "a look in time", more: took(Health, 5)},
		{name: "a look too long", more: took(Health, 6), at: 6, expected: "5s", found: "6s"},
		{name: "a POST too long", more: took(Burn, 10), at: 10, expected: "5s", found: "10s"},
		{name: "one that came late", more: and(took(Write, 30), func(e *Evidence) { e.Operations[0].Number = 0 })},
	} {
		r.versions = []Version{created(0)}
		r.check(t, Bounded{})
	}
}
