package invariant

import (
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// EventsTell is the invariant that Events tell everything that happened, as the status
// does.
type EventsTell struct{}

// Promise is the invariant in one sentence.
func (EventsTell) Promise() string {
	return "each transition that a controller knows to be stored has an Event, unless the controller ends within the time that one may take, or can't reach the API server; it is about the object, tells what the conditions tell, and is a Warning if an attempt failed; the names of an object's Events sort in the order of its transitions"
}

// eventTime is how long the request that writes an Event may take.
const eventTime = 2 * time.Second

// Check looks for the Event of each transition, and at what it tells.
func (EventsTell) Check(e Evidence) *Breach {
	if !e.Over {
		return nil
	}
	events := slices.Clone(e.Events)
	slices.SortFunc(events, func(a, b Event) int { return strings.Compare(a.Name, b.Name) })
	last := -1 // the last of them that was found
	found := make([]bool, len(events))
	var before *v1.DeviceDeployment
	for _, v := range e.Versions {
		was := before
		before = v.Object
		if v.status() == nil || was != nil && positionOf(was) == positionOf(v.Object) || e.byHand(v) {
			continue
		}
		want, n := transitionTo(v.status()), 0
		for n < len(events) && (found[n] || !events[n].At.Equal(want.At) || events[n].Reason != want.Reason) {
			n++ // two transitions of one instant may have the same reason
		}
		switch {
		case n == len(events) && e.owesEvent(v):
			return breach(v.At, fmt.Sprintf("an Event %s", want.Reason), "there is none")
		case n == len(events):
			continue
		case n < last:
			return breach(v.At, fmt.Sprintf("a name for the Event %s that comes after %s", want.Reason, events[last].Name), events[n].Name)
		}
		last, found[n] = n, true
		if expected, found := wrongEvent(events[n], v.Object); expected != "" {
			return breach(v.At, fmt.Sprintf("an Event %s with %s", want.Reason, expected), found)
		}
	}
	return nil
}

// owesEvent says whether a version's transition has to have an Event.
func (e Evidence) owesEvent(v Version) bool {
	for _, o := range e.Operations {
		if o.Kind != Write || o.Number != v.Operation || v.Operation == 0 {
			continue
		}
		span := Span{From: o.Ended, To: o.Ended.Add(eventTime)}
		ends := func(i Incarnation) bool {
			return i.Name == o.By && !i.To.IsZero() && !i.To.Before(span.From) && !i.To.After(span.To)
		}
		return !o.refused() && !slices.ContainsFunc(e.Stale, span.Overlaps) && !slices.ContainsFunc(e.Incarnations, ends)
	}
	return false
}

// wrongEvent says what is wrong with the Event of the transition to a version; both texts
// are empty if nothing is.
func wrongEvent(event Event, o *v1.DeviceDeployment) (expected, found string) {
	kind := corev1.EventTypeNormal
	if s := o.Status; s.Phase == v1.Failed || s.Phase == v1.Pending && s.Attempts > 0 {
		kind = corev1.EventTypeWarning
	}
	about := corev1.ObjectReference{APIVersion: v1.GroupVersion.String(), Kind: "DeviceDeployment", Namespace: o.Namespace, Name: o.Name, UID: o.UID}
	said := meta.FindStatusCondition(o.Status.Conditions, v1.ConditionProgressing)
	prefix := fmt.Sprintf("%s.%.8s.", o.Name, o.UID)
	switch {
	case event.Type != kind:
		return "type " + kind, event.Type
	case event.Regarding != about:
		return fmt.Sprintf("regarding %v", about), fmt.Sprint(event.Regarding)
	case said != nil && event.Note != said.Message:
		return fmt.Sprintf("the note %q", said.Message), fmt.Sprintf("%q", event.Note)
	case !strings.HasPrefix(event.Name, prefix):
		return "a name that begins with " + prefix, event.Name
	case !event.Complete:
		return "an action, and who reports it", "one of them is missing"
	}
	return "", ""
}
