// Package transition is the table of the transitions that a DeviceDeployment's status may
// make. The API server enforces the same table with the CEL rules of the
// CustomResourceDefinition. The operator doesn't ask it: tests and invariants compare what
// the operator does with it.
package transition

import (
	"slices"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// Position is the part of a status that a transition changes.
type Position struct {
	Generation int64
	Phase      v1.Phase
	Attempts   int32
}

// follows lists the phases that may follow each phase within a generation.
var follows = map[v1.Phase][]v1.Phase{
	v1.Pending:      {v1.Transferring},
	v1.Transferring: {v1.Rebooting, v1.Verifying, v1.Pending, v1.Failed},
	v1.Rebooting:    {v1.Verifying, v1.Pending, v1.Failed},
	v1.Verifying:    {v1.Succeeded, v1.Pending, v1.Failed},
}

// Follows lists the phases that may follow one within a generation, none after the last.
func Follows(p v1.Phase) []v1.Phase { return slices.Clone(follows[p]) }

// ranks orders the phases within an attempt. Every transition strictly increases
// (observedGeneration, attempts, rank), compared lexicographically.
var ranks = map[v1.Phase]int{
	v1.Transferring: 1, v1.Rebooting: 2, v1.Verifying: 3,
	v1.Pending:   4,
	v1.Succeeded: 5, v1.Failed: 5,
}

// Allowed says whether a status may move from one position to another. The zero Position
// stands for no status.
func Allowed(from, to Position) bool {
	if from == to {
		return true
	}
	if from.Phase == "" || to.Generation > from.Generation {
		return to.Phase == v1.Pending && to.Attempts == 0
	}
	attempts := from.Attempts
	if from.Phase == v1.Pending {
		attempts++
	}
	return to.Generation == from.Generation && to.Attempts == attempts && slices.Contains(follows[from.Phase], to.Phase)
}

// Less says whether a comes before b in the order in which every transition moves forward.
func Less(a, b Position) bool {
	if a.Generation != b.Generation {
		return a.Generation < b.Generation
	}
	if a.Attempts != b.Attempts {
		return a.Attempts < b.Attempts
	}
	return ranks[a.Phase] < ranks[b.Phase]
}
