package virtualtime

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
)

// Queue is a controller's work queue on a virtual clock. It has the semantics of
// controller-runtime's: one entry per key; the earlier due time and the higher priority
// win; a key that is added while it is processed is handed out again after Done. In
// addition it says whether it is busy, tracks how long keys wait for a worker, and can
// cut a key off. It hands keys out only in HandOut, which is called when nothing else
// runs; otherwise it would be chance which of two keys came first, and which worker was
// free.
type Queue[T comparable] struct {
	clock      *Clock
	quiescence *Quiescence
	limiter    workqueue.TypedRateLimiter[T]
	workers    int
	task       func(T) string

	taken     *sync.Cond // shares the Quiescence's lock
	entries   map[T]*entry[T]
	out       []*entry[T] // handed out, and no worker has come for it yet
	processed map[T]bool  // handed out, and not done
	cut       map[T]bool
	cutAll    bool
	onGet     func()
	waits     []Wait[T] // those that took time and are over, until somebody asks
	closed    bool
}

// entry is a key that waits for its time or, if at is zero, for a worker.
type entry[T comparable] struct {
	key      T
	at       time.Time
	priority int
	since    time.Time // when it came to wait for a worker, and
	rest     int       // after which rest of the world; nothing that runs between two comes first
	cancel   func()
	wait     Wait[T] // since it is ready and not processed; zero before
	served   map[T]bool
}

// Wait is a span in which a key was ready and no worker took it.
type Wait[T comparable] struct {
	Key T
	// From is when it was ready and no longer processed; To is when it was handed out,
	// or when the queue was shut down; zero while it waits.
	From, To time.Time
	// Before counts the keys before it in a first-come-first-served queue: those that
	// were processed when the wait began, and those that were handed out during the
	// wait, each once.
	Before int
}

var _ priorityqueue.PriorityQueue[string] = &Queue[string]{}

// NewQueue returns a queue for so many workers. task returns the name of the task of a
// key. onGet is called at the first Get, when the controller has started.
func NewQueue[T comparable](c *Clock, a *Quiescence, limiter workqueue.TypedRateLimiter[T], workers int, task func(T) string, onGet func()) *Queue[T] {
	q := &Queue[T]{
		clock: c, quiescence: a, limiter: limiter, workers: workers, task: task, onGet: onGet,
		taken: sync.NewCond(&a.mu), entries: map[T]*entry[T]{}, processed: map[T]bool{}, cut: map[T]bool{},
	}
	a.Join(q)
	return q
}

// Busy lists the keys that are processed, except those whose task is parked. A parked
// one still holds its worker.
func (q *Queue[T]) Busy() []string {
	var lines []string
	//determinism:ordered the caller sorts
	for key := range q.processed {
		if !q.quiescence.Waits(q.task(key)) {
			lines = append(lines, fmt.Sprintf("queue: %v is being reconciled", key))
		}
	}
	return lines
}

// HandOut hands keys out to free workers, first come, first served: all for
// which there is one, or of those the ones that may be. A key that may not be has
// a worker kept for it if time has passed while it waited; of those that came at
// this very instant any may be the first. HandOut returns how many keys it has
// handed out, and how many that may be have to wait. It is called when nothing
// runs.
func (q *Queue[T]) HandOut(may func(T) bool) (out, left int) {
	now := q.clock.Now()
	q.quiescence.Do(func() {
		free := q.workers - len(q.processed)
		for _, e := range q.ready() {
			switch {
			case !may(e.key):
				if e.since.Before(now) {
					free--
				}
			case free <= 0:
				left++
			default:
				free--
				delete(q.entries, e.key)
				q.processed[e.key] = true
				q.served(e)
				q.out = append(q.out, e)
				out++
			}
		}
		q.taken.Broadcast()
	})
	return out, left
}

// Next returns the key that is handed out next, if one is ready and a worker is free.
func (q *Queue[T]) Next() (key T, ok bool) {
	q.quiescence.mu.Lock()
	defer q.quiescence.mu.Unlock()
	if ready := q.ready(); len(ready) > 0 && len(q.processed) < q.workers {
		return ready[0].key, true
	}
	return key, false
}

// ready returns the keys that can be handed out, in their order: the higher priority
// first, then first come, first served. Of keys that came between the same two rests,
// the name decides, since their order is chance.
func (q *Queue[T]) ready() []*entry[T] {
	var ready []*entry[T]
	//determinism:ordered sorted below
	for _, e := range q.entries {
		if e.at.IsZero() && !q.processed[e.key] && !q.cut[e.key] && !q.cutAll {
			ready = append(ready, e)
		}
	}
	slices.SortFunc(ready, func(a, b *entry[T]) int {
		return cmp.Or(b.priority-a.priority, a.since.Compare(b.since), a.rest-b.rest, strings.Compare(q.task(a.key), q.task(b.key)))
	})
	return ready
}

