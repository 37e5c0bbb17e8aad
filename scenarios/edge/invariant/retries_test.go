package invariant

import (
	"testing"
	"time"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

func TestRetries(t *testing.T) {
	// fails has reconciles fail, one after each pause.
	fails := func(status int, pauses ...time.Duration) func(*Evidence) {
		return func(e *Evidence) {
			at := second(5)
			for n := range len(pauses) + 1 {
				o := made(3+n, 3+n, 0, Write)
				o.Status, o.Began, o.Ended = status, at, at
				if e.Operations = append(e.Operations, o); n < len(pauses) {
					at = at.Add(pauses[n])
				}
			}
		}
	}
	const ms = time.Millisecond
	stays := []Version{created(0), stored(0, 1, v1.Pending, 0).by(1), stored(0, 1, v1.Transferring, 1).by(2)}
	stays[2].Object.ResourceVersion = "2"
	told := fails(500, 5*time.Second)
	report := func(e *Evidence) {
		for n := range e.Operations {
			e.Operations[n].From, e.Operations[n].Sent = "2", stays[2].reports(5, "x", "").Object
		}
	}
	for _, r := range []row{
		{name: "twice as long each time", more: fails(500, 5*ms, 10*ms, 20*ms, 40*ms)},
		{name: "15 s at most", more: fails(0, 5*ms, 10*ms, 20*ms, 40*ms, 80*ms, 160*ms, 320*ms, 640*ms, 1280*ms, 2560*ms, 5120*ms, 10240*ms, 15*time.Second, 15*time.Second)},
		{name: "too early", more: fails(500, 0), at: 5, expected: "one reconciles again 5ms after request #3 (write) failed", found: "it does so after 0s"},
		{name: "too late", more: fails(500, 5*time.Second), at: 10, expected: "5ms after", found: "5s"},
		{name: "longer than twice as long", more: fails(500, 5*ms, 995*ms), at: 6, expected: "10ms after request #4 (write) failed", found: "995ms"},
		{name: "more than 15 s", more: fails(500, 5*ms, 10*ms, 20*ms, 40*ms, 80*ms, 160*ms, 320*ms, 640*ms, 1280*ms, 2560*ms, 5120*ms, 10240*ms, 16525*ms), at: 42, expected: "15s after", found: "16.525s"},
		{name: "a conflict", more: fails(409, 5*time.Second, 5*time.Second)},
		{name: "a conflict that is tried again at once", more: fails(409, time.Second), at: 6, expected: "5s after", found: "1s"},
		{name: "a report", more: and(told, report)},
		{name: "another reconcile in between", more: and(fails(500, 5*time.Second), func(e *Evidence) { e.Operations[1].Reconcile++ })},
		{name: "no worker", more: and(fails(500, 5*time.Second), func(e *Evidence) { e.Waits = []Wait{{By: "one", Span: Span{From: second(5), To: second(10)}}} })},
		{name: "it was woken", more: and(fails(500, 0), func(e *Evidence) { e.Wakes = []time.Time{second(5)} })},
		{name: "woken, and yet too late", more: and(fails(500, 5*time.Second), func(e *Evidence) { e.Wakes = []time.Time{second(5)} }), at: 10, expected: "5ms", found: "5s"},
		{name: "what was written before woke nobody", versions: append(stays[:3:3], stored(5, 1, v1.Rebooting, 1).by(2)), more: fails(500, 0), at: 5, expected: "5ms after", found: "0s"},
		{name: "the write was stored after all", versions: append(stays[:3:3], stored(5, 1, v1.Rebooting, 1).by(3)), more: fails(500, 0)},
		{name: "a stale cache", more: and(fails(500, 5*time.Second), func(e *Evidence) { e.Stale = []Span{{From: second(4), To: second(6)}} })},
		{name: "it succeeds, and then fails", more: and(fails(500, 5*ms, 10*ms, 5*ms), func(e *Evidence) { e.Operations[1].Status = 200 })},
	} {
		if r.versions == nil {
			r.versions = stays
		}
		r.check(t, Retries{})
	}
}
