package world

import (
	"context"
	"fmt"
	"sync"
)

// company says which other worlds a world can share its control plane with.
type company int

const (
	// shared worlds are apart from each other by their namespaces.
	shared company = iota
	// byTurns is for worlds over cluster-scoped kinds: they would see each other, but
	// no shared one sees them, nor they it.
	byTurns
	// alone is for a world that may kill the control plane.
	alone
)

// turns has the worlds of one control plane wait for each other.
type turns struct {
	mu      sync.Mutex    // guards what follows
	open    [3]int        // how many worlds there are, by their company
	waiting int           // how many wait to be alone: no other begins before them
	changed chan struct{} // closed when a world ends, or one waits no more to be alone
}

// planes are the control planes of this process's worlds, by their addresses.
var planes sync.Map

// turnsOn are those of the control plane at an address.
func turnsOn(host string) *turns {
	t, _ := planes.LoadOrStore(host, &turns{changed: make(chan struct{})})
	return t.(*turns)
}

// enter returns when a world in such company may begin; leave says that it has ended.
// The error says that the context ended before.
func (t *turns) enter(ctx context.Context, c company) (leave func(), err error) {
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

// admits says whether a world in such company may begin now; t.mu is held.
func (t *turns) admits(c company) bool {
	switch c {
	case alone:
		return t.open == [3]int{}
	case byTurns:
		return t.waiting == 0 && t.open[alone] == 0 && t.open[byTurns] == 0
	default:
		return t.waiting == 0 && t.open[alone] == 0
	}
}

// tell has those who wait look again; t.mu is held.
func (t *turns) tell() {
	close(t.changed)
	t.changed = make(chan struct{})
}
