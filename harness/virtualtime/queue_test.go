package virtualtime

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/client-go/util/workqueue"
	"pgregory.net/rapid"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
)

// limiter delays a key for longer each time, and no two keys until the same
// microsecond: which of two keys that are due at one instant comes first is
// nothing that a controller may rely on.
type limiter map[int]int

func (l limiter) When(key int) time.Duration {
	l[key]++
	return 5*time.Millisecond<<l[key] + offset(key)
}
func (l limiter) Forget(key int)          { delete(l, key) }
func (l limiter) NumRequeues(key int) int { return l[key] }

func offset(key int) time.Duration { return time.Duration(key) * time.Microsecond }

// operation is one call of a queue, or a step in time.
type operation struct {
	kind  string
	key   int
	after time.Duration
	rank  int
}

// TestQueueIsLikeControllerRuntimes drives the virtual queue and
// controller-runtime's own, whose clock is faked by a synctest bubble, with
// the same operations, and compares every answer.
func TestQueueIsLikeControllerRuntimes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		operations := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) operation {
			key := rapid.IntRange(0, 4).Draw(rt, "key")
			return operation{
				kind:  rapid.SampledFrom([]string{"add", "after", "limited", "ranked", "get", "get", "done", "done", "forget", "advance"}).Draw(rt, "kind"),
				key:   key,
				after: time.Duration(rapid.IntRange(1, 20).Draw(rt, "milliseconds")) * time.Millisecond,
				rank:  rapid.IntRange(-2, 2).Draw(rt, "rank"),
			}
		}), 1, 60).Draw(rt, "operations")
		var difference string
		synctest.Test(t, func(t *testing.T) { difference = compareQueues(operations) })
		if difference != "" {
			rt.Fatal(difference)
		}
	})
}

func compareQueues(operations []operation) string {
	theirs := priorityqueue.New("queue", func(o *priorityqueue.Opts[int]) { o.RateLimiter = limiter{} })
	defer theirs.ShutDown()
	clock, quiescence := NewClock(time.Now()), NewQuiescence()
	ours := NewQueue(clock, quiescence, limiter{}, len(operations), nobody[int], nil)
	defer ours.ShutDown()
	var handedOut []int
	for n, o := range operations {
		for _, q := range []priorityqueue.PriorityQueue[int]{theirs, ours} {
			switch o.kind {
			case "add":
				q.Add(o.key)
			case "after":
				q.AddAfter(o.key, o.after+offset(o.key))
			case "limited":
				q.AddRateLimited(o.key)
			case "ranked":
				q.AddWithOpts(priorityqueue.AddOpts{Priority: &o.rank}, o.key)
			case "forget":
				q.Forget(o.key)
			}
		}
		switch o.kind {
		case "advance":
			time.Sleep(o.after)
			clock.AdvanceTo(time.Now())
		case "done":
			if len(handedOut) > 0 {
				ours.Done(handedOut[0])
				theirs.Done(handedOut[0])
				handedOut = handedOut[1:]
			}
		case "get":
			if next, ok := ours.Next(); ok {
				ours.HandOut(func(key int) bool { return key == next })
				key, rank, _ := ours.GetWithPriority()
				before := time.Now()
				theirKey, theirRank, _ := theirs.GetWithPriority()
				if key != theirKey || rank != theirRank || !before.Equal(time.Now()) {
					return fmt.Sprintf("operation %d: we hand out %d (priority %d), they %d (priority %d) after %v", n, key, rank, theirKey, theirRank, time.Since(before))
				}
				handedOut = append(handedOut, key)
			}
		}
		synctest.Wait()
		quiescence.rests++ // what comes first is no chance here
		if ours.Len() != theirs.Len() {
			return fmt.Sprintf("operation %d, %+v: we have %d ready keys, they %d", n, o, ours.Len(), theirs.Len())
		}
	}
	return ""
}

func nobody[T any](T) string { return "" }

