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

// OneEvent is the invariant that Events report what happened, and only that. Events
// are read at the end of a run.
type OneEvent struct{}

// Promise is the invariant in one sentence.
func (OneEvent) Promise() string {
	return "each Event belongs to a transition in the API server's history, and each transition has at most one Event"
}

// Check finds a transition for each Event.
func (OneEvent) Check(e Evidence) *Breach {
	transitions := map[Event]int{}
	var before *v1.DeviceDeploymentStatus
	for _, v := range e.Versions {
		s := v.status()
		if s == nil {
			continue
		}
		if before == nil || before.ObservedGeneration != s.ObservedGeneration || before.Phase != s.Phase {
			transitions[Event{s.LastTransitionTime.UTC(), reasonOf(s)}]++
		}
		before = s
	}
	written := map[Event]int{}
	for _, event := range e.Events {
		event.At = event.At.UTC()
		written[event]++
		if written[event] > transitions[event] {
			return breach(event.At,
				fmt.Sprintf("%s %s of that time, since %s", some(transitions[event], "Event"), event.Reason, are(transitions[event], "such transition")),
				some(written[event], "Event"),
			)
		}
	}
	return nil
}

// some puts a number before a noun, and are puts "there is" or "there are" before that.
func some(n int, of string) string {
	switch n {
	case 0:
		return "no " + of
	case 1:
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}

func are(n int, of string) string {
	if n > 1 {
		return "there are " + some(n, of)
	}
	return "there is " + some(n, of)
}

// reasonOf returns the reason of the Event for a transition to a status.
func reasonOf(s *v1.DeviceDeploymentStatus) string {
	if s.Phase == v1.Pending && s.Attempts > 0 {
		return "AttemptFailed"
	}
	return string(s.Phase)
}
