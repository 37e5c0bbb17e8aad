package process

import (
	"cmp"
	"context"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/virtualtime"
)

// Sequencer says what goes on when a world has settled, so that it is no chance: the
// keys that free workers take and, while several controllers live, the requests,
// each of which waits at the sequencer then.
//
// Of one controller as many objects as it has workers go on at a time. Of several
// one object does, and no other one until there is nothing left to do for it at
// this instant: first the controllers take its key, then of its requests one goes
// on. So what two controllers do to one object comes in an order that doesn't
// depend on how fast either runs, and none of its requests waits at the sequencer
// while another object wants a worker.
//
// In the sequential schedule all is as with several controllers, also while there
// is one: one thing at a time goes on, a key or a request, over all that could. So
// objects may see each other. Where the order is drawn, it also is which event handler
// is told of something next, and which of the timers that are due at once goes first.
type Sequencer struct {
	order      uint64
	sequential bool
	timers     *rand.Rand // for who moves the clock alone

	mu      sync.Mutex // guards what follows
	open    bool
	queues  []*queue // of the processes there are, in the order of their starts, and of their controllers' names
	turn    string   // the object that went on last
	short   bool     // some object has had to wait for a worker
	waiting map[string][]*waiter
	random  map[string]*rand.Rand // by object, where the order is drawn
}

// queue is a controller's.
type queue struct {
	*virtualtime.Queue[reconcile.Request]
	incarnation int
	controller  string
	show        func(reconcile.Request) string // the name of the work that a key is
}

// waiter is a request at the sequencer, or what an event handler is to be told.
type waiter struct {
	incarnation int // its controller's, in the order of their starts
	object      string
	what        func() string // tells apart what one reconcile asks for at once
	task        parker        // what waits with it
	fanned      bool          // others of its task may wait, too
	pass        chan struct{}
}

// parker is what the world doesn't wait for while it is parked: a task, or a delivery.
type parker interface {
	Park()
	Resume()
}

// NewSequencer returns a sequencer that is open: who comes goes on. Once it is closed, the
// request of the controller that started first goes first; an order that isn't
// zero draws one each time, for each object by itself.
func NewSequencer(order uint64) *Sequencer {
	return &Sequencer{order: order, timers: newDraws(order, "timers"), open: true, waiting: map[string][]*waiter{}, random: map[string]*rand.Rand{}}
}

// NewSequentialSequencer returns a sequencer that is always closed. What has begun goes on
// first; an order that isn't zero draws each time, out of all that could.
func NewSequentialSequencer(order uint64) *Sequencer {
	g := NewSequencer(order)
	g.sequential, g.open = true, false
	return g
}

// Close has requests wait from now on; Open lets all go on. A world closes its
// sequencer while more than one controller lives.
func (g *Sequencer) Close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = false
}

// Open lets all requests go on, now and later, unless the schedule is sequential.
func (g *Sequencer) Open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.sequential {
		return
	}
	g.open = true
	//determinism:ordered all go on
	for object, waiting := range g.waiting {
		g.waiting[object] = slices.DeleteFunc(waiting, func(w *waiter) bool {
			if !w.fanned {
				w.goOn()
			}
			return !w.fanned
		})
		if len(g.waiting[object]) == 0 {
			delete(g.waiting, object)
		}
	}
}

// join has the sequencer hand out a queue's keys; leave has it hand out none any more.
func (g *Sequencer) join(q *queue) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.queues = append(g.queues, q)
	slices.SortFunc(g.queues, func(a, b *queue) int {
		return cmp.Or(a.incarnation-b.incarnation, strings.Compare(a.controller, b.controller))
	})
}

func (g *Sequencer) leave(q *queue) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.queues = slices.DeleteFunc(g.queues, func(other *queue) bool { return other == q })
}

// Next lets go on what may, and returns how much that is. It is called when the
// world has settled.
func (g *Sequencer) Next() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.open {
		for _, object := range g.objects() {
			if n := g.goOn(object); n > 0 {
				g.turn = object
				return n
			}
		}
	}
	released := 0
	for _, object := range slices.Sorted(maps.Keys(g.waiting)) {
		released += g.release(object)
	}
	out, left := g.handOut(func(string) bool { return true })
	g.short = g.short || released+out == 0 && left > 0
	return released + out
}

