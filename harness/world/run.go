package world

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"example.com/edge-device-operator/harness/virtualtime"
)

const (
	// maxSteps bounds the number of steps within spin of virtual time. A controller
	// that needs more is in a loop.
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
			return false, &SpinError{maxSteps, w.Now()}
		}
		if err := w.advance(ctx, next); err != nil {
			return false, err
		}
	}
}

// advance moves time. Where two may wait for one system, several controllers, people or
// late requests, those that waited for the same instant go on one after the other, each
// to where it waits again.
func (w *World) advance(ctx context.Context, to time.Time) error {
	for w.clock.Step(to) {
		if !w.together.Load() && w.options.Schedule != Sequential && w.manual.busy.Load() == 0 && len(w.requestFaults.Serving()) == 0 {
			continue
		}
		if err := w.quiet(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Settle waits until nothing is left to do at this instant, and checks the
// invariants. Workers take keys, requests at the sequencer go on, and late ones
// arrive, when nothing else runs.
func (w *World) Settle(ctx context.Context) error {
	for steps := 0; ; steps++ {
		if err := w.rest(ctx); err != nil {
			return err
		}
		// Of a controller that is killed, nothing else goes on but what does beside.
		if w.options.Schedule == Sequential {
			if w.crash != nil && w.operations.Hit(*w.crash) > 0 {
				return nil
			}
			switch struck, err := w.strike(ctx); {
			case err != nil:
				return err
			case struck:
				continue
			}
		}
		if w.sequencer.Next() == 0 && w.deliver(ctx) == 0 {
			acted, err := w.strike(ctx)
			if err == nil && !acted {
				acted, err = w.standIn(ctx)
			}
			if err != nil || !acted {
				return err
			}
		}
		if steps > maxSteps && steps > maxSteps*(1+w.objects()) {
			return &SpinError{steps, w.Now()}
		}
	}
}

// deliver has the late requests arrive that are due, and returns their number.
func (w *World) deliver(ctx context.Context) int {
	limited, cancel := w.options.Settle(ctx)
	defer cancel()
	return w.requestFaults.Deliver(limited)
}

// standIn has one of those act that stand in for controllers, and says whether one did.
func (w *World) standIn(ctx context.Context) (bool, error) {
	acted, err := w.react(ctx)
	if acted || err != nil || w.collector == nil {
		return acted, err
	}
	return w.collector.collect(ctx)
}

// quiet waits until nothing runs.
func (w *World) quiet(ctx context.Context) error {
	limited, cancel := w.options.Settle(ctx)
	defer cancel()
	err := w.quiescence.Settle(limited)
	var unsettled *virtualtime.UnsettledError
	if errors.As(err, &unsettled) {
		for _, n := range slices.Sorted(maps.Keys(w.controllers)) {
			unsettled.Running = append(unsettled.Running, w.controllers[n].Blocked()...)
		}
	}
	return err
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
	if w.unended != nil {
		return w.unended
	}
	if w.hooks.Checker == nil {
		return nil
	}
	return w.hooks.Checker.Check()
}
