package second

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/testbed"
	"example.com/edge-device-operator/harness/world"
)

// leaving is an operator that makes two Secrets for each site, has no finalizer, and
// leaves it to the garbage collector to take them away.
func leaving() world.Operator {
	o := Operator(Reconciler{})
	o.Scheme, o.CollectGarbage = scheme.Scheme, true
	o.Setup = func(mgr manager.Manager, _ world.Env) error {
		c := mgr.GetClient()
		return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).
			Complete(reconcile.Func(func(ctx context.Context, r reconcile.Request) (reconcile.Result, error) {
				site := &corev1.ConfigMap{}
				if err := c.Get(ctx, r.NamespacedName, site); err != nil || site.DeletionTimestamp != nil {
					return reconcile.Result{}, client.IgnoreNotFound(err)
				}
				for _, suffix := range []string{"-key", "-credentials"} {
					made := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: r.Name + suffix}}
					if err := controllerutil.SetControllerReference(site, made, mgr.GetScheme()); err != nil {
						return reconcile.Result{}, err
					}
					if err := c.Create(ctx, made); client.IgnoreAlreadyExists(err) != nil {
						return reconcile.Result{}, err
					}
				}
				return reconcile.Result{}, nil
			}))
	}
	return o
}

// TestScenariosOfGarbage plays files in which owners go.
func TestScenariosOfGarbage(t *testing.T) {
	testbed.Play(t, scenario.ForOperator(leaving(), world.Hooks{}), "testdata/garbage/*.txt")
}

// garbage is a world with a collector and no controller that does anything.
func garbage(t *testing.T) *story {
	o := shape(func(manager.Manager) error { return nil })
	o.CollectGarbage = true
	return begin(t, o)
}

// make makes a Secret with owners.
func (s *story) make(name string, owners ...metav1.OwnerReference) *corev1.Secret {
	s.Helper()
	o := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name, OwnerReferences: owners}}
	s.must(s.world.Create(s.Context(), o))
	return o
}

// reference is one to a Secret as an owner.
func reference(o client.Object, blocks bool) metav1.OwnerReference {
	return metav1.OwnerReference{APIVersion: "v1", Kind: "Secret", Name: o.GetName(), UID: o.GetUID(), BlockOwnerDeletion: &blocks}
}

// leave deletes an object by one of the API server's policies.
func (s *story) leave(o client.Object, policy metav1.DeletionPropagation) {
	s.Helper()
	s.must(s.world.Client().Delete(s.Context(), o, client.PropagationPolicy(policy)))
	s.run(time.Second)
}

// tells compares what the garbage collector has done with what it is to do.
func (s *story) tells(want string) {
	s.Helper()
	s.trace()
	got := ""
	for _, e := range s.told {
		if e.Actor.Name == "garbage collector" {
			got += e.Verb + " " + e.Object.Name + "\n"
		}
	}
	if got != want {
		s.Errorf("the garbage collector does\n%swant\n%s", got, want)
	}
}

// TestTheCollectorGoesByOwners has objects with an owner that goes, with one that goes
// and one that stays, and with owners that never were.
func TestTheCollectorGoesByOwners(t *testing.T) {
	s := garbage(t)
	defer s.end()
	goes, stays := s.make("goes"), s.make("stays")
	child := s.make("child", reference(goes, true))
	s.make("grandchild", reference(child, false))
	s.make("both", reference(goes, false), reference(stays, false))
	never := reference(goes, false)
	never.UID, never.Name = types.UID("00000000-0000-4000-8000-000000000000"), "never"
	s.make("never-owned", never)
	other := reference(goes, false)
	other.Kind, other.APIVersion = "Unheard", "of.example.com/v1"
	s.make("strange", other)
	namespace := &corev1.Namespace{}
	s.must(s.world.Client().Get(t.Context(), client.ObjectKey{Name: s.world.Namespace()}, namespace))
	above := metav1.OwnerReference{APIVersion: "v1", Kind: "Namespace", Name: namespace.Name, UID: namespace.UID}
	s.make("below", above)
	above.UID = never.UID
	s.make("below-none", above)
	s.run(time.Second)
	s.tells("delete below-none\ndelete never-owned\n")
	s.leave(goes, metav1.DeletePropagationBackground)
	s.tells("delete below-none\ndelete never-owned\npatch both\ndelete child\ndelete grandchild\n")
	both := &corev1.Secret{}
	if !s.exists(both, "both") || len(both.OwnerReferences) != 1 || both.OwnerReferences[0].Name != "stays" {
		t.Errorf("the owners of the one that stays are %v", both.OwnerReferences)
	}
	for _, name := range []string{"strange", "below"} {
		if !s.exists(&corev1.Secret{}, name) {
			t.Errorf("%s is gone", name)
		}
	}
}

