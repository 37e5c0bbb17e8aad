package virtualtime

import (
	"fmt"
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
	clock, activity := NewClock(time.Now()), NewActivity()
	ours := NewQueue(clock, activity, limiter{}, 1, nobody[int], nil)
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
			if e := takableNow(ours); e != nil {
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
		if ours.Len() != theirs.Len() {
			return fmt.Sprintf("operation %d, %+v: we have %d ready keys, they %d", n, o, ours.Len(), theirs.Len())
		}
	}
	return ""
}

func nobody[T any](T) string { return "" }

func takableNow(q *Queue[int]) *entry[int] {
	q.activity.mu.Lock()
	defer q.activity.mu.Unlock()
	return q.takable()
}

// TestBusyCountsWorkers says when a queue is busy: while a key is processed,
// and while one is ready that a free worker could take; not while all workers
// are taken, which would be a deadlock if they wait for time to pass.
func TestBusyCountsWorkers(t *testing.T) {
	activity := NewActivity()
	q := NewQueue(NewClock(time.Now()), activity, workqueue.NewTypedItemExponentialFailureRateLimiter[string](time.Second, time.Second), 1, func(key string) string { return key }, nil)
	defer q.ShutDown()
	busy := func() int {
		activity.mu.Lock()
		defer activity.mu.Unlock()
		return len(q.Busy())
	}
	if n := busy(); n != 0 {
		t.Errorf("an empty queue is busy with %d things", n)
	}
	q.Add("a")
	q.Add("b")
	if n := busy(); n != 1 {
		t.Errorf("with a key ready and a worker free it is busy with %d things, want 1", n)
	}
	key, _ := q.Get()
	if n := busy(); n != 1 {
		t.Errorf("with its only worker taken it is busy with %d things, want 1: the reconcile", n)
	}
	activity.Owner(key).Park()
	if n := busy(); n != 0 {
		t.Errorf("with its only worker taken by a key that is parked it is busy with %d things", n)
	}
	activity.Owner(key).Resume()
	q.Done(key)
	q.Cut("b")
	if n := busy(); n != 0 {
		t.Errorf("with nothing ready but a key that was cut off it is busy with %d things", n)
	}
}
