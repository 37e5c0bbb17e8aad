// Package invariant is what a promise is made of that has to be kept in every
// run, whatever was killed or broke. It knows no particular operator: what a
// promise goes by is its own.
package invariant

import "time"

// Breach is what breaks an invariant.
type Breach struct {
	// At is when it was broken.
	At time.Time
	// Expected says what would have kept the promise there, and Found what was
	// the case instead.
	Expected, Found string
}

// Violation is a promise that was not kept.
type Violation struct {
	// Promise is what was promised.
	Promise string
	// Object is the object's name.
	Object string
	// Breach is what broke it.
	Breach
}

// Invariant is something that must be true of every object, as far as evidence
// of that type shows.
type Invariant[E any] interface {
	// Promise says it in one sentence.
	Promise() string
	// Check returns what breaks it first, nil where nothing does.
	Check(E) *Breach
}

// First returns what breaks the first of the invariants that doesn't hold of an
// object, or nil.
func First[E any](object string, evidence E, all []Invariant[E]) *Violation {
	for _, i := range all {
		if b := i.Check(evidence); b != nil {
			return &Violation{i.Promise(), object, *b}
		}
	}
	return nil
}
