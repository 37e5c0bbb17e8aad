// Package invariant holds what must be true of every DeviceDeployment, whatever
// was killed or broke. Each invariant is checked against the API server's history and the
// devices' ground truth, never against what the controller or a device says.
package invariant

import (
	"strconv"
	"strings"
	"time"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/invariant"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/rollout"
)

// Version is one version of an object in the API server's history.
type Version struct {
	// At is the virtual time at which it was stored.
	At time.Time
	// Object is the object as it was stored.
	Object *v1.DeviceDeployment
	// Operation is the number of the operation that stored it; 0 where it was
	// somebody else's, or where no answer said so.
	Operation int
	// After is the number of the last operation that had left by then, where
	// somebody other than the controller wrote the status; else 0.
	After int
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
	Deeds []devicesim.StateChange
	// Deleted is when the object was deleted, zero while it is there.
	Deleted time.Time
	// Operations is what controllers asked for in the object's name, in the
	// order in which it left. Looks that only polled, and were checked, may be
	// missing.
	Operations []Operation
	// BeyondBound says that the device may lie more than the bound allows: then
	// nobody who has only its word can tell whether an attempt failed, or what
	// it runs.
	BeyondBound bool
	// Strays is when requests reached the device that were no operation.
	Strays []time.Time
	// Events are the Events about the object, in no order; they are known at
	// the end of a run only.
	Events []Event
	// Incarnations are the lives of all controllers.
	Incarnations []Incarnation
	// Stale is when a controller's cache may have been old.
	Stale []Span
	// Waits is when the object waited for a worker. Those before looks that only
	// polled, and were checked, may be missing.
	Waits []Wait
	// UnderWay is when the object was being reconciled by a controller that then was
	// killed, and when it is now: how long an operation takes that isn't over, or that
	// nobody was left to learn of, nobody knows.
	UnderWay []Span
	// Workers is how many objects a controller reconciles at a time.
	Workers int
	// Wakes is when something other than time or a change woke the controllers.
	Wakes []time.Time
	// Timing is what the controllers go by.
	Timing rollout.Timing
	// CallTimeout bounds each of their requests to a device.
	CallTimeout time.Duration
	// Now is when the evidence was taken.
	Now time.Time

	taken  []turn    // what turns returns, once Check has asked it
	onward []Version // what moved returns, once Check has asked it
}

// What every promise is made of.
type (
	// Breach is what breaks an invariant.
	Breach = invariant.Breach
	// Violation is a promise that was not kept.
	Violation = invariant.Violation
	// Invariant is something that must be true of every object.
	Invariant = invariant.Invariant[Evidence]
	// Span is some time in which something was the case.
	Span = invariant.Span
	// Incarnation is one incarnation of a controller.
	Incarnation = invariant.Incarnation
	// Wait is some time in which an object waited for a worker.
	Wait = invariant.Wait
)

// breach says what broke an invariant at a time.
func breach(at time.Time, expected, found string) *Breach {
	return &Breach{At: at, Expected: expected, Found: found}
}

// All lists the invariants that are checked in every run.
func All() []Invariant {
	return []Invariant{
		Monotonic{}, AttemptsExact{}, Accepted{}, Versioned{}, StoredFirst{}, ObserveReadPost{}, Advances{}, FailuresReal{}, SucceededRuns{}, OncePerAttempt{}, NoNeedlessBurn{}, TransferKept{},
		DeliveredOnce{}, OwnDevice{}, OncePerPoll{}, TransitionTime{}, Told{}, OnTime{}, OneEvent{}, Stable{}, LetsGo{},
	}
}

// Check returns what breaks one of the invariants, or nil.
func Check(e Evidence) *Violation {
	e.taken, e.onward = e.turns(), e.moved()
	return invariant.First(e.Versions[0].Object.Name, e, All())
}

// byHand says whether somebody other than the controller wrote a version's
// status: that step is theirs, and what follows is judged from it.
func (e Evidence) byHand(v Version) bool { return e.Foreign[v.Object.ResourceVersion] }

// attemptOf reads the generation and attempt out of a burn's key.
func attemptOf(key, uid string) (generation int64, attempt int32, ok bool) {
	rest, ours := strings.CutPrefix(key, uid+"/")
	parts := strings.SplitN(rest, "/", 3)
	if !ours || len(parts) < 2 {
		return 0, 0, false
	}
	g, err1 := strconv.ParseInt(parts[0], 10, 64)
	n, err2 := strconv.ParseInt(parts[1], 10, 32)
	return g, int32(n), err1 == nil && err2 == nil
}
