package second

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/testbed"
	"example.com/edge-device-operator/harness/virtualtime"
	"example.com/edge-device-operator/harness/world"
)

// registrar keeps a ConfigMap for each object of a cluster-scoped kind, a Node or a
// Namespace, and says at the object how many of that kind there are.
type registrar struct {
	client.Client
	one  client.Object
	many client.ObjectList
	home func(name string) string // the namespace of an object's ConfigMap
}

func (r *registrar) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	o := r.one.DeepCopyObject().(client.Object)
	if err := r.Get(ctx, req.NamespacedName, o); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	card := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: r.home(o.GetName()), Name: "card-of-" + o.GetName()}}
	if o.GetDeletionTimestamp() != nil {
		if err := client.IgnoreNotFound(r.Delete(ctx, card)); err != nil || !controllerutil.RemoveFinalizer(o, Finalizer) {
			return ctrl.Result{}, err
		}
		return ctrl.Result{}, r.Update(ctx, o)
	}
	before := o.DeepCopyObject().(client.Object)
	if controllerutil.AddFinalizer(o, Finalizer) {
		if err := r.Patch(ctx, o, client.MergeFrom(before)); err != nil {
			return ctrl.Result{}, err
		}
	}
	if err := r.Get(ctx, client.ObjectKeyFromObject(card), card); apierrors.IsNotFound(err) {
		card.Labels = map[string]string{Of: o.GetName()}
		if err := controllerutil.SetControllerReference(o, card, r.Scheme()); err != nil {
			return ctrl.Result{}, err
		}
		if err := r.Create(ctx, card); err != nil {
			return ctrl.Result{}, err
		}
	} else if err != nil {
		return ctrl.Result{}, err
	}
	all := r.many.DeepCopyObject().(client.ObjectList)
	if err := r.List(ctx, all); err != nil {
		return ctrl.Result{}, err
	}
	if o.GetAnnotations()["of"] != "" {
		return ctrl.Result{}, nil
	}
	before = o.DeepCopyObject().(client.Object)
	o.SetAnnotations(map[string]string{"of": fmt.Sprint(meta.LenList(all))})
	return ctrl.Result{}, r.Patch(ctx, o, client.MergeFrom(before))
}

// registrarOf describes the operator over a kind to a world. An object's ConfigMap is in
// the world's own namespace if home is nil.
func registrarOf(one client.Object, many client.ObjectList, home func(name string) string) world.Operator {
	kind := schema.GroupVersionKind{Version: "v1", Kind: strings.TrimPrefix(fmt.Sprintf("%T", one), "*v1.")}
	primer := one.DeepCopyObject().(client.Object)
	primer.SetName("primer")
	return world.Operator{
		Scheme: scheme.Scheme, Kinds: []schema.GroupVersionKind{kind, corev1.SchemeGroupVersion.WithKind("ConfigMap")},
		Primers: []client.Object{primer, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "primer"}}},
		Setup: func(mgr manager.Manager, env world.Env) error {
			r := &registrar{mgr.GetClient(), one, many, home}
			if home == nil {
				r.home = func(string) string { return env.Namespace }
			}
			return ctrl.NewControllerManagedBy(mgr).For(one).Owns(&corev1.ConfigMap{}).Complete(r)
		},
	}
}

func ofNodes() world.Operator { return registrarOf(&corev1.Node{}, &corev1.NodeList{}, nil) }

func ofNamespaces() world.Operator {
	return registrarOf(&corev1.Namespace{}, &corev1.NamespaceList{}, func(name string) string { return name })
}

