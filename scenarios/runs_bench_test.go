package scenarios

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/world"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/scenarios/edge"
)

// BenchmarkRuns measures whole runs with one device: one at a time, and as many side by
// side as explore plays; and what bare clients take for the writes of a run, at the same
// widths. The last two show what it costs that a watch is held back for a while.
func BenchmarkRuns(b *testing.B) {
	s := benchSession(b)
	play := func(ctx context.Context, commands string, o scenario.Options) scenario.Result {
		f, err := edge.Language.Parse("bench", "device press-01 running=fw:1 transfer=30s reboot=15s\ndeploy press-01 image=fw:2\n"+commands+"run\n----\n")
		if err != nil {
			b.Fatal(err)
		}
		res, err := s.Run(ctx, f, o)
		if err != nil {
			b.Error(err)
		}
		return res
	}
	c, err := client.New(s.plane.Config(), client.Options{})
	if err != nil {
		b.Fatal(err)
	}
	w := written(b, c, play(b.Context(), "", scenario.Options{World: world.Options{Stored: true}, FullTrace: true}))
	run := func(ctx context.Context) { play(ctx, "", scenario.Options{}) }
	bare := func(ctx context.Context) {
		if err := w.writeAgain(ctx, c); err != nil {
			b.Error(err)
		}
	}
	perSecond := func(b *testing.B, runs int) { b.ReportMetric(float64(runs)/b.Elapsed().Seconds(), "runs/s") }
	alone := func(name string, do func(context.Context)) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				do(b.Context())
			}
			perSecond(b, b.N)
		})
	}
	sideBySide := func(name string, do func(context.Context)) {
		b.Run(name, func(b *testing.B) {
			const batch = 30
			for b.Loop() {
				results, stop := SideBySide(b.Context(), Width(), make([]struct{}, batch), func(ctx context.Context, _ struct{}) struct{} {
					do(ctx)
					return struct{}{}
				})
				for _, r := range results {
					<-r
				}
				stop()
			}
			perSecond(b, batch*b.N)
		})
	}
	alone("alone", run)
	alone("bare client", bare)
	sideBySide("side by side", run)
	sideBySide("bare clients side by side", bare)
	alone("watch held", func(ctx context.Context) {
		play(ctx, "run until=10s\nwatch down\nrun until=20s\nwatch up\n", scenario.Options{})
	})
	alone("watch not held", func(ctx context.Context) { play(ctx, "run until=10s\nrun until=20s\n", scenario.Options{}) })
}

// writes are the writes of a run with one object.
type writes struct {
	versions []unstructured.Unstructured // of the object
	status   []bool                      // says which of them were written as a status
	events   []eventsv1.Event
}

// written finds the writes of the first run on a control plane.
func written(b testing.TB, c client.Client, of scenario.Result) (w writes) {
	for _, e := range of.Events {
		if e.Stored == nil {
			continue
		}
		u := unstructured.Unstructured{Object: runtime.DeepCopyJSON(e.Stored)}
		u.SetGroupVersionKind(v1.GroupVersion.WithKind(e.Object.Kind))
		w.versions, w.status = append(w.versions, u), append(w.status, e.Object.Subresource == "status")
	}
	var all eventsv1.EventList
	if err := c.List(b.Context(), &all); err != nil {
		b.Fatal(err)
	}
	w.events = all.Items
	return w
}

// benchNamespaces counts the namespaces that writeAgain has made.
var benchNamespaces atomic.Int64

// writeAgain makes the writes in a namespace of its own, one after the other, and
// deletes the object, as a run does.
func (w writes) writeAgain(ctx context.Context, c client.Client) error {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("bench-%d", benchNamespaces.Add(1))}}
	if err := c.Create(ctx, namespace); err != nil {
		return err
	}
	o := w.versions[0].DeepCopy()
	o.SetNamespace(namespace.Name)
	if err := c.Create(ctx, o); err != nil {
		return err
	}
	for n := range w.versions {
		next := w.versions[n].DeepCopy()
		next.SetNamespace(namespace.Name)
		next.SetResourceVersion(o.GetResourceVersion())
		var err error
		if w.status[n] {
			err = c.Status().Update(ctx, next)
		} else {
			err = c.Update(ctx, next)
		}
		if err != nil {
			return fmt.Errorf("version %d: %w", n, err)
		}
		o = next
	}
	for _, e := range w.events {
		again := e.DeepCopy()
		again.ObjectMeta = metav1.ObjectMeta{Namespace: namespace.Name, Name: e.Name}
		again.Regarding.Namespace = namespace.Name
		if err := c.Create(ctx, again); err != nil {
			return err
		}
	}
	return c.Delete(ctx, o)
}
