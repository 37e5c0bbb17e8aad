package invariant

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// Event is an Event in the API server.
type Event struct {
	// Transition is what it says it is about.
	Transition
	// Name is its own name, Note its text, and Type its type.
	Name, Note, Type string
	// Regarding is the object that it is about: kind, namespace, name and uid.
	Regarding corev1.ObjectReference
	// Complete says that it has everything else that an Event needs: an action, and who
	// reports it.
	Complete bool
}

// Transition identifies the transition that an Event is about.
type Transition struct {
	// At is the Event's eventTime, and when the transition was written.
	At time.Time
	// Reason is the Event's reason.
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
	transitions := map[Transition]int{}
	var before *v1.DeviceDeploymentStatus
	for _, v := range e.Versions {
		s := v.status()
		if s == nil {
			continue
		}
		if before == nil || before.ObservedGeneration != s.ObservedGeneration || before.Phase != s.Phase {
			transitions[transitionTo(s)]++
		}
		before = s
	}
	written := map[Transition]int{}
	for _, of := range e.Events {
		event := Transition{of.At.UTC(), of.Reason}
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

// transitionTo is the transition to a status.
func transitionTo(s *v1.DeviceDeploymentStatus) Transition {
	return Transition{s.LastTransitionTime.UTC(), reasonOf(s)}
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
