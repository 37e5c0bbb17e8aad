package world

import (
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
)

// collector is a garbage collector by owner references, as kube-controller-manager has
// one, for the objects of the operator's Kinds. It acts at once, when nothing else is
// left to do.
type collector struct {
	world   *World
	client  client.Client
	changes int // of the histories, after which there was nothing to do
	absent  map[ownerID]struct{}

	all  []client.Object
	byID map[objectID]client.Object
}

// objectID is how an owner reference names an object, but for its uid.
type objectID struct {
	kind schema.GroupKind
	types.NamespacedName
}

// ownerID is all that an owner reference says of an owner.
type ownerID struct {
	objectID
	uid types.UID
}

func (w *World) newCollector() (*collector, error) {
	c, err := w.clientOf("garbage collector")
	if err != nil {
		return nil, err
	}
	return &collector{world: w, client: c, absent: map[ownerID]struct{}{}}, nil
}

// collect does one thing, and says whether there was one to do. It is called when
// nothing runs.
func (c *collector) collect(ctx context.Context) (bool, error) {
	if len(c.world.down) > 0 {
		return false, nil
	}
	changes := c.look()
	if changes == c.changes {
		return false, nil
	}
	for _, o := range c.all {
		if did, err := c.tend(ctx, o); did || err != nil {
			if err != nil {
				err = fmt.Errorf("the garbage collector at %s: %w", o.GetName(), err)
			}
			return did, err
		}
	}
	c.changes = changes
	return false, nil
}

// shown is an object's key, the same in every run.
func (c *collector) shown(o client.Object) string {
	return c.world.generated.Show(client.ObjectKeyFromObject(o).String())
}

// look sees what there is, in the order of kinds and names, and returns how often that
// has changed.
func (c *collector) look() (changes int) {
	c.all, c.byID = nil, map[objectID]client.Object{}
	for _, h := range c.world.histories {
		versions, n := h.present()
		changes += n
		slices.SortFunc(versions, func(a, b Version) int {
			return strings.Compare(c.shown(a.Object), c.shown(b.Object))
		})
		for _, v := range versions {
			c.all = append(c.all, v.Object)
			c.byID[objectID{h.kind.GroupKind(), client.ObjectKeyFromObject(v.Object)}] = v.Object
		}
	}
	return changes
}

// tend does what there is to do about an object.
func (c *collector) tend(ctx context.Context, o client.Object) (bool, error) {
	deleting := o.GetDeletionTimestamp() != nil
	switch {
	case deleting && controllerutil.ContainsFinalizer(o, metav1.FinalizerOrphanDependents):
		if dependents := c.dependents(o); len(dependents) > 0 {
			return true, c.disown(ctx, dependents[0], o.GetUID())
		}
		return true, c.release(ctx, o, metav1.FinalizerOrphanDependents)
	case deletesDependents(o):
		if slices.ContainsFunc(c.dependents(o), func(d client.Object) bool { return blocks(d, o.GetUID()) }) {
			return false, nil
		}
		return true, c.release(ctx, o, metav1.FinalizerDeleteDependents)
	case deleting || len(o.GetOwnerReferences()) == 0:
		return false, nil
	}
	return c.judge(ctx, o)
}

// judge deletes an object whose owners are gone, or wait for it to go.
func (c *collector) judge(ctx context.Context, o client.Object) (bool, error) {
	var gone, waiting []types.UID
	for _, ref := range o.GetOwnerReferences() {
		owner, there, err := c.owner(ctx, o, ref)
		switch {
		case err != nil:
			return false, err
		case !there:
			gone = append(gone, ref.UID)
		case owner != nil && deletesDependents(owner):
			waiting = append(waiting, ref.UID)
		}
	}
	dependents := c.dependents(o)
	switch left := len(o.GetOwnerReferences()) - len(gone) - len(waiting); {
	case left > 0 && len(gone)+len(waiting) == 0:
		return false, nil
	case left > 0:
		return true, c.disown(ctx, o, append(gone, waiting...)...)
	case len(waiting) > 0 && len(dependents) > 0:
		if slices.ContainsFunc(dependents, deletesDependents) {
			// It may be a circle, in which each would wait for the next one.
			if did, err := c.unblock(ctx, o); did || err != nil {
				return did, err
			}
		}
		return true, c.delete(ctx, o, metav1.DeletePropagationForeground)
	}
	policy := metav1.DeletePropagationBackground
	switch {
	case controllerutil.ContainsFinalizer(o, metav1.FinalizerOrphanDependents):
		policy = metav1.DeletePropagationOrphan
	case controllerutil.ContainsFinalizer(o, metav1.FinalizerDeleteDependents):
		policy = metav1.DeletePropagationForeground
	}
	return true, c.delete(ctx, o, policy)
}

