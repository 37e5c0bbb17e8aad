package world

import (
	"context"
	"fmt"
	"regexp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.com/edge-device-operator/harness/process"
)

// Most worlds are apart from each other by their namespaces. One whose operator's Kinds
// include a cluster-scoped one can't be. So such worlds take turns on a control plane,
// and what is there when one begins, such as the namespace kube-system, is none of it,
// nor is what belongs to the worlds beside it. Neither is in its controllers' caches or
// in its history, and people leave it alone.

// scope says which objects are a world's.
type scope struct {
	namespace string // the world's own
	cluster   bool   // the world has objects in other namespaces, and in none
	// before are the objects that were there before a world over cluster-scoped kinds.
	// It is complete before anybody is told of an object.
	before map[types.UID]struct{}
}

// harnessNamespace matches the namespaces that worlds are given, and primerNamespace.
var harnessNamespace = regexp.MustCompile(`^(world-\d+|` + primerNamespace + `)$`)

// has says whether an object is one of the world's, of those that a watch for it brings.
func (s *scope) has(v process.Version) bool {
	if !s.cluster {
		return true
	}
	if _, before := s.before[v.UID]; before {
		return false
	}
	if v.Kind == namespaceKind {
		return !harnessNamespace.MatchString(v.Name)
	}
	return v.Namespace == s.namespace || !harnessNamespace.MatchString(v.Namespace)
}

// watched is the namespace that watches for the world are of, empty for all.
func (s *scope) watched() string {
	if s.cluster {
		return ""
	}
	return s.namespace
}

var namespaceKind = schema.GroupKind{Kind: "Namespace"}

// isClusterScoped says whether objects of a kind are in no namespace.
func (w *World) isClusterScoped(kind schema.GroupVersionKind) (bool, error) {
	m, err := w.operator.Mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		return false, err
	}
	return m.Scope.Name() == meta.RESTScopeNameRoot, nil
}

// isOverClusterScoped says whether the operator's Kinds include a cluster-scoped one.
func (w *World) isOverClusterScoped() (bool, error) {
	for _, kind := range w.operator.Kinds {
		if is, err := w.isClusterScoped(kind); is || err != nil {
			return is, err
		}
	}
	return false, nil
}

// place puts an object that somebody is about to change into the world's namespace, if
// its kind has any. The error says that it doesn't belong to this world.
func (w *World) place(ctx context.Context, o client.Object) error {
	kind, err := w.client.GroupVersionKindFor(o)
	if err != nil {
		return err
	}
	switch cluster, err := w.isClusterScoped(kind); {
	case err != nil:
		return err
	case !cluster:
		if !w.scope.cluster || o.GetNamespace() == "" {
			o.SetNamespace(w.scope.namespace)
		}
		return nil
	case w.isUnwatched(kind.GroupKind()):
		return fmt.Errorf("%s is cluster-scoped: a world can have some only if its operator's Kinds include it", kind.Kind)
	}
	o.SetNamespace("")
	if o.GetName() == "" {
		return nil // the API server makes one up
	}
	there := &metav1.PartialObjectMetadata{}
	there.SetGroupVersionKind(kind)
	err = w.client.Get(ctx, client.ObjectKey{Name: o.GetName()}, there)
	if apierrors.IsNotFound(err) {
		there.Name, err = o.GetName(), nil
	}
	if err == nil && !w.scope.has(versionOf(kind.GroupKind(), there)) {
		err = fmt.Errorf("%s %s doesn't belong to this world", kind.Kind, o.GetName())
	}
	return err
}

// versionOf is the version that an object is.
func versionOf(kind schema.GroupKind, o client.Object) process.Version {
	return process.Version{
		Kind: kind, Namespace: o.GetNamespace(), Name: o.GetName(), Labels: o.GetLabels(), UID: o.GetUID(), ResourceVersion: o.GetResourceVersion(),
	}
}

