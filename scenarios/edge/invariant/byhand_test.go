package invariant

import (
	"testing"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// TestATransitionByHandBreaksNothing checks stories whose last version breaks an
// invariant if the controller wrote it, and none if somebody else did.
func TestATransitionByHandBreaksNothing(t *testing.T) {
	begun := func(more ...Version) []Version {
		return append([]Version{created(0), stored(0, 1, v1.Pending, 0), stored(0, 1, v1.Transferring, 1)}, more...)
	}
	for _, tt := range []struct {
		name string
		row
		broken Invariant
	}{
		{"gives an attempt up", row{versions: begun(stored(5, 1, v1.Pending, 1))}, FailuresReal{}},
		{"makes a judgement that fails", row{versions: begun(stored(3, 1, v1.Rebooting, 1), stored(5, 1, v1.Failed, 1))}, FailuresReal{}},
		{"says that it succeeded", row{versions: begun(stored(9, 1, v1.Verifying, 1), stored(9, 1, v1.Succeeded, 1))}, SucceededRuns{}},
		{"says that it is staged", row{versions: begun(stored(9, 1, v1.Rebooting, 1).by(3)), more: known(observes(1, 1, 9), made(3, 1, 9, Write))}, Advances{}},
		{"starts the retry early", row{versions: begun(stored(9, 1, v1.Pending, 1), stored(10, 1, v1.Transferring, 2)), more: backoffOf30}, OnTime{}},
	} {
		last := tt.versions[len(tt.versions)-1]
		last.Object.ResourceVersion = "7"
		tt.row.name = tt.name + ", by hand"
		tt.foreign = map[string]bool{"7": true}
		if tt.name == "makes a judgement that fails" {
			// The transition before it was made by hand.
			last.Object.ResourceVersion, tt.versions[len(tt.versions)-2].Object.ResourceVersion = "", "7"
		}
		tt.check(t, tt.broken)
		tt.row.name, tt.foreign = tt.name+", the controller", nil
		tt.at, tt.found = int(last.At.Sub(start).Seconds()), " "
		tt.check(t, tt.broken)
	}
}

// backoffOf30 sets a backoff of 30 s in every version.
func backoffOf30(e *Evidence) {
	backoff := int32(30)
	for _, v := range e.Versions {
		v.Object.Spec.RetryPolicy.BackoffSeconds = &backoff
	}
}

// TestATransitionByHandHasItsPlaceInItsInstant has a person write Rebooting between two
// observations of one instant: the second is the first one in Rebooting.
func TestATransitionByHandHasItsPlaceInItsInstant(t *testing.T) {
	rebooting := stored(5, 1, v1.Rebooting, 1)
	rebooting.After = 4
	versions := []Version{created(0), stored(0, 1, v1.Pending, 0).by(1), stored(0, 1, v1.Transferring, 1).by(2), rebooting}
	for _, r := range []row{
		{name: "an observation at once", versions: versions, more: known(made(1, 1, 0, Write), made(2, 2, 0, Write), observes(3, 3, 5), observes(5, 4, 5), observes(7, 5, 10))},
		{name: "no observation at once", versions: versions, more: known(made(1, 1, 0, Write), made(2, 2, 0, Write), observes(3, 3, 5), observes(5, 4, 10)),
			at: 10, expected: "Rebooting is followed by a first observation", found: "5s after one could"},
	} {
		r.check(t, OnTime{})
	}
	late := stored(0, 1, v1.Pending, 1)
	late.At, late.After, late.Object.ResourceVersion = second(40), 4, "7"
	row{name: "a retry that was due before it was written", versions: []Version{created(0), stored(0, 1, v1.Pending, 0), stored(0, 1, v1.Transferring, 1), late, stored(40, 1, v1.Transferring, 2).by(5)},
		foreign: map[string]bool{"7": true}, more: backoffOf30}.check(t, OnTime{})
}
