package second

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	toolscache "k8s.io/client-go/tools/cache"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/testbed"
	"example.com/edge-device-operator/harness/world"
)

// notebook is what the handlers of several caches are told.
type notebook struct {
	mu    sync.Mutex
	lines []string
	uids  map[types.UID]int // in the order of their creation
}

func (n *notebook) note(of, how string, all ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	line := of + " " + how
	for _, o := range all {
		if gone, missed := o.(toolscache.DeletedFinalStateUnknown); missed {
			line, o = line+" missed", gone.Obj
		}
		m := o.(client.Object)
		line += fmt.Sprintf(" [%d %s %s %s]", n.uids[m.GetUID()], m.GetName(), m.GetLabels()["seen"], m.GetAnnotations()["step"])
	}
	n.lines = append(n.lines, line)
}

// take returns what was noted, sorted: among objects there is no order.
func (n *notebook) take() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	lines := n.lines
	n.lines = nil
	slices.Sort(lines)
	return lines
}

// watching is an operator whose caches note what their handlers are told: one of each
// representation, and one that selects some Secrets.
func (n *notebook) watching(options func(*cache.Options)) world.Operator {
	untyped, meta := &unstructured.Unstructured{}, &metav1.PartialObjectMetadata{}
	untyped.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ConfigMap"))
	meta.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ConfigMap"))
	caches := map[string]client.Object{"typed": &corev1.ConfigMap{}, "metadata": meta, "untyped": untyped, "selected": &corev1.Secret{}}
	o := shape(func(mgr manager.Manager) error {
		for of, object := range caches {
			i, err := mgr.GetCache().GetInformer(context.Background(), object, cache.BlockUntilSynced(false))
			if err != nil {
				return err
			}
			if _, err := i.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
				AddFunc:    func(o any) { n.note(of, "add", o) },
				UpdateFunc: func(before, after any) { n.note(of, "update", before, after) },
				DeleteFunc: func(o any) { n.note(of, "delete", o) },
			}); err != nil {
				return err
			}
		}
		return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).Complete(reconcile.Func(func(context.Context, reconcile.Request) (reconcile.Result, error) {
			return reconcile.Result{}, nil
		}))
	})
	o.Options = func(o *manager.Options) { options(&o.Cache) }
	return o
}

// missed has much happen to objects while a controller's watch is down, and returns what
// its handlers are told when it is back.
// again says whether any watch was asked for again.
func missed(t *testing.T, down world.WatchState, options func(*cache.Options)) (told []string, again bool) {
	t.Helper()
	n := &notebook{uids: map[types.UID]int{}}
	var watches atomic.Int64
	counted := rest.CopyConfig(testbed.Plane().Config())
	counted.Wrap(func(base http.RoundTripper) http.RoundTripper {
		return transport(func(req *http.Request) (*http.Response, error) {
			if req.URL.Query().Get("watch") != "" {
				watches.Add(1)
			}
			return base.RoundTrip(req)
		})
	})
	s := beginWith(t, n.watching(options), world.Options{Controller: counted})
	defer s.end()
	all := []*objects{{story: s, notebook: n, kind: &corev1.ConfigMap{}}, {story: s, notebook: n, kind: &corev1.Secret{}}}
	for _, o := range all {
		for _, name := range []string{"same", "changed", "deleted", "replaced", "leaves", "leaves-and-returns"} {
			o.create(name, "yes")
		}
		o.create("arrives", "no")
	}
	s.run(10 * time.Second)
	n.take()
	before := watches.Load()
	s.must(s.world.SetWatch(0, down))
	for _, o := range all {
		o.change("changed", "yes", "once")
		o.change("changed", "yes", "twice")
		o.change("deleted", "yes", "once")
		o.remove("deleted")
		o.remove("replaced")
		o.create("replaced", "yes")
		o.change("replaced", "yes", "anew")
		o.change("leaves", "no", "left")
		o.change("leaves-and-returns", "no", "left")
		o.change("leaves-and-returns", "yes", "returned")
		o.change("arrives", "yes", "arrived")
		o.create("new", "yes")
		o.create("short-lived", "yes")
		o.remove("short-lived")
	}
	s.run(time.Minute)
	if told := n.take(); len(told) > 0 {
		t.Errorf("while the watch is down its handlers are told\n%s", strings.Join(told, "\n"))
	}
	s.must(s.world.SetWatch(0, world.WatchUp))
	s.run(time.Second)
	told, again = n.take(), watches.Load() > before
	// It goes on from there.
	all[1].change("same", "yes", "later")
	all[1].remove("changed")
	s.run(time.Second)
	if later := n.take(); len(later) != 2 {
		t.Errorf("of what happens later they are told\n%s", strings.Join(later, "\n"))
	}
	return told, again
}

// transport is a function as a transport.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// objects are those of one kind.
type objects struct {
	*story
	*notebook
	kind client.Object
	made map[string]client.Object
}

func (o *objects) create(name, seen string) {
	made := o.kind.DeepCopyObject().(client.Object)
	made.SetNamespace(o.world.Namespace())
	made.SetName(name)
	made.SetLabels(map[string]string{"seen": seen})
	o.must(o.world.Client().Create(o.Context(), made))
	if o.made == nil {
		o.made = map[string]client.Object{}
	}
	o.made[name] = made
	o.mu.Lock()
	defer o.mu.Unlock()
	o.uids[made.GetUID()] = len(o.uids)
}

func (o *objects) change(name, seen, step string) {
	before := o.made[name].DeepCopyObject().(client.Object)
	o.made[name].SetLabels(map[string]string{"seen": seen})
	o.made[name].SetAnnotations(map[string]string{"step": step})
	o.must(o.world.Client().Patch(o.Context(), o.made[name], client.MergeFrom(before)))
}

func (o *objects) remove(name string) {
	o.must(o.world.Client().Delete(o.Context(), o.made[name]))
}

// TestWhatAHeldWatchMisses compares what the handlers are told after a watch was held
// back with what they are told after it was really cut.
func TestWhatAHeldWatchMisses(t *testing.T) {
	for name, tt := range map[string]struct {
		options func(*cache.Options)
		cut     bool // it can't be held back
	}{
		"all": {func(*cache.Options) {}, false},
		"by labels": {func(o *cache.Options) {
			o.ByObject = map[client.Object]cache.ByObject{&corev1.Secret{}: {Label: labels.SelectorFromSet(labels.Set{"seen": "yes"})}}
		}, false},
		"transformed": {func(o *cache.Options) { o.DefaultTransform = cache.TransformStripManagedFields() }, true},
	} {
		t.Run(name, func(t *testing.T) {
			held, again := missed(t, world.WatchHeld, tt.options)
			cut, _ := missed(t, world.WatchCut, tt.options)
			if !slices.Equal(held, cut) || len(held) < 20 {
				t.Errorf("held, its handlers are told\n%s\ncut\n%s", strings.Join(held, "\n"), strings.Join(cut, "\n"))
			}
			if again != tt.cut {
				t.Errorf("it is cut: %t", again)
			}
		})
	}
}
