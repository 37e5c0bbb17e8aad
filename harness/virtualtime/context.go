package virtualtime

import (
	"context"
	"errors"
	"time"
)

// timeout is a context that ends on a virtual clock. Its Deadline is the parent's,
// since a dialer would take a virtual time for a real one.
type timeout struct{ context.Context }

// bound identifies one deadline. Its context, and what derives from that, has it as a
// value, under itself as the key.
type bound struct{ _ byte } // each has an address of its own

// timesOut is the key under which a context has the newest bound.
type timesOut struct{}

// TimesOut says whether a context ends at some virtual time.
func TimesOut(ctx context.Context) bool { return ctx.Value(timesOut{}) != nil }

// Err returns DeadlineExceeded if the virtual clock ended the context.
func (t timeout) Err() error {
	err := t.Context.Err()
	if err != nil && errors.Is(context.Cause(t.Context), context.DeadlineExceeded) {
		return context.DeadlineExceeded
	}
	return err
}

// WithCancelCause is context.WithCancelCause, but returns DeadlineExceeded if a virtual
// clock has ended the parent.
func WithCancelCause(parent context.Context) (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	return timeout{ctx}, cancel
}

// WithTimeout returns a context that ends once d of virtual time has passed.
func (c *Clock) WithTimeout(parent context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return c.WithDeadline(parent, c.Now().Add(d))
}

// WithDeadline returns a context that ends at a virtual time.
func (c *Clock) WithDeadline(parent context.Context, at time.Time) (context.Context, context.CancelFunc) {
	b := &bound{}
	ctx, cancel := context.WithCancelCause(context.WithValue(context.WithValue(parent, timesOut{}, b), b, b))
	if !at.After(c.Now()) {
		cancel(context.DeadlineExceeded)
		return timeout{ctx}, func() {}
	}
	task := TaskIn(parent)
	forget := c.at(task.Name(), at, func() {
		if b.limits(task) {
			task.Resume()
		}
		cancel(context.DeadlineExceeded)
	})
	return timeout{ctx}, func() {
		forget()
		cancel(context.Canceled)
	}
}

// Wait waits until d of virtual time has passed, or returns the context's error when
// that ends; a negative d is for ever. Meanwhile the context's task is parked.
func (c *Clock) Wait(ctx context.Context, d time.Duration) error {
	task, passed := TaskIn(ctx), make(chan struct{})
	defer task.Asks(ctx)()
	if err := ctx.Err(); err != nil {
		return err // parked, the task would seem to wait until it has noticed
	}
	if d >= 0 {
		defer c.at(task.Name(), c.Now().Add(d), func() {
			// Whoever has been given up at this very instant, or before, only
			// waits for its context to say so.
			if ctx.Err() == nil && task.Unpark() {
				close(passed)
			}
		})()
	}
	task.Park()
	select {
	case <-passed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
