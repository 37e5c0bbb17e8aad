package invariant

import (
	"testing"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

func TestOneEvent(t *testing.T) {
	versions := []Version{
		created(0), stored(0, 1, v1.Pending, 0), stored(0, 1, v1.Transferring, 1), stored(15, 1, v1.Pending, 1), stored(16, 1, v1.Pending, 1),
		stored(25, 2, v1.Pending, 0), stored(25, 3, v1.Pending, 0),
	}
	events := func(all ...Event) func(*Evidence) { return func(e *Evidence) { e.Events = all } }
	for _, r := range []row{
		{name: "none", more: events()},
		{name: "one for each", more: events(Event{second(15), "AttemptFailed"}, Event{second(0), "Pending"}, Event{second(0), "Transferring"})},
		{name: "two for one", more: events(Event{second(15), "AttemptFailed"}, Event{second(15), "AttemptFailed"}),
			at: 15, found: "there is one Event AttemptFailed of that time more than there are transitions"},
		{name: "two for two of one instant", more: events(Event{second(25), "Pending"}, Event{second(25), "Pending"})},
		{name: "one for what was only repeated", more: events(Event{second(16), "AttemptFailed"}), at: 16, found: "more than there are transitions"},
		{name: "one for what never was", more: events(Event{second(0), "Rebooting"}), at: 0, found: "Event Rebooting of that time more"},
		{name: "one of another time", more: events(Event{second(1), "Transferring"}), at: 1, found: "Event Transferring of that time more"},
	} {
		r.versions = versions
		r.check(t, OneEvent{})
	}
}