// names are what the API server has of a kind.
func names(t *testing.T, list client.ObjectList, options ...client.ListOption) (all []string) {
	t.Helper()
	c, err := client.New(testbed.Plane().Config(), client.Options{Scheme: scheme.Scheme})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.List(t.Context(), list, options...); err != nil {
		t.Fatal(err)
	}
	err = meta.EachListItem(list, func(o runtime.Object) error {
		all = append(all, client.ObjectKeyFromObject(o.(client.Object)).String())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestWorldsOverNodes plays worlds over a cluster-scoped kind beside each other, and
// beside one over a namespaced kind: they have the same bytes each, and leave nothing
// behind, though a Node is held by a finalizer when its world ends.
func TestWorldsOverNodes(t *testing.T) {
	var mu sync.Mutex
	traces := map[string]int{}
	t.Run("side by side", func(t *testing.T) {
		for n := range 10 {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				t.Parallel()
				text := nodes(t)
				mu.Lock()
				defer mu.Unlock()
				traces[text]++
			})
		}
		t.Run("namespaced", func(t *testing.T) {
			t.Parallel()
			s := begin(t, Operator(Reconciler{}))
			defer s.end()
			s.create("web")
			s.run(time.Minute)
		})
	})
	const want = `  0s  controller 1 started
  0s  controller 2 started
  0s  n1      created
  0s  n1  #1  PATCH /api/v1/nodes/n1 → 200
  0s  n1  #2  POST /api/v1/configmaps → 201
  0s  n1  #3  PATCH /api/v1/nodes/n1 → 200
  0s  controller 1 killed after request #2 of n1
1m0s  n2      created
1m0s  n2  #1  PATCH /api/v1/nodes/n2 → 200
1m0s  n2  #2  POST /api/v1/configmaps → 201
1m0s  n2  #3  PATCH /api/v1/nodes/n2 → 200
2m0s  n1      deleted, but held by a finalizer
2m0s  n1  #4  DELETE /api/v1/configmaps/card-of-n1 → 200
2m0s  n1  #5  PUT /api/v1/nodes/n1 → 200
`
	if traces[want] != 10 {
		t.Errorf("%d worlds of 10 have the trace\n%sthe traces are", traces[want], want)
		for text, times := range traces {
			t.Errorf("%d times\n%s", times, text)
		}
	}
	if left := names(t, &corev1.NodeList{}); strings.Join(left, " ") != "/primer" {
		t.Errorf("there are the nodes %v", left)
	}
	if left := names(t, &corev1.ConfigMapList{}, client.HasLabels{Of}); len(left) != 0 {
		t.Errorf("there are the ConfigMaps %v", left)
	}
}

// nodes plays a story of two Nodes in a world of its own, and returns its trace.
func nodes(t *testing.T) string {
	s := begin(t, ofNodes())
	defer s.end()
	p := s.arm(process.After, "n1", 2)
	s.must(s.world.Create(t.Context(), &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n1"}}))
	s.kill(p)
	s.start()
	s.run(time.Minute)
	s.must(s.world.Create(t.Context(), &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n2"}}))
	s.run(time.Minute)
	n1, n2 := &corev1.Node{}, &corev1.Node{}
	s.must(s.world.Get(t.Context(), "n1", n1))
	s.must(s.world.Get(t.Context(), "n2", n2))
	if got := n1.Annotations["of"] + " " + n2.Annotations["of"]; got != "1 2" {
		t.Errorf("n1 and n2 are said to be of %s", got)
	}
	s.must(s.world.Delete(t.Context(), n1))
	s.run(time.Minute)
	return s.trace()
}

// TestAWorldOverNamespaces has namespaces that were there before, and that worlds beside
// it are given, be none of its own.
func TestAWorldOverNamespaces(t *testing.T) {
	for range 3 {
		s := begin(t, ofNamespaces())
		other := begin(t, Operator(Reconciler{}))
		s.must(s.world.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "team-a"}}))
		other.create("web")
		s.run(time.Minute)
		s.expect("team-a", "#1 patch Namespace team-a → 200", "#2 create ConfigMap team-a/card-of-team-a → 201", "#3 patch Namespace team-a → 200")
		team := &corev1.Namespace{}
		s.must(s.world.Get(t.Context(), "team-a", team))
		if team.Annotations["of"] != "1" {
			t.Errorf("it is said to be one of %s namespaces", team.Annotations["of"])
		}
		present, err := s.world.Present()
		s.must(err)
		if len(present) != 2 {
			t.Errorf("the world's history has %d objects", len(present))
		}
		kept := s.world.Get(t.Context(), "kube-system", &corev1.Namespace{})
		if kept == nil || !strings.Contains(kept.Error(), "Namespace kube-system doesn't belong to this world") {
			t.Errorf("to get kube-system: %v", kept)
		}
		other.end()
		s.end()
		for _, name := range names(t, &corev1.NamespaceList{}) {
			if name == "/team-a" {
				t.Error("team-a is left behind")
			}
		}
		if left := names(t, &corev1.ConfigMapList{}, client.HasLabels{Of}); len(left) != 0 {
			t.Errorf("there are the ConfigMaps %v", left)
		}
		kube := &corev1.Namespace{}
		s.must(other.world.Client().Get(t.Context(), client.ObjectKey{Name: "kube-system"}, kube))
		if len(kube.Finalizers)+len(kube.Annotations) > 0 || kube.DeletionTimestamp != nil {
			t.Errorf("kube-system was touched: %+v", kube.ObjectMeta)
		}
	}
}

// TestAWorldThatIsGivenUp has the wait for a world be called off while a reconcile waits
// for the end of its context. Closed then, the world does nothing more, and leaves nothing
// behind.
func TestAWorldThatIsGivenUp(t *testing.T) {
	o := ofNodes()
	var woken error
	o.Setup = func(mgr manager.Manager, env world.Env) error {
		c := mgr.GetClient()
		return ctrl.NewControllerManagedBy(mgr).For(&corev1.Node{}).
			Complete(reconcile.Func(func(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
				n := &corev1.Node{}
				if err := c.Get(ctx, req.NamespacedName, n); err != nil {
					return ctrl.Result{}, err
				}
				n.Finalizers = []string{Finalizer}
				if err := c.Update(ctx, n); err != nil {
					return ctrl.Result{}, err
				}
				<-ctx.Done()
				woken = c.Create(context.WithoutCancel(ctx), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: env.Namespace, Name: "late", Labels: map[string]string{Of: n.Name}}})
				return ctrl.Result{}, woken
			}))
	}
	s := begin(t, o)
	s.must(s.world.Create(t.Context(), &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n1"}}))
	limited, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	var unsettled *virtualtime.UnsettledError
	if err := s.world.RunUntil(limited, time.Minute); !errors.As(err, &unsettled) {
		t.Errorf("the wait ends with %v", err)
	}
	s.end()
	if woken == nil {
		t.Error("a dead controller has created something")
	}
	s.expect("n1", "#1 update Node n1 → 200")
	if left := append(names(t, &corev1.NodeList{}), names(t, &corev1.ConfigMapList{}, client.HasLabels{Of})...); strings.Join(left, " ") != "/primer" {
		t.Errorf("there are %v", left)
	}
}

// TestScenariosOverNodes plays files over a cluster-scoped kind.
func TestScenariosOverNodes(t *testing.T) {
	testbed.Play(t, scenario.ForOperator(ofNodes(), world.Hooks{}), "testdata/nodes/*.txt")
}

// TestACommandThatConcernsAnotherWorld has people change what doesn't belong to this world.
func TestACommandThatConcernsAnotherWorld(t *testing.T) {
	for _, c := range []struct {
		operator   world.Operator
		text, says string
	}{
		{Operator(Reconciler{}), "apply\n| apiVersion: v1\n| kind: Node\n| metadata: {name: n1}\n----\n",
			"x.txt:1: Node is cluster-scoped: a world can have some only if its operator's Kinds include it"},
		{ofNodes(), "delete namespace/default\n----\n", "x.txt:1: Namespace is cluster-scoped: a world can have some only if its operator's Kinds include it"},
		{ofNamespaces(), "edit namespace/default metadata.labels.x=y\n----\n", "x.txt:1: Namespace default doesn't belong to this world"},
		{ofNamespaces(), "apply\n| apiVersion: v1\n| kind: Namespace\n| metadata: {name: world-7}\n----\n", "x.txt:1: Namespace world-7 doesn't belong to this world"},
		{ofNodes(), "delete node/n9\n----\n", `x.txt:1: read n9: nodes "n9" not found`},
	} {
		f, err := scenario.ForOperator(c.operator, world.Hooks{}).Parse("x.txt", c.text)
		if err != nil {
			t.Fatal(err)
		}
		var o scenario.Options
		o.World.REST, o.World.Settle = testbed.Plane().Config(), testbed.Settle
		if _, err := f.Run(t.Context(), o); err == nil || err.Error() != c.says {
			t.Errorf("%s\nsays %v\nwant %s", c.text, err, c.says)
		}
	}
}
