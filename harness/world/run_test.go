package world

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/virtualtime"
)

// bare is a world without a control plane: its clock, and what runs in it.
func bare() *World {
	quiescence, clock := virtualtime.NewQuiescence(), virtualtime.NewClock(Start)
	return &World{
		options: Options{Settle: func(ctx context.Context) (context.Context, context.CancelFunc) { return ctx, func() {} }},
		clock:   clock, quiescence: quiescence, syncTracker: process.NewSyncTracker(quiescence), operations: process.NewOperations(),
		requestFaults: process.NewRequestFaults(clock), sequencer: process.NewSequencer(0), manual: newManualRequests(), controllers: map[int]*process.Process{},
	}
}

// at has something be done at a virtual time since the beginning.
func (w *World) at(d time.Duration, do func()) { w.clock.At(Start.Add(d), do) }

// checking is a Checker that is a function.
type checking func() error

func (checking) Exchanged(process.Exchange) {}
func (c checking) Check() error             { return c() }

// TestRunGoesFromRestToRest has the world be checked before time moves and after
// each time at which something is due, and what is due later stay undone.
func TestRunGoesFromRestToRest(t *testing.T) {
	w := bare()
	var done []string
	w.hooks.Checker = checking(func() error { done = append(done, fmt.Sprint("check ", w.Now())); return nil })
	for _, s := range []int{2, 1, 3} {
		w.at(time.Duration(s)*time.Second, func() { done = append(done, fmt.Sprint("due ", w.Now())) })
	}
	if err := w.RunUntil(t.Context(), 2500*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	want := []string{"check 0s", "due 1s", "check 1s", "due 2s", "check 2s"}
	if !slices.Equal(done, want) || w.Now() != 2500*time.Millisecond {
		t.Errorf("by %v there was %q, want %q", w.Now(), done, want)
	}
	if err := w.RunUntil(t.Context(), time.Second); err == nil || !strings.Contains(err.Error(), "it is already 2.5s") {
		t.Errorf("back in time: %v", err)
	}
}

// TestRunWaitsForWhatRuns has time stand while something runs that was due.
func TestRunWaitsForWhatRuns(t *testing.T) {
	w := bare()
	var ended, second time.Duration
	w.at(time.Second, func() {
		token := w.quiescence.Begin("work")
		go func() {
			ended = w.Now()
			token.End()
		}()
	})
	w.at(2*time.Second, func() { second = ended })
	if err := w.RunUntil(t.Context(), 3*time.Second); err != nil {
		t.Fatal(err)
	}
	if ended != time.Second || second != time.Second {
		t.Errorf("the work ended at %v, and at 2s it had at %v", ended, second)
	}
}

func TestRunEnds(t *testing.T) {
	w := bare()
	w.at(time.Second, func() {})
	w.at(2*time.Second, func() {})
	end, err := w.run(t.Context(), Start.Add(time.Hour), func() (bool, error) { return w.Now() == time.Second, nil })
	if !end || err != nil || w.Now() != time.Second {
		t.Errorf("it ended %t at %v, %v", end, w.Now(), err)
	}
	end, err = w.run(t.Context(), Start.Add(time.Hour), func() (bool, error) { return false, nil })
	if end || err != nil || w.Now() != 2*time.Second {
		t.Errorf("with nothing left it ended %t at %v, %v", end, w.Now(), err)
	}
}

// TestRunSaysWhy has each error end a run, at its time.
func TestRunSaysWhy(t *testing.T) {
	broken := errors.New("a promise is broken")
	w := bare()
	w.at(time.Second, func() {})
	w.hooks.Checker = checking(func() error {
		if w.Now() == time.Second {
			return broken
		}
		return nil
	})
	if err := w.RunUntil(t.Context(), time.Hour); !errors.Is(err, broken) || w.Now() != time.Second {
		t.Errorf("a check says %v at %v", err, w.Now())
	}
	w = bare()
	if _, err := w.run(t.Context(), Start.Add(time.Hour), func() (bool, error) { return false, broken }); !errors.Is(err, broken) {
		t.Errorf("a goal says %v", err)
	}
	w = bare()
	given, giveUp := context.WithCancelCause(t.Context())
	giveUp(broken)
	if err := w.RunUntil(given, time.Hour); !errors.Is(err, broken) {
		t.Errorf("a run that was given up says %v", err)
	}
	w = bare()
	w.options.Settle = func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancelCause(ctx)
		cancel(broken)
		return ctx, func() {}
	}
	defer w.quiescence.Begin("a reconciler that never returns").End()
	var unsettled *virtualtime.UnsettledError
	if err := w.RunUntil(t.Context(), time.Hour); !errors.As(err, &unsettled) || !errors.Is(err, broken) || !slices.Equal(unsettled.Running, []string{"a reconciler that never returns"}) {
		t.Errorf("a world that doesn't settle says %v", err)
	}
}

// TestRunTellsASpinFromAPoll has something be due again and again: within a moment it
// is a spin, and once a second it may go on.
func TestRunTellsASpinFromAPoll(t *testing.T) {
	for every, spins := range map[time.Duration]bool{time.Microsecond: true, time.Second: false} {
		w := bare()
		var again func()
		again = func() { w.clock.At(w.clock.Now().Add(every), again) }
		again()
		err := w.RunUntil(t.Context(), 2*maxSteps*every)
		if is := err != nil && strings.Contains(err.Error(), "the world spins"); is != spins {
			t.Errorf("every %v: %v", every, err)
		}
	}
}
