package invariant

import "fmt"

// OwnDevice is the invariant that a rollout touches only its own device.
type OwnDevice struct{}

// Promise is the invariant in one sentence.
func (OwnDevice) Promise() string {
	return "every request goes to the object's own device and is made by a reconcile of that object; one to a device says which controller makes it"
}

// Check compares each request's host and reconcile with the object.
func (OwnDevice) Check(e Evidence) *Breach {
	name := e.Versions[0].Object.Name
	for _, o := range e.Operations {
		switch {
		case o.For == "":
			return breach(o.Began, fmt.Sprintf("%s made in a reconcile of %s", o, name), "it was made outside of every reconcile")
		case o.For != name:
			return breach(o.Began, fmt.Sprintf("%s made in a reconcile of %s", o, name), "it was made in a reconcile of "+o.For)
		case o.toDevice() && o.Host != o.OwnHost:
			return breach(o.Began, fmt.Sprintf("%s sent to %s, where the device is", o, o.OwnHost), "it went to "+o.Host)
		case o.toDevice() && o.Agent != o.OwnAgent:
			return breach(o.Began, fmt.Sprintf("%s with the User-Agent %s", o, o.OwnAgent), fmt.Sprintf("%q", o.Agent))
		}
	}
	return nil
}
