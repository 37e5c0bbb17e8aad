package virtualtime

import (
	"fmt"
	"sync"
	"time"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
)

// Queue is a controller's work queue on a virtual clock. It has the semantics
// of controller-runtime's own: one entry a key; the earlier due time and the
// higher priority win; a key that is added while it is processed is handed
// out once more after Done. In addition it knows whether it is busy, and can
// cut a key off.
type Queue[T comparable] struct {
	clock    *Clock
	activity *Activity
	limiter  workqueue.TypedRateLimiter[T]
	workers  int
	owner    func(T) string

	added     *sync.Cond // shares the Activity's lock
	entries   map[T]*entry[T]
	seq       int
	processed map[T]bool
	cut       map[T]bool
	cutAll    bool
	onGet     func()
	closed    bool
}

// entry is a key that waits for its time or, if at is zero, for a worker.
type entry[T comparable] struct {
	key      T
	at       time.Time
	priority int
	seq      int
	cancel   func()
}

var _ priorityqueue.PriorityQueue[string] = &Queue[string]{}

// NewQueue returns a queue for so many workers. owner names whose work a
// key is; onGet is called at the first Get, which is when a controller has started.
func NewQueue[T comparable](c *Clock, a *Activity, limiter workqueue.TypedRateLimiter[T], workers int, owner func(T) string, onGet func()) *Queue[T] {
	q := &Queue[T]{
		clock: c, activity: a, limiter: limiter, workers: workers, owner: owner, onGet: onGet,
		added: sync.NewCond(&a.mu), entries: map[T]*entry[T]{}, processed: map[T]bool{}, cut: map[T]bool{},
	}
	a.Join(q)
	return q
}

// Busy lists the keys that are processed, but those whose owner is parked, and
// those that a worker can take. One that is parked still holds its worker.
func (q *Queue[T]) Busy() []string {
	var lines []string
	//determinism:ordered the caller sorts
	for key := range q.processed {
		if !q.activity.Parked(q.owner(key)) {
			lines = append(lines, fmt.Sprintf("queue: %v is being reconciled", key))
		}
	}
	if e := q.takable(); e != nil && len(q.processed) < q.workers {
		lines = append(lines, fmt.Sprintf("queue: %v is ready and a worker is free", e.key))
	}
	return lines
}

// takable returns the entry to be handed out next, or nil.
func (q *Queue[T]) takable() *entry[T] {
	var first *entry[T]
	//determinism:ordered priority and then seq make the choice, and seq is unique
	for _, e := range q.entries {
		if !e.at.IsZero() || q.processed[e.key] || q.cut[e.key] || q.cutAll {
			continue
		}
		if first == nil || e.priority > first.priority || e.priority == first.priority && e.seq < first.seq {
			first = e
		}
	}
	return first
}

// AddWithOpts adds keys.
func (q *Queue[T]) AddWithOpts(o priorityqueue.AddOpts, keys ...T) {
	q.activity.Do(func() {
		for _, key := range keys {
			after := o.After
			if o.RateLimited {
				if limited := q.limiter.When(key); after == 0 || limited < after {
					after = limited
				}
			}
			q.add(key, after, o.Priority)
		}
	})
}

func (q *Queue[T]) add(key T, after time.Duration, priority *int) {
	if q.closed {
		return
	}
	var at time.Time
	if after > 0 {
		// Virtual times are whole microseconds; never early, so rounded up.
		at = q.clock.Now().Add((after + time.Microsecond - 1).Truncate(time.Microsecond))
	}
	rank := 0
	if priority != nil {
		rank = *priority
	}
	e, known := q.entries[key]
	if !known {
		e = &entry[T]{key: key, at: at, priority: rank, seq: q.next()}
		q.entries[key] = e
	} else {
		if rank > e.priority {
			e.priority, e.seq = rank, q.next()
		}
		if e.at.IsZero() || !at.IsZero() && !at.Before(e.at) {
			return
		}
		e.at = at
		e.cancel()
	}
	if at.IsZero() {
		q.added.Signal()
		return
	}
	e.cancel = q.clock.At(at, func() {
		q.activity.Do(func() {
			e.at, e.seq = time.Time{}, q.next()
			q.added.Signal()
		})
	})
}

func (q *Queue[T]) next() int {
	q.seq++
	return q.seq
}

// GetWithPriority hands out a key, when there is one.
func (q *Queue[T]) GetWithPriority() (key T, priority int, shutdown bool) {
	q.activity.mu.Lock()
	defer q.activity.mu.Unlock()
	if q.onGet != nil {
		started := q.onGet
		q.onGet = nil
		q.activity.mu.Unlock()
		started()
		q.activity.mu.Lock()
	}
	for {
		if q.closed {
			return key, 0, true
		}
		if e := q.takable(); e != nil {
			delete(q.entries, e.key)
			q.processed[e.key] = true
			q.activity.moved.Broadcast()
			return e.key, e.priority, false
		}
		q.added.Wait()
	}
}

// Done says that a key's processing has ended.
func (q *Queue[T]) Done(key T) {
	q.activity.Do(func() {
		delete(q.processed, key)
		q.added.Signal()
	})
}

// Cut has a key handed out no more.
func (q *Queue[T]) Cut(key T) { q.activity.Do(func() { q.cut[key] = true }) }

// CutAll has no key handed out any more.
func (q *Queue[T]) CutAll() { q.activity.Do(func() { q.cutAll = true }) }

// ShutDown ends every Get and forgets every key.
func (q *Queue[T]) ShutDown() {
	q.activity.Do(func() {
		q.closed = true
		//determinism:ordered each is called off, in whatever order
		for _, e := range q.entries {
			if !e.at.IsZero() {
				e.cancel()
			}
		}
		clear(q.entries)
		q.added.Broadcast()
	})
	q.activity.Leave(q)
}

// Add adds a key, ready at once.
func (q *Queue[T]) Add(key T) { q.AddWithOpts(priorityqueue.AddOpts{}, key) }

// AddAfter adds a key that is ready once d of virtual time has passed.
func (q *Queue[T]) AddAfter(key T, d time.Duration) {
	q.AddWithOpts(priorityqueue.AddOpts{After: d}, key)
}

// AddRateLimited adds a key that is ready when the rate limiter says so.
func (q *Queue[T]) AddRateLimited(key T) {
	q.AddWithOpts(priorityqueue.AddOpts{RateLimited: true}, key)
}

// Get hands out a key, when there is one.
func (q *Queue[T]) Get() (T, bool) {
	key, _, shutdown := q.GetWithPriority()
	return key, shutdown
}

// Forget resets the rate limiter for a key.
func (q *Queue[T]) Forget(key T) { q.limiter.Forget(key) }

// NumRequeues says how often the rate limiter has delayed a key.
func (q *Queue[T]) NumRequeues(key T) int { return q.limiter.NumRequeues(key) }

// Len is the number of keys that are ready.
func (q *Queue[T]) Len() int {
	q.activity.mu.Lock()
	defer q.activity.mu.Unlock()
	n := 0
	//determinism:ordered counted only
	for _, e := range q.entries {
		if e.at.IsZero() {
			n++
		}
	}
	return n
}

// ShutDownWithDrain is ShutDown; controller-runtime never drains.
func (q *Queue[T]) ShutDownWithDrain() { q.ShutDown() }

// ShuttingDown says whether ShutDown was called.
func (q *Queue[T]) ShuttingDown() bool {
	q.activity.mu.Lock()
	defer q.activity.mu.Unlock()
	return q.closed
}
