package invariant

import (
	"fmt"
	"time"
)

// OwnDevice is the invariant that a rollout has to do with its own device only.
type OwnDevice struct{}

// Promise says it in one sentence.
func (OwnDevice) Promise() string {
	return "every request goes to the object's own device, and comes from a reconcile of that object"
}

// Check compares where requests went with whose they were.
func (OwnDevice) Check(e Evidence) (time.Time, string) {
	name := e.Versions[0].Object.Name
	for _, o := range e.Operations {
		switch {
		case o.For == "":
			return o.Began, fmt.Sprintf("request #%d (%s) was made outside of every reconcile", o.Number, o.Kind)
		case o.For != name:
			return o.Began, fmt.Sprintf("request #%d (%s) was made in a reconcile of %s", o.Number, o.Kind, o.For)
		case o.toDevice() && o.Host != o.Home:
			return o.Began, fmt.Sprintf("request #%d (%s) went to %s, the device is at %s", o.Number, o.Kind, o.Host, o.Home)
		}
	}
	return time.Time{}, ""
}
