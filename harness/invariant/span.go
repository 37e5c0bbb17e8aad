package invariant

import "time"

// Span is some time in which something was the case.
type Span struct {
	// From and To are its ends; To is zero while it lasts.
	From, To time.Time
}

// Has says whether a time is in the span, the ends included.
func (s Span) Has(t time.Time) bool { return !s.From.After(t) && (s.To.IsZero() || !t.After(s.To)) }

// Overlaps says whether two spans have a time in common, the ends included.
func (s Span) Overlaps(o Span) bool {
	return (s.To.IsZero() || !s.To.Before(o.From)) && (o.To.IsZero() || !o.To.Before(s.From))
}

// Incarnation is one incarnation of a controller.
type Incarnation struct {
	// Name is the controller's name.
	Name string
	// From and To are when it began and ended; To is zero while it lasts.
	From, To time.Time
}

// Has says whether the controller was alive at a time, and went on to be.
func (l Incarnation) Has(t time.Time) bool {
	return !l.From.After(t) && (l.To.IsZero() || t.Before(l.To))
}

// Wait is some time in which a controller's queue held an object, ready to be
// reconciled, and no worker took it.
type Wait struct {
	// By names the controller.
	By string
	// Span is how long it waited.
	Span
	// Before counts the reconciles that came before it where who comes first is
	// served first: those under way when it began to wait, and the first that was
	// begun meanwhile of each object.
	Before int
}
