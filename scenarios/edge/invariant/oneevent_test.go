package invariant

import (
	"testing"
	"time"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// about is an Event about a transition.
func about(at time.Time, reason string) Event { return Event{Transition: Transition{at, reason}} }

func TestOneEvent(t *testing.T) {
	versions := []Version{
		created(0), stored(0, 1, v1.Pending, 0), stored(0, 1, v1.Transferring, 1), stored(15, 1, v1.Pending, 1), stored(16, 1, v1.Pending, 1),
		stored(25, 2, v1.Pending, 0), stored(25, 3, v1.Pending, 0),
	}
	events := func(all ...Event) func(*Evidence) { return func(e *Evidence) { e.Events = all } }
	for _, r := range []row{
		{name: "none", more: events()},
		{name: "one for each", more: events(about(second(15), "AttemptFailed"), about(second(0), "Pending"), about(second(0), "Transferring"))},
		{name: "two for one", more: events(about(second(15), "AttemptFailed"), about(second(15), "AttemptFailed")),
			at: 15, expected: "1 Event AttemptFailed of that time, since there is 1 such transition", found: "2 Events"},
		{name: "two for two of one instant", more: events(about(second(25), "Pending"), about(second(25), "Pending"))},
		{name: "one for what was only repeated", more: events(about(second(16), "AttemptFailed")), at: 16, expected: "no Event AttemptFailed of that time, since there is no such transition", found: "1 Event"},
		{name: "one for what never was", more: events(about(second(0), "Rebooting")), at: 0, expected: "no Event Rebooting", found: "1 Event"},
		{name: "one of another time", more: events(about(second(1), "Transferring")), at: 1, expected: "no Event Transferring", found: "1 Event"},
		{name: "three for two of one instant", more: events(about(second(25), "Pending"), about(second(25), "Pending"), about(second(25), "Pending")),
			at: 25, expected: "2 Events Pending of that time, since there are 2 such transitions", found: "3 Events"},
	} {
		r.versions = versions
		r.check(t, OneEvent{})
	}
}