// TestTheCollectorInTheForeground deletes an owner that waits for its dependents: for one
// that has dependents itself, for one with a finalizer, and not for one that doesn't block.
func TestTheCollectorInTheForeground(t *testing.T) {
	s := garbage(t)
	defer s.end()
	owner := s.make("owner")
	child := s.make("child", reference(owner, true))
	s.make("grandchild", reference(child, true))
	held := s.make("held", reference(owner, true))
	held.Finalizers = []string{"test.example.com/hold"}
	s.must(s.world.Update(t.Context(), held))
	free := s.make("free", reference(owner, false))
	free.Finalizers = held.Finalizers
	s.must(s.world.Update(t.Context(), free))
	s.leave(owner, metav1.DeletePropagationForeground)
	s.tells("delete child\npatch child\ndelete free\ndelete grandchild\ndelete held\n")
	if !s.exists(owner, "owner") {
		t.Error("the owner didn't wait")
	}
	s.must(s.world.Get(t.Context(), "held", held))
	held.Finalizers = nil
	s.must(s.world.Update(t.Context(), held))
	s.run(time.Second)
	s.tells("delete child\npatch child\ndelete free\ndelete grandchild\ndelete held\npatch owner\n")
	if s.exists(owner, "owner") || !s.exists(free, "free") {
		t.Error("the owner is left, or did not leave the one that didn't block")
	}
}

// TestTheCollectorInACircle deletes one of two that own each other.
func TestTheCollectorInACircle(t *testing.T) {
	s := garbage(t)
	defer s.end()
	a := s.make("a")
	b := s.make("b", reference(a, true))
	a.OwnerReferences = []metav1.OwnerReference{reference(b, true)}
	s.must(s.world.Update(t.Context(), a))
	s.leave(a, metav1.DeletePropagationForeground)
	if s.exists(a, "a") || s.exists(b, "b") {
		t.Errorf("something is left:\n%s", s.trace())
	}
}

// TestTheCollectorOrphans deletes an owner and leaves its dependents.
func TestTheCollectorOrphans(t *testing.T) {
	s := garbage(t)
	defer s.end()
	owner := s.make("owner")
	child := s.make("child", reference(owner, true))
	s.make("grandchild", reference(child, true))
	s.leave(owner, metav1.DeletePropagationOrphan)
	s.tells("patch child\npatch owner\n")
	if s.exists(owner, "owner") || !s.exists(child, "child") || len(child.OwnerReferences) > 0 || !s.exists(child, "grandchild") {
		t.Errorf("the owner is left, or the child isn't, or still has an owner:\n%s", s.trace())
	}
}

// TestTheCollectorAcrossScopes has an owner without a namespace go, and one in a
// namespace, which nothing without one can have.
func TestTheCollectorAcrossScopes(t *testing.T) {
	o := shape(func(manager.Manager) error { return nil })
	o.Kinds = append(o.Kinds[:len(o.Kinds):len(o.Kinds)], corev1.SchemeGroupVersion.WithKind("Node"))
	o.CollectGarbage = true
	s := begin(t, o)
	defer s.end()
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n1"}}
	s.must(s.world.Create(t.Context(), node))
	s.make("lease", metav1.OwnerReference{APIVersion: "v1", Kind: "Node", Name: "n1", UID: node.UID})
	secret := s.make("owner")
	s.must(s.world.Create(t.Context(), &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n2", OwnerReferences: []metav1.OwnerReference{reference(secret, false)}}}))
	s.leave(node, metav1.DeletePropagationBackground)
	s.leave(secret, metav1.DeletePropagationBackground)
	s.tells("delete lease\n")
}
