package invariant

import (
	"fmt"
	"testing"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// phases are all phases.
var phases = []v1.Phase{v1.Pending, v1.Transferring, v1.Rebooting, v1.Verifying, v1.Succeeded, v1.Failed}

// TestMonotonicKnowsTheTable tries every transition within a generation. The allowed
// ones are copied from the documented table.
func TestMonotonicKnowsTheTable(t *testing.T) {
	may := map[string]bool{
		"Pending 1 → Transferring 2":      true,
		"Transferring 1 → Rebooting 1":    true,
		"Transferring 1 → Verifying 1":    true,
		"Transferring 1 → Pending 1":      true,
		"Transferring 1 → Failed 1":       true,
		"Rebooting 1 → Verifying 1":       true,
		"Rebooting 1 → Pending 1":         true,
		"Rebooting 1 → Failed 1":          true,
		"Verifying 1 → Succeeded 1":       true,
		"Verifying 1 → Pending 1":         true,
		"Verifying 1 → Failed 1":          true,
		"Pending 1 → Pending 1":           true, // a write that repeats it
		"Transferring 1 → Transferring 1": true,
		"Rebooting 1 → Rebooting 1":       true,
		"Verifying 1 → Verifying 1":       true,
		"Succeeded 1 → Succeeded 1":       true,
		"Failed 1 → Failed 1":             true,
	}
	way := map[v1.Phase][]v1.Phase{
		v1.Pending:      {v1.Transferring, v1.Pending},
		v1.Transferring: {v1.Transferring},
		v1.Rebooting:    {v1.Transferring, v1.Rebooting},
		v1.Verifying:    {v1.Transferring, v1.Rebooting, v1.Verifying},
		v1.Succeeded:    {v1.Transferring, v1.Rebooting, v1.Verifying, v1.Succeeded},
		v1.Failed:       {v1.Transferring, v1.Failed},
	}
	next := map[v1.Phase]string{
		v1.Pending:      "Transferring (generation 1, attempt 2)",
		v1.Transferring: "Pending or Rebooting or Verifying or Failed (generation 1, attempt 1)",
		v1.Rebooting:    "Pending or Verifying or Failed (generation 1, attempt 1)",
		v1.Verifying:    "Pending or Succeeded or Failed (generation 1, attempt 1)",
		v1.Succeeded:    "nothing more",
		v1.Failed:       "nothing more",
	}
	seen := 0
	for _, from := range phases {
		for _, to := range phases {
			for attempts := int32(0); attempts <= 3; attempts++ {
				name := fmt.Sprintf("%s 1 → %s %d", from, to, attempts)
				r := row{name: name, versions: []Version{created(0), stored(0, 1, v1.Pending, 0)}}
				for _, p := range way[from] {
					r.versions = append(r.versions, stored(1, 1, p, 1))
				}
				r.versions = append(r.versions, stored(2, 1, to, attempts))
				if may[name] {
					seen++
				} else {
					r.at, r.expected, r.found = 2, fmt.Sprintf("%s (generation 1, attempt 1) → %s", from, next[from]), fmt.Sprintf("%s (generation 1, attempt 1) → %s (generation 1, attempt %d)", from, to, attempts)
				}
				r.check(t, Monotonic{})
			}
		}
	}
	if seen != len(may) {
		t.Errorf("%d of the %d transitions that may be were tried", seen, len(may))
	}
}

func TestMonotonic(t *testing.T) {
	ahead := stored(1, 2, v1.Pending, 0)
	ahead.Object.Generation = 1
	foreign := stored(1, 9, v1.Pending, 0)
	foreign.Object.Generation, foreign.Object.ResourceVersion = 1, "7"
	edited := stored(3, 9, v1.Pending, 0)
	edited.Object.Generation = 2
	wiped := created(2)
	for _, r := range []row{
		{name: "no status yet", versions: []Version{created(0), created(1)}},
		{name: "a first status that is Pending", versions: []Version{created(0), stored(0, 1, v1.Pending, 0)}},
		{name: "a first status that is not", versions: []Version{created(0), stored(3, 1, v1.Transferring, 1)},
			at: 3, expected: "no status → Pending (generation 1, attempt 0)", found: "no status → Transferring"},
		{name: "a first status with an attempt", versions: []Version{created(0), stored(3, 1, v1.Pending, 1)},
			at: 3, found: "no status → Pending"},
		{name: "a status that is taken away", versions: []Version{stored(0, 1, v1.Pending, 0), wiped},
			at: 2, found: "Pending (generation 1, attempt 0) → no status"},
		{name: "another generation starts again", versions: []Version{stored(0, 1, v1.Pending, 0), stored(0, 1, v1.Transferring, 1), stored(4, 2, v1.Pending, 0)}},
		{name: "another generation after the end", versions: []Version{stored(0, 1, v1.Pending, 0), stored(0, 1, v1.Transferring, 1), stored(0, 1, v1.Failed, 1), stored(4, 2, v1.Pending, 0)}},
		{name: "a generation is skipped", versions: []Version{stored(0, 1, v1.Pending, 0), stored(4, 3, v1.Pending, 0)}},
		{name: "another generation goes on", versions: []Version{stored(0, 1, v1.Pending, 0), stored(0, 1, v1.Transferring, 1), stored(4, 2, v1.Rebooting, 1)},
			at: 4, found: "Transferring (generation 1, attempt 1) → Rebooting (generation 2, attempt 1)"},
		{name: "another generation keeps its attempts", versions: []Version{stored(0, 1, v1.Pending, 0), stored(0, 1, v1.Transferring, 1), stored(4, 2, v1.Pending, 1)},
			at: 4, expected: "Transferring (generation 1, attempt 1) → Pending (generation 2, attempt 0)", found: "→ Pending (generation 2, attempt 1)"},
		{name: "an older generation comes back", versions: []Version{stored(0, 2, v1.Pending, 0), stored(4, 1, v1.Pending, 0)},
			at: 4, found: "Pending (generation 2, attempt 0) → Pending (generation 1, attempt 0)"},
		{name: "a status ahead of its object", versions: []Version{created(0), ahead},
			at: 1, expected: "observedGeneration 1 at most, the object's generation", found: "observedGeneration 2"},
		{name: "a status ahead of its object that somebody else wrote", versions: []Version{created(0), foreign, edited},
			foreign: map[string]bool{"7": true}},
	} {
		r.check(t, Monotonic{})
	}
}
