package second

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/world"
)

// diary is what befell an operator, in order.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) write(who, what string, o client.ObjectKey) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf("%s %s %s", who, what, o.Name))
}

// of are the lines that begin so.
func (d *diary) of(prefix string) (lines []string) {
	for _, line := range d.lines {
		if strings.HasPrefix(line, prefix) {
			lines = append(lines, line)
		}
	}
	return lines
}

// TestWhatIsDrawn has two controllers watch two kinds, and sleep for a minute in each
// reconcile. Who hears of what first, and who wakes first, is drawn: an order gives the
// same each time, and others give others. What one controller hears of one kind comes in
// its order.
func TestWhatIsDrawn(t *testing.T) {
	play := func(order uint64) *diary {
		d := &diary{}
		o := shape(nil)
		o.Setup = func(mgr manager.Manager, env world.Env) error {
			for _, name := range []string{"left", "right"} {
				hears := handler.Funcs{CreateFunc: func(_ context.Context, e event.CreateEvent, q workqueue.TypedRateLimitingInterface[reconcile.Request]) {
					d.write(name, fmt.Sprintf("hears of %T", e.Object), client.ObjectKeyFromObject(e.Object))
					q.Add(reconcile.Request{NamespacedName: client.ObjectKeyFromObject(e.Object)})
				}}
				err := ctrl.NewControllerManagedBy(mgr).Named(name).Watches(&corev1.ConfigMap{}, hears).Watches(&corev1.Secret{}, hears).
					Complete(reconcile.Func(func(_ context.Context, r reconcile.Request) (reconcile.Result, error) {
						d.write(name, "reconciles", r.NamespacedName)
						env.Clock.Sleep(time.Minute)
						d.write(name, "wakes for", r.NamespacedName)
						return reconcile.Result{}, nil
					}))
				if err != nil {
					return err
				}
			}
			return nil
		}
		s := beginWith(t, o, world.Options{Schedule: world.Sequential, Order: order})
		defer s.end()
		for n := range 2 {
			s.create(fmt.Sprintf("site-%d", n))
			s.must(s.world.Create(t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("secret-%d", n)}}))
		}
		s.run(time.Second)
		d.write("time", "passes", client.ObjectKey{})
		s.run(time.Minute)
		return d
	}
	heard, woke := map[string]bool{}, map[string]bool{}
	for order := range uint64(3) {
		order++
		first := play(order)
		for n := range 9 {
			if got := play(order); !slices.Equal(got.lines, first.lines) {
				t.Fatalf("order %d, run %d gives\n%s\nthe first\n%s", order, n+2, strings.Join(got.lines, "\n"), strings.Join(first.lines, "\n"))
			}
		}
		for _, who := range []string{"left", "right"} {
			for _, kind := range []string{"ConfigMap", "Secret"} {
				if of := first.of(who + " hears of *v1." + kind); len(of) != 2 || !slices.IsSorted(of) {
					t.Errorf("order %d: %q", order, of)
				}
			}
		}
		passes := slices.Index(first.lines, "time passes ")
		heard[strings.Join(first.lines[:passes], "\n")] = true
		woke[strings.Join(first.lines[passes:], "\n")] = true
	}
	if len(heard) < 2 || len(woke) < 2 {
		t.Errorf("3 orders give %d orders of what is heard, and %d of who wakes", len(heard), len(woke))
	}
}