// owner finds the owner that a reference names. It is nil if it is there and of none
// of the operator's Kinds, or from before the world.
func (c *collector) owner(ctx context.Context, of client.Object, ref metav1.OwnerReference) (owner client.Object, there bool, err error) {
	kind := schema.FromAPIVersionAndKind(ref.APIVersion, ref.Kind)
	mapping, err := c.world.operator.Mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if meta.IsNoMatchError(err) {
		return nil, true, nil // nobody knows
	}
	if err != nil {
		return nil, false, err
	}
	key := types.NamespacedName{Name: ref.Name}
	if mapping.Scope.Name() == meta.RESTScopeNameNamespace {
		if key.Namespace = of.GetNamespace(); key.Namespace == "" {
			return nil, true, nil // what is in no namespace can't have an owner in one
		}
	}
	id := ownerID{objectID{kind.GroupKind(), key}, ref.UID}
	if o := c.byID[id.objectID]; o != nil {
		return o, o.GetUID() == ref.UID, nil
	}
	if _, absent := c.absent[id]; absent {
		return nil, false, nil
	}
	o := &metav1.PartialObjectMetadata{}
	o.SetGroupVersionKind(kind)
	err = c.client.Get(ctx, key, o)
	if apierrors.IsNotFound(err) || err == nil && o.GetUID() != ref.UID {
		c.absent[id] = struct{}{}
		return nil, false, nil
	}
	return nil, err == nil, err
}

// dependents are the objects that name one as an owner.
func (c *collector) dependents(of client.Object) (all []client.Object) {
	for _, o := range c.all {
		if slices.ContainsFunc(o.GetOwnerReferences(), func(r metav1.OwnerReference) bool { return r.UID == of.GetUID() }) {
			all = append(all, o)
		}
	}
	return all
}

// deletesDependents says whether an object waits for its dependents to go first.
func deletesDependents(o client.Object) bool {
	return o.GetDeletionTimestamp() != nil && controllerutil.ContainsFinalizer(o, metav1.FinalizerDeleteDependents)
}

// blocks says whether an owner that waits for its dependents has to wait for this one.
func blocks(o client.Object, owner types.UID) bool {
	return slices.ContainsFunc(o.GetOwnerReferences(), func(r metav1.OwnerReference) bool {
		return r.UID == owner && r.BlockOwnerDeletion != nil && *r.BlockOwnerDeletion
	})
}

// change patches an object as it is known.
func (c *collector) change(ctx context.Context, o client.Object, how func(client.Object)) error {
	changed := o.DeepCopyObject().(client.Object)
	how(changed)
	return c.client.Patch(ctx, changed, client.MergeFromWithOptions(o, client.MergeFromWithOptimisticLock{}))
}

// disown takes owners from an object.
func (c *collector) disown(ctx context.Context, o client.Object, owners ...types.UID) error {
	return c.change(ctx, o, func(o client.Object) {
		o.SetOwnerReferences(slices.DeleteFunc(o.GetOwnerReferences(), func(r metav1.OwnerReference) bool { return slices.Contains(owners, r.UID) }))
	})
}

// release takes a finalizer from an object.
func (c *collector) release(ctx context.Context, o client.Object, finalizer string) error {
	return c.change(ctx, o, func(o client.Object) { controllerutil.RemoveFinalizer(o, finalizer) })
}

// unblock has an object's owners wait for it no more, and says whether one did.
func (c *collector) unblock(ctx context.Context, o client.Object) (bool, error) {
	if !slices.ContainsFunc(o.GetOwnerReferences(), func(r metav1.OwnerReference) bool { return blocks(o, r.UID) }) {
		return false, nil
	}
	return true, c.change(ctx, o, func(o client.Object) {
		refs := o.GetOwnerReferences()
		for n := range refs {
			refs[n].BlockOwnerDeletion = new(false)
		}
		o.SetOwnerReferences(refs)
	})
}

// delete deletes an object as it is known.
func (c *collector) delete(ctx context.Context, o client.Object, policy metav1.DeletionPropagation) error {
	uid, version := o.GetUID(), o.GetResourceVersion()
	return c.client.Delete(ctx, o.DeepCopyObject().(client.Object), client.Preconditions{UID: &uid, ResourceVersion: &version}, client.PropagationPolicy(policy))
}
