// Package virtualtime provides time that moves only when nothing is left to do: a
// clock, a controller-runtime work queue on that clock, and the tracking of what is
// running. It knows no operator.
package virtualtime

import (
	"container/heap"
	"sync"
	"time"

	"github.com/benbjohnson/clock"
)

// Clock is a virtual clock that knows its next deadline. It implements Clock of
// github.com/benbjohnson/clock and WithTicker of k8s.io/utils/clock.
//
// What a goroutine waits for parks the task that it has entered (Enter): Wait,
// which has a context, for all of the task's work, as does Sleep, which has none;
// After, Tick, NewTimer and NewTicker while each goroutine of the task waits, for a
// channel or another goroutine. A goroutine is known if it has entered, or was
// started by one that has and goes on. Of others, nobody knows that they wait, nor
// that they go on when their time comes.
//
// clock.Mock tells neither its next deadline nor its number of waiters, and it
// really sleeps at each jump; so due times are kept in a heap here, and the
// Mock serves only the timers and tickers whose types it owns. What becomes of those
// isn't known here: one that was Reset fires no earlier than some other, one that was
// stopped is still a due time, and one at which a goroutine waits without a context
// keeps it from being killed.
type Clock struct {
	*clock.Mock

	mu      sync.Mutex // guards what follows
	now     time.Time
	due     deadlines
	seq     int
	waiters map[goroutineID]*waiter
	draw    func(due int) int
}

// NewClock returns a clock at start.
func NewClock(start time.Time) *Clock {
	return &Clock{Mock: clock.NewMock(), now: start, waiters: map[goroutineID]*waiter{}}
}

// deadline is a due time and what happens then.
type deadline struct {
	at    time.Time
	task  string // the task that waits for it, if any
	seq   int
	index int
	fire  func()
}

// deadlines is a heap.Interface: the earliest first. At the same time, those without a
// task come first, then task by task; within a task, the one that was set first. Which
// of two tasks was first may be chance.
type deadlines []*deadline

func (d deadlines) Len() int { return len(d) }
func (d deadlines) Less(i, j int) bool {
	if !d[i].at.Equal(d[j].at) {
		return d[i].at.Before(d[j].at)
	}
	if d[i].task != d[j].task {
		return d[i].task < d[j].task
	}
	return d[i].seq < d[j].seq
}
func (d deadlines) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].index, d[j].index = i, j
}
func (d *deadlines) Push(x any) {
	x.(*deadline).index = len(*d)
	*d = append(*d, x.(*deadline))
}
func (d *deadlines) Pop() any {
	last := (*d)[len(*d)-1]
	*d = (*d)[:len(*d)-1]
	last.index = -1
	return last
}

// DrawTimers has it drawn which of several due times that are the same comes first; draw
// returns one of 0 to due-1. Step stops after each of them then.
func (c *Clock) DrawTimers(draw func(due int) int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.draw = draw
}

// first takes the deadline from the heap that comes first, of which there is one; the
// lock is held.
func (c *Clock) first() *deadline {
	if c.draw == nil {
		return heap.Pop(&c.due).(*deadline)
	}
	var same deadlines
	for at := c.due[0].at; len(c.due) > 0 && c.due[0].at.Equal(at); {
		same = append(same, heap.Pop(&c.due).(*deadline))
	}
	n := 0
	if len(same) > 1 {
		n = c.draw(len(same))
	}
	for other, d := range same {
		if other != n {
			heap.Push(&c.due, d)
		}
	}
	return same[n]
}

// At calls fire when the clock reaches a time: on the goroutine that moves the clock,
// and before anything later. The returned function cancels that.
func (c *Clock) At(at time.Time, fire func()) (cancel func()) { return c.at("", at, fire) }

// at is At for a task's work.
func (c *Clock) at(task string, at time.Time, fire func()) (cancel func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.push(&deadline{at: at, task: task, fire: fire})
}

func (c *Clock) push(d *deadline) (cancel func()) {
	c.seq++
	d.seq = c.seq
	heap.Push(&c.due, d)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if d.index >= 0 {
			heap.Remove(&c.due, d.index)
		}
	}
}

// Now returns the virtual time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Since returns the virtual time that has passed since t.
func (c *Clock) Since(t time.Time) time.Duration { return c.Now().Sub(t) }

// Until returns the virtual time that is left until t.
func (c *Clock) Until(t time.Time) time.Duration { return t.Sub(c.Now()) }

// Next returns the earliest deadline; ok is false if there is none.
func (c *Clock) Next() (at time.Time, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.due) == 0 {
		return time.Time{}, false
	}
	return c.due[0].at, true
}

// AdvanceTo moves the clock to a time, and does everything that is due until then, each
// at its own time. It returns when every function that it called has returned.
func (c *Clock) AdvanceTo(to time.Time) {
	for c.Step(to) {
	}
}

// Step is AdvanceTo, but it stops when some task's work continues, and then returns
// true. If the world comes to rest between two steps, the order of tasks that waited
// for the same time doesn't depend on chance.
func (c *Clock) Step(to time.Time) bool {
	for {
		c.mu.Lock()
		if len(c.due) == 0 || c.due[0].at.After(to) {
			if to.After(c.now) {
				c.now = to
			}
			c.mu.Unlock()
			return false
		}
		d, drawn := c.first(), c.draw != nil
		if d.at.After(c.now) {
			c.now = d.at
		}
		c.mu.Unlock()
		d.fire()
		if drawn || d.task != "" {
			return true
		}
	}
}

// mockDue makes AdvanceTo stop at a time that the Mock has to know. The Mock is
// advanced only there, since each advance sleeps for a millisecond.
func (c *Clock) mockDue(d, period time.Duration) {
	c.mu.Lock()
	c.Mock.Set(c.now)
	c.mu.Unlock()
	c.newTimer(d, period, func(at time.Time) { c.Mock.Set(at) })
}

// Timer returns a timer of the Mock.
func (c *Clock) Timer(d time.Duration) *clock.Timer {
	c.mockDue(d, 0)
	return c.Mock.Timer(d)
}

// Ticker returns a ticker of the Mock.
func (c *Clock) Ticker(d time.Duration) *clock.Ticker {
	c.mockDue(d, d)
	return c.Mock.Ticker(d)
}

// AfterFunc is the Mock's; f runs on a goroutine that is at work for the caller's
// task. The world is sure to wait for it only with Delayed's.
func (c *Clock) AfterFunc(d time.Duration, f func()) *clock.Timer {
	t := c.waiter()
	c.mockDue(d, 0)
	return c.Mock.AfterFunc(d, func() { c.goes(t, f) })
}
