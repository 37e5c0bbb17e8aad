package process

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"example.com/edge-device-operator/harness/virtualtime"
)

// TestDrawnDeliveries has two event handlers be told of two things each. Whose turn it is
// is drawn when nothing runs; what one is told comes in its order. An order draws the same
// each time, and others draw others.
func TestDrawnDeliveries(t *testing.T) {
	play := func(order uint64) string {
		tracker, g := NewSyncTracker(virtualtime.NewQuiescence()), NewSequentialSequencer(order)
		went := make(chan string)
		for _, name := range []string{"left", "right"} {
			told := tracker.Watch(name, Scope{Kind: schema.GroupKind{Kind: "Secret"}})
			told.Drawn()
			defer told.Close()
			go func() {
				for n := range 2 {
					g.await(t.Context(), t.Context(), &waiter{object: "watch for " + name, what: func() string { return "" }, task: told, pass: make(chan struct{})})
					went <- fmt.Sprintf("%s %d", name, n)
				}
			}()
			awaitWaiting(g, "watch for "+name)
		}
		var all []string
		for range 4 {
			if n := g.Next(); n != 1 {
				t.Fatalf("%d go on at once", n)
			}
			all = append(all, <-went)
			name, _, _ := strings.Cut(all[len(all)-1], " ")
			if strings.HasSuffix(all[len(all)-1], "0") { // it comes back with the second thing
				awaitWaiting(g, "watch for "+name)
			}
		}
		return strings.Join(all, ", ")
	}
	orders := map[string]bool{}
	for order := range uint64(8) {
		order++
		first := play(order)
		if again := play(order); again != first {
			t.Errorf("order %d gives %s, and then %s", order, first, again)
		}
		for _, name := range []string{"left", "right"} {
			if strings.Index(first, name+" 0") > strings.Index(first, name+" 1") {
				t.Errorf("order %d: %s", order, first)
			}
		}
		orders[first] = true
	}
	if len(orders) < 2 {
		t.Errorf("8 orders draw %d", len(orders))
	}
}

// awaitWaiting returns when a handler waits at a sequencer.
func awaitWaiting(g *Sequencer, object string) {
	for {
		g.mu.Lock()
		n := len(g.waiting[object])
		g.mu.Unlock()
		if n > 0 {
			return
		}
		runtime.Gosched()
	}
}

// TestAHandlerThatIsStopped waits for its turn no more.
func TestAHandlerThatIsStopped(t *testing.T) {
	g := NewSequentialSequencer(1)
	told := NewSyncTracker(virtualtime.NewQuiescence()).Watch("it", Scope{})
	stopping, stop := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() {
		defer close(over)
		g.await(stopping, t.Context(), &waiter{object: "watch", what: func() string { return "" }, task: told, pass: make(chan struct{})})
	}()
	awaitWaiting(g, "watch")
	stop()
	<-over
	if n := g.Next(); n != 0 {
		t.Errorf("%d go on that were stopped", n)
	}
}

// TestOnlyTheSequentialScheduleDraws says which sequencers draw all that could be first.
func TestOnlyTheSequentialScheduleDraws(t *testing.T) {
	for g, draws := range map[*Sequencer]bool{
		NewSequencer(0): false, NewSequencer(1): false, NewSequentialSequencer(0): false, NewSequentialSequencer(1): true,
	} {
		if g.Draws() != draws {
			t.Errorf("sequential %t with order %d draws: %t", g.sequential, g.order, !draws)
		}
	}
}
