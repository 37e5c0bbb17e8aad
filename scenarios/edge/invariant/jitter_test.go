package invariant

import (
	"testing"
	"time"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

func TestJitter(t *testing.T) {
	moves := []Version{created(0), stored(0, 1, v1.Transferring, 1).by(2)}
	// polls has observations at these times, in milliseconds, with a poll interval of 5 s
	// that may be a tenth longer or shorter.
	polls := func(at ...int) func(*Evidence) {
		return func(e *Evidence) {
			e.Timing.Jitter = 10
			for n, ms := range at {
				o := made(3+n, 3+n, 0, Health)
				o.Began = second(0).Add(time.Duration(ms) * time.Millisecond)
				o.Ended = o.Began
				e.Operations = append(e.Operations, o)
			}
		}
	}
	for _, r := range []row{
		{name: "each differs", versions: moves, more: polls(100, 5200, 10100, 15300)},
		{name: "two in a row are the same", versions: moves, more: polls(100, 5100, 10100, 15300, 20300)},
		{name: "three in a row", versions: moves, more: polls(150, 5100, 10050, 15000), at: 15, expected: "one observes again after 4.5s to 5.5s, and after a pause that differs from the two before", found: "it observes again after 4.95s for the third time"},
		{name: "three in a row, for want of a worker", versions: moves, more: func(e *Evidence) {
			polls(150, 5100, 10050, 15000)(e)
			e.Waits = []Wait{{Span: Span{From: second(14), To: second(15)}, By: "one"}}
		}},
		{name: "without jitter", versions: moves, more: func(e *Evidence) { polls(100, 5100, 10100, 15100)(e); e.Timing.Jitter = 0 }},
		{name: "what is no poll between them", versions: moves, more: polls(100, 5100, 10100, 10100, 15100, 20100)},
		{name: "another controller's between them", versions: moves, more: func(e *Evidence) { polls(100, 5100, 10100, 15100)(e); e.Operations[3].By = "two" }},
	} {
		r.check(t, Jitter{})
	}
}
