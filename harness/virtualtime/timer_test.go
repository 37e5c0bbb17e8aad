package virtualtime

import (
	"context"
	"fmt"
	"testing"
	"time"

	"k8s.io/utils/clock"
)

// TestWaitsOfATask has a goroutine that only something else says is busy wait in each
// way, and set a timer while it works. Time moves when it waits, and not before.
func TestWaitsOfATask(t *testing.T) {
	c, a := NewClock(start), NewQuiescence()
	var k clock.WithTickerAndDelayedExecution = c.Delayed()
	for name, wait := range map[string]func(){
		"Sleep":   func() { k.Sleep(time.Minute) },
		"After":   func() { <-k.After(time.Minute) },
		"Wait":    func() { _ = c.Wait(a.Task("waiter").In(t.Context()), time.Minute) },
		"Tick":    func() { <-k.Tick(time.Minute) },
		"a child": func() { done := make(chan struct{}); go func() { defer close(done); k.Sleep(time.Minute) }(); <-done },
		"AfterFunc": func() {
			done := make(chan struct{})
			k.AfterFunc(time.Minute, func() { close(done) })
			<-done
		},
		"NewTimer, and work meanwhile": func() {
			timer := k.NewTimer(time.Minute)
			works()
			<-timer.C()
		},
		"a Timer of benbjohnson's": func() { <-c.Timer(time.Minute).C },
		"a timer that was reset": func() {
			timer := k.NewTimer(time.Second)
			timer.Stop()
			timer.Reset(time.Minute)
			<-timer.C()
		},
		"a ticker": func() {
			ticker := k.NewTicker(20 * time.Second)
			defer ticker.Stop()
			for range 3 {
				<-ticker.C()
				works()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			began := c.Now()
			token := a.Task("waiter").Begin("the waiter")
			var took time.Duration
			go func() {
				defer token.End()
				defer c.EnterAlone(t.Context(), a.Task("waiter"))()
				token.End()
				wait()
				works()
				took = c.Since(began)
			}()
			for settle(t, a); took == 0; settle(t, a) {
				next, due := c.Next()
				if !due {
					t.Fatal("it waits for no time")
				}
				c.AdvanceTo(next)
			}
			if took != time.Minute {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// works takes real time.
func works() {
	for n, until := 0, time.Now().Add(5*time.Millisecond); time.Now().Before(until); n++ {
		_ = n
	}
}

func settle(t *testing.T, a *Quiescence) {
	t.Helper()
	limited, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := a.Settle(limited); err != nil {
		t.Fatal(err)
	}
}

// TestADeadTaskGoesNoFurther kills one that waits without a context.
func TestADeadTaskGoesNoFurther(t *testing.T) {
	for name, wait := range map[string]func(*Clock){
		"Sleep": func(c *Clock) { c.Sleep(time.Minute) },
		"After": func(c *Clock) { <-c.After(time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			c, a := NewClock(start), NewQuiescence()
			life, kill := context.WithCancel(t.Context())
			ended, waits := make(chan struct{}), 0
			go func() {
				defer close(ended)
				defer c.EnterAlone(life, a.Task("waiter"))()
				for {
					waits++
					wait(c)
				}
			}()
			for due := false; !due; _, due = c.Next() {
				works()
			}
			kill()
			<-ended
			if waits > 2 {
				t.Errorf("it went on, and waited %d times", waits)
			}
		})
	}
}

// TestParseGoroutine reads what Go writes.
func TestParseGoroutine(t *testing.T) {
	const trace = "goroutine 34 [chan receive, 2 minutes, locked to thread]:\nexample.com/op.f()\n\t/src/op.go:3 +0x1d\ncreated by example.com/op.g in goroutine 12\n\t/src/op.go:7 +0x25\n"
	if got, want := parseGoroutine([]byte(trace)), (goroutine{id: 34, parent: 12, state: "chan receive"}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	const locks = "goroutine 5 [sync.Mutex.Lock]:\ninternal/sync.runtime_SemacquireMutex()\n\t/go/sema.go:95 +0x1\nsync.(*Mutex).Lock(...)\n\t/go/mutex.go:46\n%s.f()\n\t/src/f.go:3 +0x1\n"
	for of, waits := range map[string]bool{
		"example.com/op": true, "main": true,
		"example.com/edge-device-operator/harness/process": false,
		"k8s.io/client-go/tools/cache":                     false, "net/http": false, "bufio": false,
	} {
		if g := parseGoroutine(fmt.Appendf(nil, locks, of)); g.waits() != waits {
			t.Errorf("%+v waits: %t", g, !waits)
		}
	}
	const created = "goroutine 5 [runnable]:\nsigs.k8s.io/controller-runtime/pkg/client.f()\n\t/src/f.go:3 +0x1\ncreated by %s in goroutine 12\n\t/src/op.go:7 +0x25\n"
	for by, caches := range map[string]bool{
		"example.com/op.(*Reconciler).Reconcile":                                                                    false,
		"k8s.io/apimachinery/pkg/util/wait.(*Group).Start":                                                          true,
		"sigs.k8s.io/controller-runtime/pkg/client/internal/consistencyhandler.(*ConsistencyHandler).OnAdd.gowrap1": true,
	} {
		if g := parseGoroutine(fmt.Appendf(nil, created, by)); g.caches != caches || g.parent != 12 {
			t.Errorf("created by %s: %+v", by, g)
		}
	}
}