// AddWithOpts adds keys.
func (q *Queue[T]) AddWithOpts(o priorityqueue.AddOpts, keys ...T) {
	q.quiescence.Do(func() {
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
		// Virtual times are whole microseconds. Rounded up, so that nothing is early.
		at = q.clock.Now().Add((after + time.Microsecond - 1).Truncate(time.Microsecond))
	}
	rank := 0
	if priority != nil {
		rank = *priority
	}
	e, known := q.entries[key]
	if !known {
		e = &entry[T]{key: key, at: at, priority: rank}
		q.comes(e)
		q.entries[key] = e
	} else {
		if rank > e.priority {
			e.priority = rank
			q.comes(e)
		}
		if e.at.IsZero() || !at.IsZero() && !at.Before(e.at) {
			return
		}
		e.at = at
		e.cancel()
	}
	if at.IsZero() {
		q.awaits(e)
		return
	}
	e.cancel = q.clock.At(at, func() {
		q.quiescence.Do(func() {
			e.at = time.Time{}
			q.comes(e)
			q.awaits(e)
		})
	})
}

// comes records that a key starts to wait now.
func (q *Queue[T]) comes(e *entry[T]) { e.since, e.rest = q.clock.Now(), q.quiescence.rests }

// awaits says that nothing keeps a key from being handed out but the want of a
// worker, unless it is still processed: then it begins to wait after that.
func (q *Queue[T]) awaits(e *entry[T]) {
	if !q.processed[e.key] {
		e.wait = Wait[T]{Key: e.key, From: q.clock.Now(), Before: len(q.processed)}
	}
}

// served records that a key was handed out, for the waits of the others.
func (q *Queue[T]) served(out *entry[T]) {
	q.ended(out)
	//determinism:ordered each counts on its own
	for _, e := range q.entries {
		if !e.wait.From.IsZero() && !e.served[out.key] {
			if e.served == nil {
				e.served = map[T]bool{}
			}
			e.served[out.key] = true
			e.wait.Before++
		}
	}
}

// ended keeps a wait that has ended, if it took time.
func (q *Queue[T]) ended(e *entry[T]) {
	e.wait.To = q.clock.Now()
	if !e.wait.From.IsZero() && e.wait.To.After(e.wait.From) {
		q.waits = append(q.waits, e.wait)
	}
}

// Waits returns the waits that took time: those that ended since the last call, in
// their order, and then the present ones, in no order.
func (q *Queue[T]) Waits() []Wait[T] {
	q.quiescence.mu.Lock()
	defer q.quiescence.mu.Unlock()
	waits := q.waits
	q.waits = nil
	//determinism:ordered whoever asks looks at each key's on its own
	for _, e := range q.entries {
		if !e.wait.From.IsZero() && q.clock.Now().After(e.wait.From) {
			waits = append(waits, e.wait)
		}
	}
	return waits
}

// GetWithPriority returns a key, when one is handed out.
func (q *Queue[T]) GetWithPriority() (key T, priority int, shutdown bool) {
	q.quiescence.mu.Lock()
	defer q.quiescence.mu.Unlock()
	if q.onGet != nil {
		started := q.onGet
		q.onGet = nil
		q.quiescence.mu.Unlock()
		started()
		q.quiescence.mu.Lock()
	}
	for {
		if q.closed {
			return key, 0, true
		}
		if len(q.out) > 0 {
			e := q.out[0]
			q.out = q.out[1:]
			return e.key, e.priority, false
		}
		q.taken.Wait()
	}
}

// Done records that the processing of a key has ended.
func (q *Queue[T]) Done(key T) {
	q.quiescence.Do(func() {
		delete(q.processed, key)
		if e := q.entries[key]; e != nil && e.at.IsZero() {
			q.awaits(e)
		}
	})
}

// Cut stops the queue from handing out a key.
func (q *Queue[T]) Cut(key T) { q.quiescence.Do(func() { q.cut[key] = true }) }

// CutAll stops the queue from handing out any key.
func (q *Queue[T]) CutAll() { q.quiescence.Do(func() { q.cutAll = true }) }

// ShutDown ends every Get and forgets every key.
func (q *Queue[T]) ShutDown() {
	q.quiescence.Do(func() {
		q.closed = true
		//determinism:ordered each is called off, in whatever order
		for _, e := range q.entries {
			if !e.at.IsZero() {
				e.cancel()
			}
			q.ended(e)
		}
		clear(q.entries)
		q.taken.Broadcast()
	})
	q.quiescence.Leave(q)
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

// Get returns a key, when one is handed out.
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
	q.quiescence.mu.Lock()
	defer q.quiescence.mu.Unlock()
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
	q.quiescence.mu.Lock()
	defer q.quiescence.mu.Unlock()
	return q.closed
}
