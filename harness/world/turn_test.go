package world

import (
	"context"
	"testing"
)

func TestTurns(t *testing.T) {
	calledOff, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name        string
		open, comes sharing
		begins      bool
	}{
		{"namespaces are apart", shared, shared, true},
		{"cluster-scoped kinds beside namespaces", shared, byTurns, true},
		{"namespaces beside cluster-scoped kinds", byTurns, shared, true},
		{"cluster-scoped kinds take turns", byTurns, byTurns, false},
		{"who kills the control plane waits for namespaces", shared, alone, false},
		{"who kills the control plane waits for cluster-scoped kinds", byTurns, alone, false},
		{"namespaces wait for who kills the control plane", alone, shared, false},
		{"cluster-scoped kinds wait for who kills the control plane", alone, byTurns, false},
		{"two who kill the control plane", alone, alone, false},
	} {
		on := &turns{changed: make(chan struct{})}
		leave, err := on.enter(t.Context(), c.open)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := on.enter(calledOff, c.comes); (err == nil) != c.begins {
			t.Errorf("%s: it begins with %v", c.name, err)
		}
		if c.begins {
			continue
		}
		came := make(chan error)
		go func() {
			_, err := on.enter(t.Context(), c.comes)
			came <- err
		}()
		leave()
		leave() // a world may be closed twice
		if err := <-came; err != nil {
			t.Errorf("%s: once the other has ended, %v", c.name, err)
		}
	}
}

// TestWhoWaitsToBeAloneIsNextToBegin has worlds come while one waits to be alone: they
// begin after it, or when it waits no more.
func TestWhoWaitsToBeAloneIsNextToBegin(t *testing.T) {
	on := &turns{changed: make(chan struct{})}
	leave, err := on.enter(t.Context(), shared)
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	waits, giveUp := context.WithCancel(t.Context())
	came := make(chan error)
	go func() {
		_, err := on.enter(waits, alone)
		came <- err
	}()
	for waiting := 0; waiting == 0; {
		on.mu.Lock()
		waiting = on.waiting
		on.mu.Unlock()
	}
	calledOff, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := on.enter(calledOff, shared); err == nil {
		t.Error("a world begins before the one that waits to be alone")
	}
	giveUp()
	if err := <-came; err == nil {
		t.Error("two worlds are alone")
	}
	if _, err := on.enter(calledOff, shared); err != nil {
		t.Errorf("after the one that waited to be alone gave up: %v", err)
	}
}
