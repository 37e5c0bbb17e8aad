package second

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/testbed"
	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/world"
)

// onDeployments is an operator that makes a Deployment for each site, and says at the
// site that it is up once the Deployment is available. Two reactions stand in for what
// the control plane lacks: five seconds after its creation a Deployment is available,
// and a site that is up gets a token at once.
func onDeployments() world.Operator {
	o := Operator(Reconciler{})
	o.Scheme = scheme.Scheme
	deployments, sites, secrets := appsv1.SchemeGroupVersion.WithKind("Deployment"), o.Kinds[0], o.Kinds[1]
	o.Kinds = append(o.Kinds[:0:0], sites, secrets, deployments)
	o.Setup = func(mgr manager.Manager, _ world.Env) error {
		c := mgr.GetClient()
		return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).Owns(&appsv1.Deployment{}).
			Complete(reconcile.Func(func(ctx context.Context, r reconcile.Request) (reconcile.Result, error) {
				site, d := &corev1.ConfigMap{}, deployment(r.Name, r.Namespace)
				if err := c.Get(ctx, r.NamespacedName, site); err != nil {
					return reconcile.Result{}, client.IgnoreNotFound(err)
				}
				if err := c.Get(ctx, r.NamespacedName, d); client.IgnoreNotFound(err) != nil {
					return reconcile.Result{}, err
				} else if err != nil {
					d = deployment(r.Name, r.Namespace)
					if err := controllerutil.SetControllerReference(site, d, mgr.GetScheme()); err != nil {
						return reconcile.Result{}, err
					}
					return reconcile.Result{}, c.Create(ctx, d)
				}
				if d.Status.AvailableReplicas == 0 || site.Data["up"] == "yes" {
					return reconcile.Result{}, nil
				}
				site.Data = map[string]string{"up": "yes"}
				return reconcile.Result{}, c.Update(ctx, site)
			}))
	}
	o.Reactions = []world.Reaction{{
		Name: "deployment controller", Kind: deployments, After: 5 * time.Second,
		When: func(o client.Object) bool { return o.(*appsv1.Deployment).Status.ObservedGeneration == 0 },
		React: func(ctx context.Context, c client.Client, o client.Object, _ time.Time) error {
			d := o.(*appsv1.Deployment)
			d.Status = appsv1.DeploymentStatus{ObservedGeneration: d.Generation, Replicas: 1, AvailableReplicas: 1, ReadyReplicas: 1}
			return c.Status().Update(ctx, d)
		},
	}, {
		Name: "token controller", Kind: sites,
		React: func(ctx context.Context, c client.Client, o client.Object, _ time.Time) error {
			token := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: o.GetNamespace(), Name: o.GetName() + "-token"}}
			err := c.Get(ctx, client.ObjectKeyFromObject(token), token)
			if err == nil || o.(*corev1.ConfigMap).Data["up"] != "yes" {
				return client.IgnoreNotFound(err)
			}
			return c.Create(ctx, token)
		},
	}}
	return o
}

func deployment(name, namespace string) *appsv1.Deployment {
	labels := map[string]string{"app": name}
	return &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace}, Spec: appsv1.DeploymentSpec{
		Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{
			Containers: []corev1.Container{{Name: "app", Image: "app:1"}},
		}},
	}}
}

// TestScenariosOfReactions plays files in which others than the operator act.
func TestScenariosOfReactions(t *testing.T) {
	testbed.Play(t, scenario.ForOperator(onDeployments(), world.Hooks{}), "testdata/reactions/*.txt")
}

// TestReactionsAreTheSame plays several sites again and again, in both schedules, with
// few workers and many, and with a controller that is killed.
func TestReactionsAreTheSame(t *testing.T) {
	for _, schedule := range []world.Schedule{world.Parallel, world.Sequential} {
		t.Run(string(schedule), func(t *testing.T) {
			first := reactions(t, schedule, 4)
			for n := range 9 {
				workers := 4
				if schedule == world.Parallel && n%2 == 0 {
					workers = 8
				}
				if got := reactions(t, schedule, workers); got != first {
					t.Fatalf("run %d gives\n%s\nthe first\n%s", n+2, got, first)
				}
			}
		})
	}
}