// objects are those that may go on, the first that can first: the one that went
// on last, those that hold a worker, and those for which one is free.
func (g *Sequencer) objects() []string {
	objects := append([]string{g.turn}, slices.Sorted(maps.Keys(g.waiting))...)
	for _, q := range g.queues {
		if key, ok := q.Next(); ok {
			objects = append(objects, q.show(key))
		}
	}
	if g.Draws() {
		slices.Sort(objects)
		objects = slices.Compact(objects)
		g.draws("").Shuffle(len(objects), func(a, b int) { objects[a], objects[b] = objects[b], objects[a] })
	}
	return objects
}

// goOn lets an object go on, and returns how much of it does.
func (g *Sequencer) goOn(object string) int {
	out, left := g.handOut(func(work string) bool { return work == object })
	if out > 0 {
		return out
	}
	if g.release(object) == 0 {
		return 0
	}
	g.short = g.short || left > 0
	return 1
}

// release lets one of an object's requests go on, if any waits, and returns how many do.
func (g *Sequencer) release(object string) int {
	waiting := g.waiting[object]
	if len(waiting) == 0 {
		return 0
	}
	if len(waiting) > 1 {
		what := make(map[*waiter]string, len(waiting))
		for _, w := range waiting {
			what[w] = w.what()
		}
		slices.SortStableFunc(waiting, func(a, b *waiter) int { return cmp.Or(a.incarnation-b.incarnation, strings.Compare(what[a], what[b])) })
	}
	next := g.draw(object, len(waiting))
	waiting[next].goOn()
	if g.waiting[object] = slices.Delete(waiting, next, next+1); len(waiting) == 1 {
		delete(g.waiting, object)
	}
	return 1
}

// handOut hands out the keys that may be, of every queue.
func (g *Sequencer) handOut(may func(work string) bool) (out, left int) {
	for _, q := range g.queues {
		o, l := q.HandOut(func(key reconcile.Request) bool { return may(q.show(key)) })
		out, left = out+o, left+l
	}
	return out, left
}

// ShortOfWorkers says whether some object has had to wait for a worker: with more
// of them, something else may happen.
func (g *Sequencer) ShortOfWorkers() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.short
}

// draw says which of so many requests for an object goes on.
func (g *Sequencer) draw(object string, waiting int) int {
	if g.order == 0 || waiting == 1 {
		return 0
	}
	return g.draws(object).IntN(waiting)
}

// Draws says whether all that could be first is drawn: keys, requests, what an event
// handler is told next, and timers that are due at once.
func (g *Sequencer) Draws() bool { return g.sequential && g.order != 0 }

// DrawTimer draws which of so many timers is first. It is called by whoever moves the
// clock, whose lock is held: so it takes none.
func (g *Sequencer) DrawTimer(due int) int { return g.timers.IntN(due) }

// draws is what an object's draws are made with; without a name, those among all.
func (g *Sequencer) draws(object string) *rand.Rand {
	if g.random[object] == nil {
		g.random[object] = newDraws(g.order, object)
	}
	return g.random[object]
}

func newDraws(order uint64, of string) *rand.Rand {
	name := fnv.New64a()
	name.Write([]byte(of)) // never an error
	return rand.New(rand.NewPCG(order, name.Sum64()))
}

func (w *waiter) goOn() {
	w.task.Resume()
	close(w.pass)
}

// await returns when a request may go on, or one of the contexts has ended.
func (g *Sequencer) await(ctx, dead context.Context, w *waiter) {
	g.mu.Lock()
	if g.open && !w.fanned {
		g.mu.Unlock()
		return
	}
	g.add(w)
	g.mu.Unlock()
	g.awaitPass(ctx, dead, w)
}

// enter has something wait that isn't a request; awaitPass then returns when it may go on,
// or one of the contexts has ended.
func (g *Sequencer) enter(w *waiter) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.add(w)
}

// add is enter with the lock held.
func (g *Sequencer) add(w *waiter) {
	g.waiting[w.object] = append(g.waiting[w.object], w)
	w.task.Park()
}

func (g *Sequencer) awaitPass(ctx, dead context.Context, w *waiter) {
	select {
	case <-w.pass:
	case <-ctx.Done():
		g.giveUp(w)
	case <-dead.Done():
		g.giveUp(w)
	}
}

// giveUp has something wait no more.
func (g *Sequencer) giveUp(w *waiter) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting[w.object] = slices.DeleteFunc(g.waiting[w.object], func(other *waiter) bool { return other == w })
	if len(g.waiting[w.object]) == 0 {
		delete(g.waiting, w.object)
	}
}
