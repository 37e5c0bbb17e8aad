package invariant

import "time"

// Span is a span of virtual time.
type Span struct {
	// From and To are its ends; To is zero while it lasts.
	From, To time.Time
}

// Has says whether a time is in the span, ends included.
func (s Span) Has(t time.Time) bool { return !s.From.After(t) && (s.To.IsZero() || !t.After(s.To)) }

// Overlaps says whether two spans have a time in common, ends included.
func (s Span) Overlaps(o Span) bool {
	return (s.To.IsZero() || !s.To.Before(o.From)) && (o.To.IsZero() || !o.To.Before(s.From))
}

// Incarnation is one process of a controller.
type Incarnation struct {
	// Name is the controller's name.
	Name string
	// From and To are when it started and ended; To is zero while it runs.
	From, To time.Time
	// Stopping is when it was told to stop, zero if it never was. From then on it takes
	// nothing up any more, and only brings to its end what it has begun.
	Stopping time.Time
}

// Has says whether the controller was running at a time and ran on.
func (l Incarnation) Has(t time.Time) bool {
	return !l.From.After(t) && (l.To.IsZero() || t.Before(l.To))
}

// TakesUp says whether the controller took up what came at a time.
func (l Incarnation) TakesUp(t time.Time) bool {
	return l.Has(t) && (l.Stopping.IsZero() || t.Before(l.Stopping))
}

// Wait is a span in which a controller's queue held an object that was ready, and no
// worker took it.
type Wait struct {
	// By is the controller's name.
	By string
	// Span is when it waited.
	Span
	// Before counts the reconciles before it in a first-come-first-served queue: those
	// under way when the wait began, and the first of each object that began during the
	// wait.
	Before int
}
