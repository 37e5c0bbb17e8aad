// Package invariant holds what must be true of every DeviceDeployment, whatever was
// killed or broke. Each invariant is checked against the API server's history and the
// devices' ground truth, never against what the controller or a device says.
package invariant

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"

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
	// Operation is the number of the operation that stored it; 0 if somebody else
	// did, if it arrived late, or if no answer says who did.
	Operation int
	// Late is the number of the operation that stored it, if that arrived late; else 0.
	Late int
	// After is the number of the last operation before it, if somebody other than the
	// controller wrote the status, or a write that was late; else 0.
	After int
}

// Return is the end of a reconcile.
type Return struct {
	// By is the controller's name, and Reconcile the number of the reconcile among its
	// reconciles of the object.
	By        string
	Reconcile int
	// At is when it returned, and Failed says that it returned an error.
	At     time.Time
	Failed bool
}

// Evidence is all that is known of one object and its device.
type Evidence struct {
	// Versions is the object's history, oldest first: one uid, at least one
	// version.
	Versions []Version
	// Foreign holds the resourceVersions of the versions in which somebody other than
	// the controller wrote the status.
	Foreign map[string]bool
	// Initial is the image that the device ran at first.
	Initial string
	// StateChanges are the real changes of the device's state, oldest first.
	StateChanges []devicesim.StateChange
	// Deleted is when the object was removed, zero while it exists.
	Deleted time.Time
	// Operations are the numbered requests for the object, in the order in which they
	// left. Observations that were checked, and led to nothing but the next poll, may
	// be missing.
	Operations []Operation
	// Returns are the reconciles that have returned. Those without an error that were
	// checked may be missing.
	Returns []Return
	// BeyondBound says that the device may give more wrong readings than the bound
	// allows. Its clients then can't know whether an attempt failed, or what it runs.
	BeyondBound bool
	// Strays are the times at which requests reached the device that were no operation.
	Strays []time.Time
	// Events are the Events about the object, in no order. They are known only when the
	// run is Over.
	Events []Event
	Over   bool
	// Incarnations are those of all controllers.
	Incarnations []Incarnation
	// Stale are the times at which a controller's cache may have been stale.
	Stale []Span
	// Waits are the times at which the object waited for a worker. Those that came
	// before missing observations are missing, too.
	Waits []Wait
	// UnderWay are the times of reconciles that were cut off by a kill or have not
	// returned yet. How long their last operation takes is unknown.
	UnderWay []Span
	// Workers is how many objects a controller reconciles at a time.
	Workers int
	// Wakes are the times at which something other than a timer or a change woke the
	// controllers.
	Wakes []time.Time
	// Timing holds the operator's poll interval and deadlines.
	Timing rollout.Timing
	// CallTimeout bounds each request to a device.
	CallTimeout time.Duration
	// Now is when the evidence was taken.
	Now time.Time

	reconcileCache []reconcile // what reconciles returns, set by Check
	versionCache   []Version   // what withoutReports returns, set by Check
}

// The general types, for the evidence of this package.
type (
	// Breach is how an invariant was broken.
	Breach = invariant.Breach
	// Violation is a broken invariant.
	Violation = invariant.Violation
	// Invariant is something that must be true of every object.
	Invariant = invariant.Invariant[Evidence]
	// Span is a span of virtual time.
	Span = invariant.Span
	// Incarnation is one process of a controller.
	Incarnation = invariant.Incarnation
	// Wait is a span in which an object waited for a worker.
	Wait = invariant.Wait
)

// breach returns a Breach at a time.
func breach(at time.Time, expected, found string) *Breach {
	return &Breach{At: at, Expected: expected, Found: found}
}

// All lists the invariants that are checked in every run.
func All() []Invariant {
	return []Invariant{
		Monotonic{}, AttemptsExact{}, NeverInvalid{}, OptimisticConcurrency{}, WriteAhead{}, ObserveReadPost{}, Advances{}, FailuresReal{}, SucceededRuns{}, OncePerAttempt{}, NoNeedlessBurn{}, TransferKept{},
		DeliveredOnce{}, OwnDevice{}, Bounded{}, OncePerPoll{}, TransitionTime{}, Reported{}, OnTime{}, OneEvent{}, Stable{}, StopsOnDeletion{}, Stops{}, Acts{}, Retries{}, LiveReads{}, Errors{}, Quiet{}, Jitter{},
		Conditions{}, Outcome{}, Unfinished{}, EventsTell{}, // what is said comes after what is done
	}
}

// Check returns the first broken invariant, or nil.
func Check(e Evidence) *Violation {
	e.reconcileCache, e.versionCache = e.reconciles(), e.withoutReports()
	return invariant.First(e.Versions[0].Object.Name, e, All())
}

// byHand says whether somebody other than the controller wrote a version's status.
// That transition is not the operator's; what follows is judged from it.
func (e Evidence) byHand(v Version) bool { return e.Foreign[v.Object.ResourceVersion] }

// attemptKey is the key of an attempt's burn.
func attemptKey(uid types.UID, generation int64, attempt int32) string {
	return fmt.Sprintf("%s/%d/%d", uid, generation, attempt)
}

// attemptOf parses a burn's key. ok is false if it isn't a key of this object. What follows
// the attempt, and zeros before a number, make no difference: see burnsFor.
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
