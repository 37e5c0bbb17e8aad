package process

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/cache"

	"example.com/edge-device-operator/harness/virtualtime"
)

// deliveryTo is the delivery to a handler of one of a sequencer's controllers.
func deliveryTo(controller string, running context.Context, g *Sequencer) *delivery {
	p := newInstance(Config{Incarnation: 1, Sequencer: g, Quiescence: virtualtime.NewQuiescence()})
	p.running = running
	return p.delivery(controller, "handler", &Handler{kind: schema.GroupKind{Kind: "Secret"}})
}

func secretOf(version int) *metav1.PartialObjectMetadata {
	return &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Name: "web", ResourceVersion: fmt.Sprint(version)}}
}

// TestDrawnDeliveries has three things come for each of two handlers. Whose turn it is is
// drawn; what was written first is told first, in whatever order it came. An order draws
// the same each time, and others draw others.
func TestDrawnDeliveries(t *testing.T) {
	play := func(order uint64) []string {
		g := NewSequentialSequencer(order)
		went := make(chan string)
		quiescences := map[string]*virtualtime.Quiescence{}
		for _, name := range []string{"left", "right"} {
			d := deliveryTo(name, t.Context(), g)
			quiescences[name] = d.process.cfg.Quiescence
			d.add(secretOf(7), func() { went <- name + " 7" })
			d.add(cache.DeletedFinalStateUnknown{Key: "web", Obj: secretOf(5)}, func() { went <- name + " 5" })
			d.add(secretOf(9), func() { went <- name + " 9" })
		}
		var all []string
		for range 6 {
			if n := g.Next(); n != 1 {
				t.Fatalf("%d go on at once", n)
			}
			told := <-went
			all = append(all, told)
			name, _, _ := strings.Cut(told, " ")
			if err := quiescences[name].Settle(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if n := g.Next(); n != 0 {
			t.Errorf("%d go on though all is told", n)
		}
		return all
	}
	orders := map[string]bool{}
	for order := range uint64(8) {
		order++
		first := play(order)
		if again := play(order); !slices.Equal(again, first) {
			t.Errorf("order %d gives %s, and then %s", order, first, again)
		}
		for _, name := range []string{"left", "right"} {
			of := slices.DeleteFunc(slices.Clone(first), func(told string) bool { return !strings.HasPrefix(told, name) })
			if want := []string{name + " 5", name + " 7", name + " 9"}; !slices.Equal(of, want) {
				t.Errorf("order %d tells %s, want %s", order, of, want)
			}
		}
		orders[strings.Join(first, ", ")] = true
	}
	if len(orders) < 2 {
		t.Errorf("8 orders draw %d", len(orders))
	}
}

// TestADeliveryIsAwaited has the world wait while a handler is told of something, and not
// while the handler waits for its turn.
func TestADeliveryIsAwaited(t *testing.T) {
	d := deliveryTo("it", t.Context(), NewSequentialSequencer(1))
	s := &stand{T: t, Process: d.process}
	begins, ends := make(chan struct{}), make(chan struct{})
	d.add(secretOf(7), func() { close(begins); <-ends })
	if got := s.running(); got != "" {
		t.Errorf("the world waits for %s", got)
	}
	d.process.cfg.Sequencer.Next()
	<-begins
	if got := s.running(); got != "watch of Secret for it" {
		t.Errorf("the world waits for %q", got)
	}
	close(ends)
	s.settles()
}

// TestADeliveryThatIsStopped tells nothing more.
func TestADeliveryThatIsStopped(t *testing.T) {
	running, stop := context.WithCancel(t.Context())
	d := deliveryTo("it", running, NewSequentialSequencer(1))
	d.add(secretOf(7), func() { t.Error("it is told") })
	stop()
	d.process.stopDeliveries()
	d.process.told.Wait()
	d.add(secretOf(8), func() { t.Error("it is told") })
	if n := d.process.cfg.Sequencer.Next(); n != 0 {
		t.Errorf("%d go on that were stopped", n)
	}
}
