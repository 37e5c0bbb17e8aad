// Package invariant holds what must be true of every run, whatever was killed
// or broke. Each invariant is checked against the API server's history and the
// devices' ground truth, never against what the controller or a device says.
package invariant

import (
	"fmt"
	"time"

	v1 "example.com/edge-device-operator/operator/api/v1"

	"example.com/edge-device-operator/devicesim"
)

// Version is one version of an object in the API server's history.
type Version struct {
	// At is the virtual time at which it was stored.
	At time.Time
	// Object is the object as it was stored.
	Object *v1.DeviceDeployment
}

// Evidence is all that is known of one object and its device.
type Evidence struct {
	// Versions is the object's history, oldest first: one uid, at least one
	// version.
	Versions []Version
	// Foreign holds the resourceVersions of those at which somebody other than
	// the controller wrote the status.
	Foreign map[string]bool
	// Initial is the image that the device ran at first.
	Initial string
	// Deeds is everything that the device physically did, oldest first.
	Deeds []devicesim.Deed
}

// Violation is a promise that was not kept.
type Violation struct {
	// Promise is what was promised.
	Promise string
	// Object is the object's name.
	Object string
	// At is when it was broken.
	At time.Time
	// Detail says what was found.
	Detail string
}

// Invariant is something that must be true of every object.
type Invariant interface {
	// Promise says it in one sentence.
	Promise() string
	// Check returns what breaks it: when, and what was found. It returns
	// the zero time where nothing does.
	Check(Evidence) (at time.Time, found string)
}

// All lists the invariants that are checked in every run.
func All() []Invariant {
	return []Invariant{Monotonic{}, AttemptsExact{}, SucceededRuns{}, OncePerAttempt{}}
}

// Check returns what breaks one of the invariants, or nil.
func Check(e Evidence) *Violation {
	for _, i := range All() {
		if at, found := i.Check(e); found != "" {
			return &Violation{Promise: i.Promise(), Object: e.Versions[0].Object.Name, At: at, Detail: found}
		}
	}
	return nil
}

// attemptOf reads the generation and attempt out of a burn's key.
func attemptOf(key, uid string) (generation int64, attempt int32, ok bool) {
	n, err := fmt.Sscanf(key, uid+"/%d/%d", &generation, &attempt)
	return generation, attempt, err == nil && n == 2
}
