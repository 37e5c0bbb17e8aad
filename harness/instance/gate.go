package instance

import (
	"context"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"sort"
	"sync"

	"example.com/edge-device-operator/harness/virtualtime"
)

// Gate orders the requests of controllers that live at the same time. Each
// request waits there until nothing else runs; then, of each object, one goes
// on, and different objects' go in parallel. So what two controllers do to one
// object comes in an order that doesn't depend on how fast either runs.
type Gate struct {
	order uint64

	mu      sync.Mutex
	open    bool
	waiting map[string][]*waiter
	luck    map[string]*rand.Rand // by object, where the order is drawn
}

// waiter is a request at the gate.
type waiter struct {
	life  int // its controller's, in the order of their starts
	owner virtualtime.Owner
	pass  chan struct{}
}

// NewGate returns a gate that is open: who comes goes on. Once it is closed, the
// request of the controller that started first goes first; an order that isn't
// zero draws one each time, for each object by itself.
func NewGate(order uint64) *Gate {
	return &Gate{order: order, open: true, waiting: map[string][]*waiter{}, luck: map[string]*rand.Rand{}}
}

// Close has requests wait from now on; Open lets all go on. A world closes its
// gate while more than one controller lives.
func (g *Gate) Close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = false
}

// Open lets all requests go on, now and later.
func (g *Gate) Open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = true
	//determinism:ordered all go on
	for object, waiting := range g.waiting {
		for _, w := range waiting {
			w.goOn()
		}
		delete(g.waiting, object)
	}
}

// Next lets the next request of each object go on, and returns how many those
// are. It is called when the world has settled.
func (g *Gate) Next() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := 0
	//determinism:ordered one of each object goes on, and objects don't see each other
	for object, waiting := range g.waiting {
		sort.SliceStable(waiting, func(i, j int) bool { return waiting[i].life < waiting[j].life })
		next := g.draw(object, len(waiting))
		waiting[next].goOn()
		n++
		if g.waiting[object] = slices.Delete(waiting, next, next+1); len(waiting) == 1 {
			delete(g.waiting, object)
		}
	}
	return n
}

// draw says which of so many requests for an object goes on.
func (g *Gate) draw(object string, waiting int) int {
	if g.order == 0 || waiting == 1 {
		return 0
	}
	if g.luck[object] == nil {
		name := fnv.New64a()
		name.Write([]byte(object)) // never an error
		g.luck[object] = rand.New(rand.NewPCG(g.order, name.Sum64()))
	}
	return g.luck[object].IntN(waiting)
}

func (w *waiter) goOn() {
	w.owner.Resume()
	close(w.pass)
}

// await returns when an object's request may go on, or one of the contexts has
// ended.
func (g *Gate) await(ctx, dead context.Context, life int, object string, owner virtualtime.Owner) {
	g.mu.Lock()
	if g.open {
		g.mu.Unlock()
		return
	}
	w := &waiter{life, owner, make(chan struct{})}
	g.waiting[object] = append(g.waiting[object], w)
	owner.Park()
	g.mu.Unlock()
	select {
	case <-w.pass:
	case <-ctx.Done():
		g.leave(object, w)
	case <-dead.Done():
		g.leave(object, w)
	}
}

// leave takes a request that was given up from the gate.
func (g *Gate) leave(object string, w *waiter) {
	g.mu.Lock()
	defer g.mu.Unlock()
	waiting := g.waiting[object]
	for n := range waiting {
		if waiting[n] == w {
			g.waiting[object] = append(waiting[:n:n], waiting[n+1:]...)
		}
	}
	if len(g.waiting[object]) == 0 {
		delete(g.waiting, object)
	}
}
