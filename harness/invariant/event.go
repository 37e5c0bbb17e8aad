package invariant

import (
	"fmt"
	"time"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// Event is an Event in the API server.
type Event struct {
	// At is its eventTime.
	At time.Time
	// Reason is its reason.
	Reason string
}

// OneEvent is the invariant that Events tell what happened, and only that.
// Events are read at the end of a run.
type OneEvent struct{}

// Promise says it in one sentence.
func (OneEvent) Promise() string {
	return "each Event is of a transition that is in the API server's history, and there is at most one for each"
}

// Check finds a transition for each Event.
func (OneEvent) Check(e Evidence) (time.Time, string) {
	transitions := map[Event]int{}
	var before *v1.DeviceDeploymentStatus
	for _, v := range e.Versions {
		s := v.Object.Status
		if s == nil {
			continue
		}
		if before == nil || before.ObservedGeneration != s.ObservedGeneration || before.Phase != s.Phase {
			transitions[Event{s.LastTransitionTime.UTC(), reasonOf(s)}]++
		}
		before = s
	}
	for _, event := range e.Events {
		event.At = event.At.UTC()
		transitions[event]--
		if transitions[event] < 0 {
			return event.At, fmt.Sprintf("there is one Event %s of that time more than there are transitions", event.Reason)
		}
	}
	return time.Time{}, ""
}

// reasonOf is the reason of the Event of a transition to a status.
func reasonOf(s *v1.DeviceDeploymentStatus) string {
	if s.Phase == v1.Pending && s.Attempts > 0 {
		return "AttemptFailed"
	}
	return string(s.Phase)
}
