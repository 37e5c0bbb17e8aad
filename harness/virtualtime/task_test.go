package virtualtime

import (
	"sync"
	"sync/atomic"
	"testing"
)

// TestATaskThatFansOut has a task wait while each of its goroutines does: also those that
// were started by one that it has started. What one of them parks isn't
// what all wait for.
func TestATaskThatFansOut(t *testing.T) {
	c, a := NewClock(start), NewQuiescence()
	q := newNamed(a, 1)
	defer q.ShutDown()
	q.Add("web")
	q.HandOut(anything)
	q.Get()
	task, over := a.Task("web"), make(chan struct{})
	var worked atomic.Int32
	var all sync.WaitGroup
	all.Go(func() {
		defer c.Enter(t.Context(), task)()
		task.Park()
		task.FanOut()
		all.Go(func() { // it goes on, whatever the others do
			task.Park()
			all.Go(func() {
				works()
				worked.Add(1)
				<-over
			})
			works()
			worked.Add(1)
			<-over
		})
		<-over
	})
	for !task.FannedOut() {
		works()
	}
	settle(t, a)
	if n := worked.Load(); n != 2 {
		t.Errorf("it waits when %d of 2 have worked", n)
	}
	close(over)
	all.Wait()
	task.Park()
	if a.Do(func() {}); task.FannedOut() || !a.Parked("web") {
		t.Error("it can't be parked, though it has fanned in")
	}
}