// present lists the objects of a kind that are there for the world, those from before
// it included, and says of which resourceVersion the list is.
func (w *World) present(ctx context.Context, kind schema.GroupVersionKind) (all []client.Object, resourceVersion string, err error) {
	list, err := w.newList(kind)
	if err != nil {
		return nil, "", err
	}
	// Or else the API server may ask etcd what it has missed, which takes up to 100 ms.
	if err := w.primeWatchCaches(ctx, func(k schema.GroupKind) bool { return k == kind.GroupKind() }); err != nil {
		return nil, "", err
	}
	if err := w.client.List(ctx, list, client.InNamespace(w.scope.watched())); err != nil {
		return nil, "", fmt.Errorf("list of %s: %w", kind.Kind, err)
	}
	err = meta.EachListItem(list, func(o runtime.Object) error {
		all = append(all, o.(client.Object))
		return nil
	})
	return all, list.GetResourceVersion(), err
}

// noteBefore notes what is there before the world, and returns the resourceVersions from
// which on its kinds' objects are the world's.
func (w *World) noteBefore(ctx context.Context) (from map[schema.GroupVersionKind]string, err error) {
	from = map[schema.GroupVersionKind]string{}
	for _, kind := range w.operator.Kinds {
		// Any starting point will do in a namespace that is empty, and the oldest one
		// doesn't make the API server wait for etcd.
		from[kind] = "0"
		if !w.scope.cluster {
			continue
		}
		all, resourceVersion, err := w.present(ctx, kind)
		if err != nil {
			return nil, err
		}
		for _, o := range all {
			w.scope.before[o.GetUID()] = struct{}{}
		}
		from[kind] = resourceVersion
	}
	return from, nil
}

// clear deletes what is left of the world's objects. In a world's own namespace one with
// a finalizer may stay: nobody will look there again.
func (w *World) clear(ctx context.Context) error {
	kinds := slices.Clone(w.operator.Kinds)
	// What is in a namespace is deleted before that is.
	slices.SortStableFunc(kinds, func(a, b schema.GroupVersionKind) int {
		switch namespaceKind {
		case a.GroupKind():
			return 1
		case b.GroupKind():
			return -1
		}
		return 0
	})
	for _, kind := range kinds {
		if !w.scope.cluster {
			if err := w.clearNamespace(ctx, kind); err != nil {
				return err
			}
			continue
		}
		all, _, err := w.present(ctx, kind)
		if err != nil {
			return err
		}
		for _, o := range all {
			if !w.scope.has(versionOf(kind.GroupKind(), o)) {
				continue
			}
			if err := w.remove(ctx, o); err != nil {
				return fmt.Errorf("%s %s is left behind: %w", kind.Kind, o.GetName(), err)
			}
		}
	}
	return nil
}

// clearNamespace deletes what the world's own namespace has of a kind.
func (w *World) clearNamespace(ctx context.Context, kind schema.GroupVersionKind) error {
	o, err := w.newObject(kind)
	if err != nil {
		return err
	}
	// Of what the API server's own cache holds, which the history has seen: to be
	// sure of the newest, it asks etcd, and waits for up to 100 ms where something
	// of another kind was written last.
	cached := &client.DeleteAllOfOptions{ListOptions: client.ListOptions{Namespace: w.scope.namespace, Raw: &metav1.ListOptions{ResourceVersion: "0"}}}
	return w.client.DeleteAllOf(ctx, o, cached)
}

// remove deletes an object, whatever holds it: nobody is left to let it go.
func (w *World) remove(ctx context.Context, o client.Object) error {
	uid := o.GetUID()
	err := w.client.Delete(ctx, o, client.Preconditions{UID: &uid}, client.GracePeriodSeconds(0), client.PropagationPolicy(metav1.DeletePropagationBackground))
	if err == nil && len(o.GetFinalizers()) > 0 {
		err = w.client.Patch(ctx, o, client.RawPatch(types.MergePatchType, fmt.Appendf(nil, `{"metadata":{"uid":%q,"finalizers":null}}`, uid)))
	}
	if n, is := o.(*corev1.Namespace); is && err == nil {
		n.Spec.Finalizers, n.ResourceVersion = nil, ""
		err = w.client.SubResource("finalize").Update(ctx, n)
	}
	return client.IgnoreNotFound(err)
}
