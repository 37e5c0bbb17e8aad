package instance

import (
	"context"
	"sort"
	"sync"

	"example.com/edge-device-operator/harness/virtualtime"
)

// Gate orders the requests of controllers that live at the same time. Each
// request waits there until nothing else runs; then, of each object, the one
// of the earliest controller goes on, and different objects' go in parallel.
// So what two controllers do to one object comes in an order that doesn't
// depend on how fast either runs.
type Gate struct {
	mu      sync.Mutex
	open    bool
	waiting map[string][]*waiter
}

// waiter is a request at the gate.
type waiter struct {
	life  int // its controller's, in the order of their starts
	owner virtualtime.Owner
	pass  chan struct{}
}

// NewGate returns a gate that is open: who comes goes on.
func NewGate() *Gate { return &Gate{open: true, waiting: map[string][]*waiter{}} }

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
		waiting[0].goOn()
		n++
		if g.waiting[object] = waiting[1:]; len(waiting) == 1 {
			delete(g.waiting, object)
		}
	}
	return n
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
