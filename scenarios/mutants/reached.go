package mutants

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	"example.com/edge-device-operator/harness/scenario"
)

// Reached says in which runs of the unbroken operator mutants would have made a difference.
// A run without one is the same with that mutant, and need not be played.
type Reached struct {
	// Always are the numbers of the mutants that differ before any run, such as a variable's
	// first value: they may differ in each run. All numbers are sorted.
	Always []int `json:"always"`
	// Runs are those of the mutants in each run, by RunOf.
	Runs map[string][]int `json:"runs"`
	// Requests is how many requests the controllers sent in each scenario.
	Requests map[string]int `json:"requests"`
}

// RunOf identifies the run of a file.
func RunOf(f *scenario.File) string {
	sum := sha256.Sum256([]byte(f.Name() + "\n" + f.Text()))
	return hex.EncodeToString(sum[:8])
}

// By says whether a run may be another one with a mutant. One that is not known may.
func (r Reached) By(number int, run string) bool {
	all, known := r.Runs[run]
	if !known {
		return true
	}
	_, always := slices.BinarySearch(r.Always, number)
	_, here := slices.BinarySearch(all, number)
	return always || here
}

// Add adds what another process has noted.
func (r *Reached) Add(other Reached) {
	r.Always = other.Always // each process begins in the same way
	if r.Runs == nil {
		r.Runs, r.Requests = map[string][]int{}, map[string]int{}
	}
	maps.Copy(r.Runs, other.Runs)
	maps.Copy(r.Requests, other.Requests)
}
