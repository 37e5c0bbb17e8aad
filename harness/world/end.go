package world

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.com/edge-device-operator/harness/invariant"
)

// LeastPatience is how long a world waits at least: an API server that refuses
// requests, or that was unreachable, delays things by minutes.
const LeastPatience = 24 * time.Hour

// RunUntilEnded lets the world run until its goal is reached; where it has none,
// until nothing is left to happen. Where that doesn't come about, the error is a
// *ViolationError, or an *UnendedError if no controller could have brought it
// about; that comes at once where none can write so.
func (w *World) RunUntilEnded(ctx context.Context) error {
	patience := w.patience(w.obstacle() != "")
	ended, err := w.run(ctx, w.clock.Now().Add(patience.For), func() (bool, error) {
		if w.hooks.Goal == nil {
			return false, nil
		}
		left, err := w.hooks.Goal.Unended()
		if err == nil && len(left) > 0 {
			err = w.errUnreachable()
		}
		return len(left) == 0, err
	})
	if err == nil && !ended {
		return w.endlessError(patience)
	}
	return err
}

// errUnreachable says why no controller reaches the API server, nil if one does or none
// is running.
func (w *World) errUnreachable() error {
	if err := w.errDown(); err != nil {
		return &UnendedError{Why: fmt.Sprintf("nothing can end: %v", err)}
	}
	if len(w.controllers) == 0 || w.reaching() {
		return nil
	}
	return &UnendedError{Why: "nothing can end: no controller reaches the API server, and one has to first"}
}

// patience is how long the world waits for its goal.
func (w *World) patience(obstructed bool) Patience {
	if w.hooks.Goal == nil {
		return Patience{For: LeastPatience}
	}
	return w.hooks.Goal.Patience(obstructed)
}

// endlessError is why a world hasn't ended in which nothing is left to happen, or
// that has run out of patience: a broken promise, unless something keeps the
// controllers from keeping it.
func (w *World) endlessError(patience Patience) error {
	w.Tell()
	why := "nothing more happens"
	_, goesOn := w.clock.Next()
	if goesOn {
		why = fmt.Sprintf("it goes on for longer than %v", patience.For)
	}
	goal := w.hooks.Goal
	switch {
	case goal == nil && goesOn:
		return &UnendedError{Why: why + "; name a time with run until= or for=", Last: w.returns.latest(), GoesOn: w.obstacle() == ""}
	case goal == nil:
		return nil
	}
	all, err := goal.Unended()
	if err != nil || len(all) == 0 {
		return err
	}
	object, state := all[0], goal.State(all[0])
	obstacle := w.obstacle()
	if goesOn && patience.Short != "" {
		obstacle = patience.Short
	}
	if obstacle != "" {
		return &UnendedError{Why: fmt.Sprintf("%s does not end: %s, and %s, since %s; name a time with run until= or for=, or put that right before",
			object.GetName(), state, why, obstacle)}
	}
	if goesOn {
		why += ", " + patience.Why
	}
	return w.unkept(goal, object, state, why)
}

// unkept says that an object has not reached its goal, although nothing prevented that.
func (w *World) unkept(goal Goal, object client.Object, state, why string) error {
	return w.Violated(invariant.Violation{Promise: goal.Promise(), Object: object.GetName(), Breach: invariant.Breach{
		At: w.clock.Now(), Expected: goal.Expected(), Found: fmt.Sprintf("%s, and %s", state, why),
	}})
}

// obstacle is what prevents every controller from working, empty if nothing does.
func (w *World) obstacle() string {
	switch {
	case len(w.armed.restarts) > 0, slices.ContainsFunc(w.armed.windows, func(of *window) bool { return of.timed }):
		return "" // it passes by itself
	case len(w.controllers) == 0:
		return "no controller is running"
	case !w.watching():
		return "no controller's watch is up"
	}
	return ""
}

// UnendedError says that a world's goal was not reached, and that no controller could
// reach it.
type UnendedError struct {
	// Why names the object, and what prevents its end.
	Why string
	// Last says what was reconciled last, and why that failed, in a world without a goal;
	// empty if nothing was. What an operator's error says may differ from run to run.
	Last string
	// GoesOn says that nothing prevents it, in a world without a goal: there was something
	// left to do all the time.
	GoesOn bool
}

// Error is one line.
func (e *UnendedError) Error() string {
	if e.Last == "" {
		return e.Why
	}
	return e.Why + "; " + e.Last
}
