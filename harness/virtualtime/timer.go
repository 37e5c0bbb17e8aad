package virtualtime

import (
	"context"
	"sync"
	"time"

	"k8s.io/utils/clock"
)

// timer is a clock.Timer and, with a period, a ticker of k8s.io/utils/clock. Whoever
// waits at its channel is known by the goroutine that has made it.
type timer struct {
	clock  *Clock
	waiter *waiter // nil if it is nobody's
	period time.Duration
	fire   func(time.Time)
	c      chan time.Time
	// channel says that it fires by sending the time to c.
	channel bool

	mu     sync.Mutex // before the clock's lock and the Quiescence's
	cancel func()     // of the due time that is set, nil if none is
	over   func()
	orphan func() bool
}

// newTimer sets a timer. period is 0 for one that fires once; fire is nil for one with
// a channel.
func (c *Clock) newTimer(d, period time.Duration, fire func(time.Time)) *timer {
	t := &timer{clock: c, waiter: c.waiter(), period: period, c: make(chan time.Time, 1), fire: fire}
	if fire == nil {
		t.channel = true
		t.fire = func(at time.Time) {
			select {
			case t.c <- at:
			default: // as a ticker of Go's, it drops ticks for who is slow
			}
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.set(d)
	return t
}

// task returns the task that waits for the timer, none for a function.
func (t *timer) task() Task {
	if t.waiter == nil {
		return Task{}
	}
	return t.waiter.task
}

// set sets the due time; t.mu is held.
func (t *timer) set(d time.Duration) {
	at := t.clock.Now().Add(max(d, 0))
	t.over = t.waiter.sets()
	t.cancel = t.clock.at(t.task().Name(), at, func() { t.due(at) })
	if t.waiter != nil && t.channel {
		// Who waits at the channel of a process that was killed has to end.
		t.orphan = context.AfterFunc(t.waiter.life, func() {
			if t.Stop() {
				t.fire(at)
			}
		})
	}
}

// unset cancels the due time, if one is set; t.mu is held.
func (t *timer) unset() bool {
	if t.cancel == nil {
		return false
	}
	t.cancel()
	t.over()
	if t.orphan != nil {
		t.orphan()
	}
	t.cancel = nil
	return true
}

// due does what is due. The task is parked no more only then: who was woken runs by
// that time.
func (t *timer) due(at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cancel == nil {
		return
	}
	t.fire(at)
	t.unset()
	if t.period > 0 {
		t.set(t.period)
	}
}

// C returns the channel to which the timer sends the time.
func (t *timer) C() <-chan time.Time { return t.c }

// Stop cancels the timer, and says whether it was set. As in Go, its channel holds no
// old time afterwards.
func (t *timer) Stop() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stop()
}

func (t *timer) stop() bool {
	was := t.unset()
	select {
	case <-t.c:
	default:
	}
	return was
}

// Reset sets the timer again, and says whether it was set.
func (t *timer) Reset(d time.Duration) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	was := t.stop()
	t.set(d)
	return was
}

// ticker is a clock.Ticker, whose Stop returns nothing.
type ticker struct{ *timer }

// Stop ends the ticks.
func (t ticker) Stop() { t.timer.Stop() }

// NewTimer returns a timer of k8s.io/utils/clock.
func (c *Clock) NewTimer(d time.Duration) clock.Timer { return c.newTimer(d, 0, nil) }

// NewTicker returns a ticker of k8s.io/utils/clock. Like Go's, it panics unless d is
// positive.
func (c *Clock) NewTicker(d time.Duration) clock.Ticker {
	if d <= 0 {
		panic("non-positive interval for NewTicker")
	}
	return ticker{c.newTimer(d, d, nil)}
}

// Tick returns the channel of a ticker that is never stopped, nil unless d is positive.
func (c *Clock) Tick(d time.Duration) <-chan time.Time {
	if d <= 0 {
		return nil
	}
	return c.NewTicker(d).C()
}

// After returns a channel that receives the time once d has passed.
func (c *Clock) After(d time.Duration) <-chan time.Time { return c.newTimer(d, 0, nil).c }

// Sleep waits until d has passed. Meanwhile the work that the calling goroutine has
// entered is parked. In a killed process, it never returns.
func (c *Clock) Sleep(d time.Duration) {
	if d <= 0 {
		return
	}
	t := c.waiter()
	if t == nil {
		<-c.After(d)
		return
	}
	_ = c.Wait(t.fresh().In(t.life), d) // an error is the end of the life
	c.waiter()
}

// Delayed is the clock with the AfterFunc of k8s.io/utils/clock, beside which it can't
// have benbjohnson's.
func (c *Clock) Delayed() clock.WithTickerAndDelayedExecution { return delayed{c} }

type delayed struct{ *Clock }

// AfterFunc calls f once d has passed, on a goroutine that is at work for the caller's
// task. The world waits for it.
func (c delayed) AfterFunc(d time.Duration, f func()) clock.Timer {
	t := c.waiter()
	return c.newTimer(d, 0, func(time.Time) { c.goes(t, f) })
}

// goes runs a delayed function, unless its process has been killed.
func (c *Clock) goes(t *waiter, f func()) {
	if t == nil {
		go f()
		return
	}
	if t.life.Err() != nil {
		return
	}
	token := t.fresh().Begin("timer: a function of " + t.task.name)
	go func() {
		defer token.End()
		defer c.Enter(t.life, t.task)() // its token says that it is busy
		f()
	}()
}