func reactions(t *testing.T, schedule world.Schedule, workers int) string {
	s := beginWith(t, onDeployments(), world.Options{Schedule: schedule, Seed: 1, Workers: workers})
	defer s.end()
	for _, name := range []string{"d", "a", "c", "b"} {
		s.create(name)
	}
	s.run(time.Second)
	s.must(s.world.KillController(0))
	s.run(5 * time.Second)
	s.start()
	s.run(time.Minute)
	text := s.trace()
	for _, want := range []string{"deployment controller: status updated", "token controller: created"} {
		if strings.Count(text, want) != 4 {
			t.Errorf("not each site has %q:\n%s", want, text)
		}
	}
	return text
}

// TestWhatReactionsStore has the trace keep what they write, as it keeps what the operator
// writes.
func TestWhatReactionsStore(t *testing.T) {
	s := beginWith(t, onDeployments(), world.Options{Stored: true})
	defer s.end()
	s.create("web")
	s.run(time.Minute)
	phases := map[string]any{}
	for _, e := range s.world.Trace() {
		if e.Actor.Role == trace.Reaction {
			phases[e.Object.Kind] = e.Stored["status"]
			if e.Stored["metadata"] == nil {
				t.Errorf("%s: it is not stored", trace.Say(e, nil))
			}
		}
	}
	if status, _ := phases["Deployment"].(map[string]any); status["availableReplicas"] != int64(1) || len(phases) != 2 {
		t.Errorf("stored is %v", phases)
	}
}

// TestAReactionThatFails has the world's run end with its error.
func TestAReactionThatFails(t *testing.T) {
	broken := errors.New("broken")
	o := Operator(Reconciler{})
	o.Reactions = []world.Reaction{{Name: "kubelet", Kind: o.Kinds[0], React: func(context.Context, client.Client, client.Object, time.Time) error { return broken }}}
	s := begin(t, o)
	defer s.end()
	s.create("web")
	err := s.world.RunUntil(t.Context(), time.Minute)
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "the reaction kubelet to web") {
		t.Errorf("the error is %v", err)
	}
}

// TestAReactionOfAStrangeKind can't be had.
func TestAReactionOfAStrangeKind(t *testing.T) {
	o := Operator(Reconciler{})
	o.Reactions = []world.Reaction{{Name: "kubelet", Kind: corev1.SchemeGroupVersion.WithKind("Pod")}}
	_, err := world.New(t.Context(), world.Options{REST: testbed.Plane().Config(), Settle: testbed.Settle}, o, world.Hooks{})
	if err == nil || !strings.Contains(err.Error(), "kubelet looks at Pod") {
		t.Errorf("the error is %v", err)
	}
}

// TestReactionsOfOneTimeGoByName has those to several sites write to one object.
func TestReactionsOfOneTimeGoByName(t *testing.T) {
	o := shape(func(manager.Manager) error { return nil })
	o.Reactions = []world.Reaction{{
		Name: "scribe", Kind: o.Kinds[0], After: time.Second,
		React: func(ctx context.Context, c client.Client, o client.Object, _ time.Time) error {
			list := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: o.GetNamespace(), Name: "list"}}
			_, err := controllerutil.CreateOrPatch(ctx, c, list, func() error {
				metav1.SetMetaDataAnnotation(&list.ObjectMeta, "list", list.Annotations["list"]+o.GetName())
				return nil
			})
			return err
		},
	}}
	s := begin(t, o)
	defer s.end()
	for _, name := range []string{"d", "a", "c", "b", "f", "e"} {
		s.create(name)
	}
	s.run(time.Minute)
	list := &corev1.Secret{}
	if !s.exists(list, "list") || list.Annotations["list"] != "abcdef" {
		t.Errorf("they come in the order %s", list.Annotations["list"])
	}
}

// TestAReactionLivesInVirtualTime has one read how old an object is.
func TestAReactionLivesInVirtualTime(t *testing.T) {
	var ages []time.Duration
	o := shape(func(manager.Manager) error { return nil })
	o.Reactions = []world.Reaction{{
		Name: "clerk", Kind: o.Kinds[0], After: time.Hour,
		React: func(ctx context.Context, c client.Client, o client.Object, now time.Time) error {
			read := &corev1.ConfigMap{}
			err := c.Get(ctx, client.ObjectKeyFromObject(o), read)
			for _, created := range []metav1.Time{o.GetCreationTimestamp(), read.CreationTimestamp} {
				ages = append(ages, now.Truncate(time.Second).Sub(created.Time))
			}
			return err
		},
	}}
	s := begin(t, o)
	defer s.end()
	s.create("web")
	s.run(2 * time.Hour)
	if want := []time.Duration{time.Hour, time.Hour}; !slices.Equal(ages, want) {
		t.Errorf("the ages are %v, want %v", ages, want)
	}
}
