package scenarios

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	corev1 "k8s.io/api/core/v1"
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
// side as explore plays; and what a bare client takes for a run's writes.
func BenchmarkRuns(b *testing.B) {
	s := benchSession(b)
	f, err := edge.Language.Parse("bench", "device press-01 running=fw:1 transfer=30s reboot=15s\ndeploy press-01 image=fw:2\nrun\n----\n")
	if err != nil {
		b.Fatal(err)
	}
	play := func(ctx context.Context, o scenario.Options) scenario.Result {
		res, err := s.Run(ctx, f, o)
		if err != nil {
			b.Error(err)
		}
		return res
	}
	var written []unstructured.Unstructured
	var status []bool
	for _, e := range play(b.Context(), scenario.Options{World: world.Options{Stored: true}, FullTrace: true}).Events {
		if e.Stored == nil {
			continue
		}
		u := unstructured.Unstructured{Object: runtime.DeepCopyJSON(e.Stored)}
		u.SetGroupVersionKind(v1.GroupVersion.WithKind(e.Object.Kind))
		written, status = append(written, u), append(status, e.Object.Subresource == "status")
	}
	perSecond := func(b *testing.B, runs int) { b.ReportMetric(float64(runs)/b.Elapsed().Seconds(), "runs/s") }
	b.Run("alone", func(b *testing.B) {
		for b.Loop() {
			play(b.Context(), scenario.Options{})
		}
		perSecond(b, b.N)
	})
	b.Run("side by side", func(b *testing.B) {
		const batch = 30
		for b.Loop() {
			results, stop := SideBySide(b.Context(), Width(), make([]struct{}, batch), func(ctx context.Context, _ struct{}) scenario.Result { return play(ctx, scenario.Options{}) })
			for _, r := range results {
				<-r
			}
			stop()
		}
		perSecond(b, batch*b.N)
	})
	b.Run("bare client", func(b *testing.B) {
		c, err := client.New(s.plane.Config(), client.Options{})
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if err := writeAll(b.Context(), c, written, status); err != nil {
				b.Fatal(err)
			}
		}
		perSecond(b, b.N)
		b.ReportMetric(float64(len(written)+1), "writes")
	})
}

// benchNamespaces counts the namespaces that writeAll has made.
var benchNamespaces atomic.Int64

// writeAll writes versions of an object, one after the other, into a namespace of its
// own, and deletes both.
func writeAll(ctx context.Context, c client.Client, versions []unstructured.Unstructured, status []bool) error {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("bench-%d", benchNamespaces.Add(1))}}
	if err := c.Create(ctx, namespace); err != nil {
		return err
	}
	o := versions[0].DeepCopy()
	o.SetNamespace(namespace.Name)
	if err := c.Create(ctx, o); err != nil {
		return err
	}
	for n := range versions {
		next := versions[n].DeepCopy()
		next.SetNamespace(namespace.Name)
		next.SetResourceVersion(o.GetResourceVersion())
		var err error
		if status[n] {
			err = c.Status().Update(ctx, next)
		} else {
			err = c.Update(ctx, next)
		}
		if err != nil {
			return fmt.Errorf("version %d: %w", n, err)
		}
		o = next
	}
	if err := c.Delete(ctx, o); err != nil {
		return err
	}
	return c.Delete(ctx, namespace)
}