// TestANewListIsToldInOrder has a watch break while objects are created, changed and
// deleted: in whatever order client-go passes on the new list, what was written first is
// told first.
func TestANewListIsToldInOrder(t *testing.T) {
	const want = "created a, created b, created c, created d, deleted b, deleted c, updated d, created f, created e, updated a"
	for range 5 {
		var heard []string
		hears := func(what string, o client.Object) { heard = append(heard, what+" "+o.GetName()) }
		o := shape(func(mgr manager.Manager) error {
			type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]
			return ctrl.NewControllerManagedBy(mgr).Named("it").Watches(&corev1.ConfigMap{}, handler.Funcs{
				CreateFunc: func(_ context.Context, e event.CreateEvent, _ queue) { hears("created", e.Object) },
				UpdateFunc: func(_ context.Context, e event.UpdateEvent, _ queue) { hears("updated", e.ObjectNew) },
				DeleteFunc: func(_ context.Context, e event.DeleteEvent, _ queue) { hears("deleted", e.Object) },
			}).Complete(reconcile.Func(func(context.Context, reconcile.Request) (reconcile.Result, error) { return reconcile.Result{}, nil }))
		})
		s := beginWith(t, o, world.Options{Schedule: world.Sequential, Order: 1})
		for _, name := range []string{"a", "b", "c", "d"} {
			s.create(name)
			s.run(time.Second)
		}
		s.must(s.world.SetWatch(0, world.WatchCut))
		for _, name := range []string{"f", "e"} {
			s.create(name)
		}
		for _, name := range []string{"c", "b"} {
			s.delete(name)
		}
		s.must(s.world.Patch(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "a"}}, client.RawPatch(types.MergePatchType, []byte(`{"data":{"to":"1"}}`)), nil))
		s.must(s.world.SetWatch(0, world.WatchUp))
		s.run(time.Second)
		s.end()
		if got := strings.Join(heard, ", "); got != want {
			t.Fatalf("the handler hears %s\nwant %s", got, want)
		}
	}
}

// TestPriorities has one worker, who is busy, find objects that were there before and
// one that is new: what is new is first, unless the operator has priorities off.
func TestPriorities(t *testing.T) {
	for want, ranks := range map[string]*bool{"a z b c": nil, "a b c z": new(false)} {
		d := &diary{}
		o := shape(nil)
		o.Options = func(m *manager.Options) { m.Controller.UsePriorityQueue = ranks }
		o.Setup = func(mgr manager.Manager, env world.Env) error {
			return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).
				Complete(reconcile.Func(func(_ context.Context, r reconcile.Request) (reconcile.Result, error) {
					d.write("it", "is", r.NamespacedName)
					env.Clock.Sleep(time.Minute)
					return reconcile.Result{}, nil
				}))
		}
		s := newStory(t, o, world.Options{Workers: 1}, world.Hooks{})
		for _, name := range []string{"a", "b", "c"} {
			s.create(name)
		}
		s.start()
		s.run(time.Second)
		s.create("z")
		s.run(time.Hour)
		s.end()
		if got := strings.ReplaceAll(strings.Join(d.lines, " "), "it is ", ""); got != want {
			t.Errorf("the order is %s, want %s", got, want)
		}
	}
}

// TestEventsOfARecorder has recorders of both kinds in a reconcile: client-go's would
// write Events on real time. None comes.
func TestEventsOfARecorder(t *testing.T) {
	s := begin(t, shape(func(mgr manager.Manager) error {
		//lint:ignore SA1019 operators use the older one, too
		older, newer := mgr.GetEventRecorderFor("test"), mgr.GetEventRecorder("test")
		return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).
			Complete(reconcile.Func(func(ctx context.Context, r reconcile.Request) (reconcile.Result, error) {
				site := &corev1.ConfigMap{}
				if err := mgr.GetClient().Get(ctx, r.NamespacedName, site); err != nil {
					return reconcile.Result{}, client.IgnoreNotFound(err)
				}
				older.Event(site, corev1.EventTypeNormal, "Seen", "seen")
				newer.Eventf(site, nil, corev1.EventTypeNormal, "Seen", "See", "seen")
				return reconcile.Result{}, nil
			}))
	}))
	defer s.end()
	s.create("web")
	s.run(time.Minute)
	s.expect("web")
	// Who writes on real time has some.
	limited, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	events, err := s.world.Client().(client.WithWatch).Watch(limited, &corev1.EventList{}, client.InNamespace(s.world.Namespace()))
	s.must(err)
	defer events.Stop()
	select {
	case e := <-events.ResultChan():
		if limited.Err() == nil {
			t.Errorf("an Event came: %v", e.Object)
		}
	case <-limited.Done():
	}
}
