package world

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"example.com/edge-device-operator/harness/trace"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

const (
	// CallTimeout bounds the operator's calls of a device, in virtual time.
	CallTimeout = 5 * time.Second
	// maxSteps bounds the steps that a world takes within spin of virtual time:
	// more than that is a controller that spins.
	maxSteps = 1000
	spin     = 10 * time.Millisecond
)

// RunUntil lets the world run until a virtual time since its beginning, with
// the work included that is due at that time.
func (w *World) RunUntil(ctx context.Context, until time.Duration) error {
	if until < w.Now() {
		return fmt.Errorf("it is already %v", w.Now())
	}
	if _, err := w.run(ctx, Start.Add(until), func() (bool, error) { return false, nil }); err != nil {
		return err
	}
	w.clock.AdvanceTo(Start.Add(until))
	return nil
}

// RunUntilEnded lets the world run until every DeviceDeployment has Succeeded
// or Failed. Where one doesn't, the error is a *ViolationError, or an
// *UnendedError if no controller could have ended it; that comes at once where
// none can write so.
func (w *World) RunUntilEnded(ctx context.Context) error {
	patience, enough := w.patience(w.obstacle() != "")
	ended, err := w.run(ctx, w.clock.Now().Add(patience), func() (bool, error) {
		ended, err := w.allEnded()
		if err == nil && !ended {
			err = w.errUnreachable()
		}
		return ended, err
	})
	if err == nil && !ended {
		return w.endlessError(patience, enough)
	}
	return err
}

// errUnreachable says why no controller reaches the API server, and is nil if
// one does, or none lives.
func (w *World) errUnreachable() error {
	if err := w.errDown(); err != nil {
		return &UnendedError{fmt.Sprintf("no deployment can end: %v", err)}
	}
	if len(w.controllers) == 0 || w.reaching() {
		return nil
	}
	return &UnendedError{"no deployment can end: no controller reaches the API server, and one has to first"}
}

// run takes steps until one leads to the end, which it reports, or until
// nothing is due any more up to the given time.
func (w *World) run(ctx context.Context, until time.Time, ended func() (bool, error)) (bool, error) {
	since, steps := w.clock.Now(), 0
	for {
		if err := context.Cause(ctx); err != nil {
			return false, err
		}
		if err := w.Settle(ctx); err != nil {
			return false, err
		}
		if end, err := ended(); end || err != nil {
			return end, err
		}
		next, due := w.clock.Next()
		if !due || next.After(until) {
			return false, nil
		}
		if steps++; next.Sub(since) > spin {
			since, steps = next, 0
		}
		if steps > maxSteps {
			return false, fmt.Errorf("the world spins: %d steps without an end at %v", maxSteps, w.Now())
		}
		if err := w.advance(ctx, next); err != nil {
			return false, err
		}
	}
}

// advance moves time. Where two may wait for one device, several controllers or
// people, those that waited for the same instant go on one after the other, each
// to where it waits again.
func (w *World) advance(ctx context.Context, to time.Time) error {
	for w.clock.Step(to) {
		if !w.together.Load() && w.hands.busy.Load() == 0 {
			continue
		}
		if err := w.quiet(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Settle waits until nothing is left to do at this instant, and checks the
// invariants. Workers take keys, requests at the gate go on, and late ones
// arrive, when nothing else runs.
func (w *World) Settle(ctx context.Context) error {
	for steps := 0; ; steps++ {
		if err := w.rest(ctx); err != nil {
			return err
		}
		if w.gate.Next() == 0 && w.disturbances.Deliver() == 0 {
			return nil
		}
		if most := maxSteps * (1 + len(w.fleet.order)); steps > most {
			return fmt.Errorf("the world spins: %d steps at %v", most, w.Now())
		}
	}
}

// quiet waits until nothing runs.
func (w *World) quiet(ctx context.Context) error {
	limited, cancel := w.options.Settle(ctx)
	defer cancel()
	return w.activity.Settle(limited)
}

// rest waits until nothing runs, and checks the invariants.
func (w *World) rest(ctx context.Context) error {
	if err := w.quiet(ctx); err != nil {
		return err
	}
	for _, n := range slices.Sorted(maps.Keys(w.controllers)) {
		if err := w.controllers[n].Ended(); err != nil {
			return err
		}
	}
	return w.check()
}

// tellDeeds puts what the devices physically did into the trace.
func (w *World) tellDeeds() {
	for _, name := range w.fleet.order {
		m := w.fleet.find(name)
		deeds := m.device.Truth().Deeds
		for ; m.told < len(deeds); m.told++ {
			d := deeds[m.told]
			if d.Asked {
				m.asked = d.At
			}
			// What came of a request comes after it, and what that led to at
			// the same instant comes after that.
			early := !d.At.Equal(m.asked)
			w.trace.Add(trace.Line{At: d.At.Sub(Start), Object: name, Early: early, Text: deed(d)})
		}
	}
}

// allEnded says whether every DeviceDeployment that there is has Succeeded or
// Failed, or is being deleted.
func (w *World) allEnded() (bool, error) {
	all, err := w.unended()
	return len(all) == 0, err
}

// unended are the DeviceDeployments that have neither Succeeded nor Failed, by
// the API server's history, and still can: of one whose status somebody wrote
// ahead of its generation, or that is being deleted, a controller moves nothing.
func (w *World) unended() ([]*v1.DeviceDeployment, error) {
	all, err := w.history.present()
	return slices.DeleteFunc(all, func(last *v1.DeviceDeployment) bool {
		s := last.Status
		return s.ObservedGeneration == last.Generation && (s.Phase == v1.Succeeded || s.Phase == v1.Failed) ||
			s.ObservedGeneration > last.Generation || last.DeletionTimestamp != nil
	}), err
}