// TestBusyCountsWorkers says when a queue is busy: while a key is processed, but
// for one that is parked, or a world would wait for what only time brings.
func TestBusyCountsWorkers(t *testing.T) {
	quiescence := NewQuiescence()
	q := newNamed(quiescence, 1)
	defer q.ShutDown()
	busy := func() int {
		quiescence.mu.Lock()
		defer quiescence.mu.Unlock()
		return len(q.Busy())
	}
	q.Add("a")
	if n := busy(); n != 0 {
		t.Errorf("with nothing handed out it is busy with %d things", n)
	}
	q.HandOut(anything)
	key, _ := q.Get()
	if n := busy(); n != 1 {
		t.Errorf("with its only worker taken it is busy with %d things, want 1: the reconcile", n)
	}
	quiescence.Task(key).Park()
	if n := busy(); n != 0 {
		t.Errorf("with its only worker taken by a key that is parked it is busy with %d things", n)
	}
	quiescence.Task(key).Resume()
	q.Done(key)
	if n := busy(); n != 0 {
		t.Errorf("when all is done it is busy with %d things", n)
	}
}

// TestHandOut says what is handed out, and in which order: as much as there are
// workers for, first come, first served. Of what came between two rests the names
// decide, since which came first is chance.
func TestHandOut(t *testing.T) {
	quiescence := NewQuiescence()
	q := newNamed(quiescence, 2)
	defer q.ShutDown()
	handsOut := func(may func(string) bool, want string, wantLeft int) {
		t.Helper()
		out, left := q.HandOut(may)
		var got []string
		for range out {
			key, _ := q.Get()
			got = append(got, key)
		}
		if fmt.Sprint(got) != want || left != wantLeft {
			t.Errorf("it hands out %v and leaves %d, want %s and %d", got, left, want, wantLeft)
		}
	}
	only := func(name string) func(string) bool { return func(key string) bool { return key == name } }
	q.Add("e")
	if err := quiescence.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	q.Add("c")
	q.Add("a")
	q.Add("b")
	q.Add("d")
	handsOut(only("c"), "[c]", 0) // of one instant, any
	q.clock.AdvanceTo(q.clock.Now().Add(time.Second))
	q.Add("0")
	handsOut(only("0"), "[]", 1) // the others wait for longer
	if next, ok := q.Next(); next != "e" || !ok {
		t.Errorf("next is %q, %t, want e", next, ok)
	}
	handsOut(anything, "[e]", 4)
	if next, ok := q.Next(); ok {
		t.Errorf("with no worker free %q is next", next)
	}
	q.Add("c") // while it is processed
	q.Cut("b")
	q.Done("c")
	handsOut(anything, "[a]", 3)
	q.Done("e")
	q.Done("a")
	handsOut(anything, "[d 0]", 1)
	q.Done("d")
	handsOut(anything, "[c]", 0)
}

func newNamed(a *Quiescence, workers int) *Queue[string] {
	limiter := workqueue.NewTypedItemExponentialFailureRateLimiter[string](time.Second, time.Second)
	return NewQueue(NewClock(time.Now()), a, limiter, workers, func(key string) string { return key }, nil)
}

func anything(string) bool { return true }

// TestWaitsAreForAWorker says how long keys wait, and for how many others.
func TestWaitsAreForAWorker(t *testing.T) {
	clock := NewClock(start)
	q := NewQueue(clock, NewQuiescence(), workqueue.NewTypedItemExponentialFailureRateLimiter[string](time.Second, time.Second), 1, func(key string) string { return key }, nil)
	defer q.ShutDown()
	at := func(second int) time.Time { return start.Add(time.Duration(second) * time.Second) }
	take := func(want string) {
		t.Helper()
		q.HandOut(anything)
		if got, _ := q.Get(); got != want {
			t.Fatalf("%s is handed out, want %s", got, want)
		}
	}
	expect := func(want ...Wait[string]) {
		t.Helper()
		if got := q.Waits(); !slices.Equal(got, want) {
			t.Errorf("the waits are %v, want %v", got, want)
		}
	}

	q.Add("a")
	q.AddAfter("b", time.Second)
	q.AddAfter("c", 2*time.Second)
	take("a")
	expect() // it took no time
	clock.AdvanceTo(at(3))
	q.Add("a") // while it is processed: it waits for itself, not for a worker
	q.Done("a")
	take("b")
	expect(Wait[string]{"b", at(1), at(3), 1}, Wait[string]{"c", at(2), time.Time{}, 2})
	clock.AdvanceTo(at(5))
	q.Done("b")
	take("c")
	q.Add("b")
	clock.AdvanceTo(at(6))
	q.Done("c")
	take("a")
	clock.AdvanceTo(at(8))
	q.ShutDown()
	expect(Wait[string]{"c", at(2), at(5), 2}, Wait[string]{"a", at(3), at(6), 2}, Wait[string]{"b", at(5), at(8), 2})
}
