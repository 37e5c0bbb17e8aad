package virtualtime

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
)

// Quiescence tracks everything that is running in a world, so that time moves only when
// nothing is. All participants share its lock, so "settled" is judged on one consistent
// state.
type Quiescence struct {
	mu           sync.Mutex // guards what follows, and what those keep who take part
	moved        *sync.Cond
	open         map[*Token]struct{}
	participants map[Participant]struct{}
	parked       map[string]struct{} // tasks by name
	turns        map[string]int      // how often each task was resumed
	timers       map[string]int      // how many timers each task has set
	fanned       map[string]struct{} // tasks of several goroutines
	// asked are the contexts under which each task waits for something.
	asked map[string]map[*asking]struct{}
	// goroutines are those that have entered, and the tasks that they are at work for.
	goroutines map[goroutineID]string
	// channelSources is how many controllers have some.
	channelSources int
	rests          int    // how often Settle found nothing running
	trace          []byte // of all goroutines; kept, since each is a megabyte
}

// Participant is something that may be busy on its own account, such as a queue.
// Its methods are called with the Quiescence's lock held.
type Participant interface {
	// Busy describes what it is busy with, one line each; none if it is idle.
	Busy() []string
}

// NewQuiescence returns a Quiescence in which nothing is running.
func NewQuiescence() *Quiescence {
	a := &Quiescence{
		open: map[*Token]struct{}{}, participants: map[Participant]struct{}{},
		parked: map[string]struct{}{}, turns: map[string]int{},
		timers: map[string]int{}, fanned: map[string]struct{}{}, asked: map[string]map[*asking]struct{}{}, goroutines: map[goroutineID]string{},
	}
	a.moved = sync.NewCond(&a.mu)
	return a
}

// Token represents one thing that is running.
type Token struct {
	quiescence *Quiescence
	task       string
	what       string
}

// Begin records that something runs until its token's End. what describes it, for the
// report on a world that doesn't settle.
func (a *Quiescence) Begin(what string) *Token { return a.begin("", what) }

func (a *Quiescence) begin(task, what string) *Token {
	t := &Token{quiescence: a, task: task, what: what}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open[t] = struct{}{}
	return t
}

// End records that it has ended. A second End does nothing.
func (t *Token) End() {
	t.quiescence.Do(func() { delete(t.quiescence.open, t) })
}

// Do calls f with the lock held, and makes Settle check again.
func (a *Quiescence) Do(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f()
	a.moved.Broadcast()
}

// Join adds a participant.
func (a *Quiescence) Join(p Participant) { a.Do(func() { a.participants[p] = struct{}{} }) }

// Leave removes a participant.
func (a *Quiescence) Leave(p Participant) { a.Do(func() { delete(a.participants, p) }) }

// Settle waits until nothing is running. If the context ends first, the error is an
// *UnsettledError.
func (a *Quiescence) Settle(ctx context.Context) error {
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
func (a *Quiescence) Await(ctx context.Context, is func() bool) {
	defer context.AfterFunc(ctx, func() { a.Do(func() {}) })()
	a.mu.Lock()
	defer a.mu.Unlock()
	for !is() && ctx.Err() == nil {
		a.moved.Wait()
	}
}

func (a *Quiescence) idle() bool {
	//determinism:ordered all have to be parked, whichever is asked first
	for t := range a.open {
		if !a.Parked(t.task) {
			return false
		}
	}
	//determinism:ordered all participants have to be idle, whichever is asked first
	for p := range a.participants {
		if len(p.Busy()) > 0 {
			return false
		}
	}
	return true
}

// Waits says whether a task is parked, or counts as parked while each of its
// goroutines waits, which Settle looks at. It is for a Participant's Busy: the lock is
// held.
func (a *Quiescence) Waits(task string) bool { return a.Parked(task) || a.looksAt(task) }

// looksAt says whether Settle looks at what a task's goroutines do: it has a timer
// set, at which they may wait, or has fanned out.
func (a *Quiescence) looksAt(task string) bool { return a.timers[task] > 0 || a.isFanned(task) }

func (a *Quiescence) isFanned(task string) bool {
	_, fanned := a.fanned[task]
	return fanned
}

// Parked says whether a task is parked. The lock is held.
func (a *Quiescence) Parked(task string) bool {
	_, parked := a.parked[task]
	return parked
}

// running lists what is running, sorted.
func (a *Quiescence) running() []string {
	var lines []string
	//determinism:ordered sorted below
	for t := range a.open {
		if !a.Parked(t.task) {
			lines = append(lines, t.what)
		}
	}
	//determinism:ordered sorted below
	for p := range a.participants {
		lines = append(lines, p.Busy()...)
	}
	for _, task := range a.awake() {
		lines = append(lines, fmt.Sprintf("%s: works, or waits for real time", task))
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
