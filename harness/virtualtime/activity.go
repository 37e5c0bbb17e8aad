package virtualtime

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
)

// Activity knows everything that is running in a world, so that time moves
// only when nothing is. Its lock is shared by all that take part, so that
// "settled" is judged on one consistent state.
type Activity struct {
	mu     sync.Mutex // guards what follows, and what those keep who take part
	moved  *sync.Cond
	open   map[*Token]struct{}
	parts  map[Part]struct{}
	parked map[string]struct{} // owners by name
	turns  map[string]int      // how often each owner was resumed
	timers map[string]int      // how many timers each owner has set
	// goroutines are those that have entered, and the owners that they are at work for.
	goroutines map[goroutineID]string
	rests      int // how often Settle found nothing running
}

// Part is something that may be busy on its own account, such as a queue.
// Its methods are called with the Activity's lock held.
type Part interface {
	// Busy says what it is busy with, one line each; none when it is idle.
	Busy() []string
}

// NewActivity returns an Activity with nothing running.
func NewActivity() *Activity {
	a := &Activity{
		open: map[*Token]struct{}{}, parts: map[Part]struct{}{},
		parked: map[string]struct{}{}, turns: map[string]int{},
		timers: map[string]int{}, goroutines: map[goroutineID]string{},
	}
	a.moved = sync.NewCond(&a.mu)
	return a
}

// Token stands for one thing that is running.
type Token struct {
	activity *Activity
	owner    string
	what     string
}

// Begin says that something runs from now until its token's End. What is a
// short description, for the report on a world that doesn't settle.
func (a *Activity) Begin(what string) *Token { return a.begin("", what) }

func (a *Activity) begin(owner, what string) *Token {
	t := &Token{activity: a, owner: owner, what: what}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open[t] = struct{}{}
	return t
}

// End says that it has ended. A second End does nothing.
func (t *Token) End() {
	t.activity.Do(func() { delete(t.activity.open, t) })
}

// Do calls f with the lock held, and has Settle look again.
func (a *Activity) Do(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f()
	a.moved.Broadcast()
}

// Join makes a part count.
func (a *Activity) Join(p Part) { a.Do(func() { a.parts[p] = struct{}{} }) }

// Leave makes a part count no longer.
func (a *Activity) Leave(p Part) { a.Do(func() { delete(a.parts, p) }) }

// Settle returns when nothing is running. Where the context ends before, the
// error is an UnsettledError.
func (a *Activity) Settle(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() { a.Do(func() {}) })()
	a.mu.Lock()
	defer a.mu.Unlock()
	for {
		if a.idle() {
			if len(a.awake()) == 0 {
				break
			}
			a.lookAgain()
		}
		if ctx.Err() != nil {
			return &UnsettledError{Cause: context.Cause(ctx), Running: a.running()}
		}
		a.moved.Wait()
	}
	a.rests++
	return nil
}

// Await returns when something is the case, which is asked with the lock held,
// or the context has ended. Whoever waits is to have a token open, or be busy
// otherwise, unless what is waited for is.
func (a *Activity) Await(ctx context.Context, is func() bool) {
	defer context.AfterFunc(ctx, func() { a.Do(func() {}) })()
	a.mu.Lock()
	defer a.mu.Unlock()
	for !is() && ctx.Err() == nil {
		a.moved.Wait()
	}
}

func (a *Activity) idle() bool {
	//determinism:ordered all have to be parked, whichever is asked first
	for t := range a.open {
		if !a.Parked(t.owner) {
			return false
		}
	}
	//determinism:ordered all parts have to be idle, whichever is asked first
	for p := range a.parts {
		if len(p.Busy()) > 0 {
			return false
		}
	}
	return true
}

// Waits says whether an owner is parked, or may come to be at a timer that it has
// set. It is for a Part's Busy: the lock is held.
func (a *Activity) Waits(owner string) bool { return a.Parked(owner) || a.timers[owner] > 0 }

// Parked says whether an owner is parked. The lock is held.
func (a *Activity) Parked(owner string) bool {
	_, parked := a.parked[owner]
	return parked
}

// running lists what is running, sorted.
func (a *Activity) running() []string {
	var lines []string
	//determinism:ordered sorted below
	for t := range a.open {
		if !a.Parked(t.owner) {
			lines = append(lines, t.what)
		}
	}
	//determinism:ordered sorted below
	for p := range a.parts {
		lines = append(lines, p.Busy()...)
	}
	for _, owner := range a.awake() {
		lines = append(lines, fmt.Sprintf("%s: works, or waits for real time", owner))
	}
	sort.Strings(lines)
	return slices.Compact(lines)
}

// UnsettledError says that a world did not come to rest, and what was still
// running.
type UnsettledError struct {
	// Cause is why the wait ended.
	Cause error
	// Running is what was still running, a line each.
	Running []string
}

// Error lists what was still running.
func (e *UnsettledError) Error() string {
	return fmt.Sprintf("the world did not settle (%v); still running:\n  %s", e.Cause, strings.Join(e.Running, "\n  "))
}

// Unwrap returns the cause.
func (e *UnsettledError) Unwrap() error { return e.Cause }
