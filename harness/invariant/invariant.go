// Package invariant holds the general types of invariants: promises that every run must
// keep, whatever was killed or broke. The type of the evidence is a parameter, so the
// package depends on no operator.
package invariant

import "time"

// Breach is how an invariant was broken.
type Breach struct {
	// At is when it was broken.
	At time.Time
	// Expected says what would have kept the promise, Found what happened instead.
	Expected, Found string
}

// Violation is a broken invariant.
type Violation struct {
	// Promise is the invariant in one sentence.
	Promise string
	// Object is the object's name.
	Object string
	// Breach is how it was broken.
	Breach
}

// Invariant is something that must be true of every object, as far as the evidence
// shows.
type Invariant[E any] interface {
	// Promise returns it in one sentence.
	Promise() string
	// Check returns how it was first broken, nil if it was not.
	Check(E) *Breach
}

// First returns a Violation of the first of the invariants that is broken, or nil.
func First[E any](object string, evidence E, all []Invariant[E]) *Violation {
	for _, i := range all {
		if b := i.Check(evidence); b != nil {
			return &Violation{i.Promise(), object, *b}
		}
	}
	return nil
}
