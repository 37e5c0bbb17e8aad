package virtualtime

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"
)

var start = time.Date(2026, time.January, 1, 0, 0, 0, 123456000, time.UTC)

func TestAdvanceToDoesWhatIsDueInOrder(t *testing.T) {
	c := NewClock(start)
	var happened []string
	note := func(what string) func() {
		return func() { happened = append(happened, what+" at "+c.Since(start).String()) }
	}
	c.At(start.Add(2*time.Second), note("second"))
	c.At(start.Add(time.Second), func() {
		note("first")()
		c.At(start.Add(1500*time.Millisecond), note("set by the first"))
	})
	c.At(start.Add(2*time.Second), note("third, set later"))
	c.At(start.Add(time.Second), note("never"))()
	c.At(start.Add(time.Hour), note("not yet due"))
	c.AdvanceTo(start.Add(time.Minute))
	want := []string{"first at 1s", "set by the first at 1.5s", "second at 2s", "third, set later at 2s"}
	if !reflect.DeepEqual(happened, want) {
		t.Errorf("happened %q, want %q", happened, want)
	}
	if next, ok := c.Next(); !ok || !next.Equal(start.Add(time.Hour)) {
		t.Errorf("the next deadline is %v, %t", next, ok)
	}
	if c.Since(start) != time.Minute || c.Until(start.Add(time.Hour)) != 59*time.Minute {
		t.Errorf("it is %v", c.Now())
	}
}

// TestStepGoesOwnerByOwner: which task set its deadline first may be chance, so
// that it must not matter. What is nobody's comes before.
func TestStepGoesOwnerByOwner(t *testing.T) {
	c, a := NewClock(start), NewQuiescence()
	var happened []string
	for _, name := range []string{"b", "a", ""} {
		_, cancel := c.WithTimeout(a.Task(name).In(t.Context()), time.Second)
		defer cancel()
		c.at(name, start.Add(time.Second), func() { happened = append(happened, name) })
	}
	steps := 0
	for c.Step(start.Add(time.Minute)) {
		steps++
		if want := []string{"", "a", "b"}[:1+(steps+1)/2]; steps%2 == 0 && !reflect.DeepEqual(happened, want) {
			t.Errorf("after %d steps %q went on, want %q", steps, happened, want)
		}
	}
	if steps != 4 || c.Since(start) != time.Minute {
		t.Errorf("%d steps of tasks, two of each, and it is %v", steps, c.Since(start))
	}
}

func TestTimersOfTheMock(t *testing.T) {
	c := NewClock(start)
	timer, after := c.Timer(2*time.Second), c.After(time.Second)
	ran := make(chan struct{})
	c.AfterFunc(3*time.Second, func() { close(ran) })
	c.AdvanceTo(start.Add(3 * time.Second))
	if at := <-after; !at.Equal(start.Add(time.Second)) {
		t.Errorf("After fired at %v", at)
	}
	if at := <-timer.C; !at.Equal(start.Add(2 * time.Second)) {
		t.Errorf("the timer fired at %v", at)
	}
	<-ran
}

func TestWithTimeoutEndsInVirtualTime(t *testing.T) {
	c := NewClock(start)
	ctx, cancel := c.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if _, has := ctx.Deadline(); has {
		t.Error("the context shows a deadline, which a dialer would take for real time")
	}
	child, cancelChild := context.WithCancel(ctx)
	defer cancelChild()
	c.AdvanceTo(start.Add(time.Second - time.Microsecond))
	if ctx.Err() != nil {
		t.Errorf("ended early: %v", ctx.Err())
	}
	c.AdvanceTo(start.Add(time.Second))
	<-child.Done()
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Errorf("Err is %v", ctx.Err())
	}

	ctx, cancel = c.WithTimeout(context.Background(), time.Second)
	cancel()
	if !errors.Is(ctx.Err(), context.Canceled) {
		t.Errorf("Err of a cancelled context is %v", ctx.Err())
	}
	if _, ok := c.Next(); ok {
		t.Error("a cancelled context left its deadline behind")
	}
}

func TestSettleSaysWhatStillRuns(t *testing.T) {
	a := NewQuiescence()
	token := a.Begin("request: press-01#3 GET /health")
	ctx, cancel := context.WithCancelCause(context.Background())
	limit := errors.New("gave up")
	cancel(limit)
	var unsettled *UnsettledError
	err := a.Settle(ctx)
	if !errors.As(err, &unsettled) || !errors.Is(err, limit) {
		t.Fatalf("Settle returned %v", err)
	}
	if want := []string{"request: press-01#3 GET /health"}; !reflect.DeepEqual(unsettled.Running, want) {
		t.Errorf("running %q, want %q", unsettled.Running, want)
	}
	go token.End()
	if err := a.Settle(context.Background()); err != nil {
		t.Errorf("Settle returned %v once nothing ran", err)
	}
}

// A reconcile that waits for a device that hangs doesn't keep time from moving,
// until the time has come that it waits for.
func TestParkedWorkSettles(t *testing.T) {
	quiescence := NewQuiescence()
	c := NewClock(start)
	task := quiescence.Task("controller 1/press-01")
	ctx, cancel := c.WithTimeout(task.In(context.Background()), 3*time.Second)
	defer cancel()
	reconcile := task.Begin("reconcile")
	ended := make(chan error)
	go func() {
		err := c.Wait(ctx, 2*time.Second)
		if err == nil {
			err = c.Wait(ctx, -1)
		}
		ended <- err
	}()
	for _, at := range []time.Duration{2 * time.Second, 3 * time.Second} {
		if err := quiescence.Settle(context.Background()); err != nil {
			t.Fatal(err)
		}
		if next, ok := c.Next(); !ok || next.Sub(start) != at {
			t.Fatalf("the next deadline is %v, want %v", next.Sub(start), at)
		}
		c.AdvanceTo(start.Add(at))
	}
	if err := <-ended; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Wait returned %v", err)
	}
	task.Park() // by a handler that has not noticed that its client is gone
	quiescence.mu.Lock()
	idle := quiescence.idle()
	quiescence.mu.Unlock()
	if idle {
		t.Error("the reconcile still runs, and yet the world is settled")
	}
	reconcile.End()
}

// TestDrawnTimers has the last of those that are due at once go first, one at a time, and
// none before its time.
func TestDrawnTimers(t *testing.T) {
	c := NewClock(start)
	c.DrawTimers(func(due int) int { return due - 1 })
	var fired []string
	for _, name := range []string{"a", "b", "c"} {
		c.At(start.Add(time.Second), func() { fired = append(fired, name) })
	}
	c.At(start.Add(2*time.Second), func() { fired = append(fired, "later") })
	for n := 1; c.Step(start.Add(time.Minute)); n++ {
		if len(fired) != n {
			t.Fatalf("after step %d there fired %q", n, fired)
		}
	}
	if want := []string{"c", "b", "a", "later"}; !slices.Equal(fired, want) {
		t.Errorf("there fired %q, want %q", fired, want)
	}
}
