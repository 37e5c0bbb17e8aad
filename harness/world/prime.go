package world

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// primerNamespace is the namespace of the objects that primeWatchCaches writes.
const primerNamespace = "primer"

// primeWatchCaches writes each of the operator's Primers whose kind is asked for. These
// objects belong to no world. After a write of another kind, such as this world's
// namespace, an informer that starts would wait up to 100 ms until the API
// server's watch cache learns from etcd that it has missed nothing. A write of the
// informer's kind tells it at once.
func (w *World) primeWatchCaches(ctx context.Context, of func(schema.GroupKind) bool) error {
	for _, primer := range w.operator.Primers {
		o := primer.DeepCopyObject().(client.Object)
		kind, err := w.client.GroupVersionKindFor(o)
		if err != nil {
			return fmt.Errorf("world: %w", err)
		}
		if !of(kind.GroupKind()) {
			continue
		}
		cluster, err := w.isClusterScoped(kind)
		if err != nil {
			return fmt.Errorf("world: %w", err)
		}
		if !cluster {
			o.SetNamespace(primerNamespace)
		}
		if err := w.primeKind(ctx, o); err != nil {
			return fmt.Errorf("world: %w", err)
		}
	}
	return nil
}

// isUnwatched says whether the world doesn't watch a kind. What it does watch, a process
// can list from the API server's watch cache as that is.
func (w *World) isUnwatched(kind schema.GroupKind) bool {
	return !slices.ContainsFunc(w.operator.Kinds, func(k schema.GroupVersionKind) bool { return k.GroupKind() == kind })
}

func (w *World) primeKind(ctx context.Context, o client.Object) error {
	fresh := o.DeepCopyObject().(client.Object)
	patch := client.RawPatch("application/merge-patch+json", fmt.Appendf(nil, `{"metadata":{"annotations":{"primer":"%s-%d"}}}`, w.scope.namespace, w.starts))
	err := w.client.Patch(ctx, o, patch)
	if !apierrors.IsNotFound(err) {
		return err
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: primerNamespace}}
	if err := w.client.Create(ctx, namespace); err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	if err := w.client.Create(ctx, fresh); !apierrors.IsAlreadyExists(err) {
		return err
	}
	return nil
}
