package virtualtime

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"
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

// TestADeadlineThatIsLeftSet has a deadline pass that bounds nothing any more while its
// task waits for something else, and one that bounds what it waits for.
func TestADeadlineThatIsLeftSet(t *testing.T) {
	for _, bounded := range []bool{false, true} {
		c, a := NewClock(start), NewQuiescence()
		ctx := a.Task("web").In(t.Context())
		limited, cancel := c.WithTimeout(ctx, time.Second)
		defer cancel()
		if bounded {
			ctx = limited
		}
		token, waited := a.Task("web").Begin("web"), make(chan error, 1)
		go func() {
			defer token.End()
			waited <- c.Wait(ctx, 2*time.Second)
		}()
		settle(t, a)
		c.AdvanceTo(start.Add(time.Second))
		settle(t, a)
		if parked := a.Parked("web"); parked == bounded {
			t.Errorf("bounded %t: after the deadline it is parked: %t", bounded, parked)
		}
		c.AdvanceTo(start.Add(2 * time.Second))
		settle(t, a)
		if err := <-waited; (err != nil) != bounded {
			t.Errorf("bounded %t: it has waited: %v", bounded, err)
		}
	}
}

// TestAWaitThatIsOver has a task wait under a context that has ended: it doesn't seem to wait
// until its goroutine has noticed.
func TestAWaitThatIsOver(t *testing.T) {
	q := NewQuiescence()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if NewClock(time.Time{}).Wait(q.Task("mill").In(ctx), time.Hour) == nil {
		t.Error("it waits under a context that has ended")
	}
	q.Do(func() {
		if q.Waits("mill") {
			t.Error("a wait that is over parks its task")
		}
	})
}
