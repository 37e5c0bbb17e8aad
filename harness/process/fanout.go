package process

import (
	"context"
	"reflect"
	"runtime"
)

// A reconcile that works in one goroutine makes one request at a time, and its work is
// parked where that waits. One that starts others has fanned out: which of them comes
// first to its request is chance. So each request, and each read that waits for this
// process's writes, comes to the sequencer then, and waits until the world has settled,
// and every goroutine of the task with it. Of those that wait, the one goes on that is
// first by verb, kind, key and body; it gets its number then. The next one does when
// the world has settled again: when the first has its answer, or waits for a virtual
// time.
//
// A task has fanned out once a request or a read comes from a goroutine that isn't its
// own, up to the end of its reconcile, or for ever if it is a runnable. What this stands
// on:
//
//   - A task's own goroutine makes no request while one that it has started is still on
//     its way to the task's first. It waits for them, as with an errgroup.
//   - Each goroutine was started by the task's own, or by another one that still lives.
//   - They wait for each other by channels, locks and the like, or for a cache, whose
//     goroutines the world waits for, too; not for other goroutines, nor in real time.

// fansOut says whether a context's task has fanned out, of which the calling goroutine
// is one. What belongs to no task never has: nobody knows when it works.
func (p *Process) fansOut(ctx context.Context) bool {
	object := workIn(ctx)
	if object == mainTask {
		return false
	}
	task := p.task(object)
	if task.FannedOut() {
		return true
	}
	if inOwnGoroutine() {
		return false
	}
	task.FanOut()
	return true
}

// ownGoroutine does what a task's own goroutine does. Its frame tells that apart from
// those that it starts.
//
//go:noinline
func ownGoroutine(work func()) { work() }

var ownFrame = reflect.ValueOf(ownGoroutine).Pointer()

// inOwnGoroutine says whether the calling goroutine is the own one of some task.
func inOwnGoroutine() bool {
	for size := 64; ; size *= 2 {
		pcs := make([]uintptr, size)
		n := runtime.Callers(2, pcs)
		if n == size {
			continue
		}
		for ; n > 0; n-- { // it is near the root
			if f := runtime.FuncForPC(pcs[n-1] - 1); f != nil && f.Entry() == ownFrame {
				return true
			}
		}
		return false
	}
}
