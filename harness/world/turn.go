package world

import (
	"context"
	"fmt"
	"sync"
)

// sharing says which other worlds may run on a world's control plane at the same time.
type sharing int

const (
	// shared worlds are kept apart by their namespaces.
	shared sharing = iota
	// byTurns is for worlds over cluster-scoped kinds. They would see each other's
	// objects, but shared worlds don't see them, nor they shared worlds.
	byTurns
	// alone is for a world that may kill the control plane.
	alone
)

// turns makes the worlds of one control plane wait for each other.
type turns struct {
	mu      sync.Mutex    // guards what follows
	open    [3]int        // the number of worlds, by sharing
	waiting int           // the number that wait to be alone; no other world may start before them
	changed chan struct{} // closed when a world ends, or stops waiting to be alone
}

// planes are the turns of this process's control planes, by address.
var planes sync.Map

// turnsOn returns the turns of the control plane at an address.
func turnsOn(host string) *turns {
	t, _ := planes.LoadOrStore(host, &turns{changed: make(chan struct{})})
	return t.(*turns)
}

// enter waits until a world with such sharing may start; leave is called when it has
// ended. It returns an error if the context ends first.
func (t *turns) enter(ctx context.Context, c sharing) (leave func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c == alone {
		t.waiting++
		defer func() {
			t.waiting--
			t.tell()
		}()
	}
	for !t.admits(c) {
		changed := t.changed
		t.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			err = fmt.Errorf("another world on this control plane has not ended: %w", context.Cause(ctx))
		}
		t.mu.Lock()
		if err != nil {
			return nil, err
		}
	}
	t.open[c]++
	return sync.OnceFunc(func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.open[c]--
		t.tell()
	}), nil
}

// admits says whether a world with such sharing may start now. The caller holds t.mu.
func (t *turns) admits(c sharing) bool {
	switch c {
	case alone:
		return t.open == [3]int{}
	case byTurns:
		return t.waiting == 0 && t.open[alone] == 0 && t.open[byTurns] == 0
	default:
		return t.waiting == 0 && t.open[alone] == 0
	}
}

// tell makes the waiting worlds check again. The caller holds t.mu.
func (t *turns) tell() {
	close(t.changed)
	t.changed = make(chan struct{})
}
