package second

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	corev1apply "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/testbed"
	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/world"
)

// shape is an operator that does something that the second one doesn't.
func shape(setup func(manager.Manager) error) world.Operator {
	o := Operator(Reconciler{})
	o.Scheme = scheme.Scheme
	o.Setup = func(mgr manager.Manager, _ world.Env) error { return setup(mgr) }
	return o
}

// numbered are a work's requests, such as "#1 create Secret web → 201".
func (s *story) numbered(work string) (all []string) {
	s.told = append(s.told, s.world.Trace()...)
	for _, e := range s.told {
		if e.Subject == work && e.Number > 0 {
			all = append(all, fmt.Sprintf("#%d %s %s → %d", e.Number, e.Verb, e.Object, e.Result.Status))
		}
	}
	return all
}

// expect compares a work's requests with those that are wanted.
func (s *story) expect(work string, want ...string) {
	s.Helper()
	if got := s.numbered(work); !slices.Equal(got, want) {
		s.Errorf("the requests of %s are\n%s\nwant\n%s", work, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestRequestsOfEveryVerb has a reconcile make requests of every verb, past the
// cache, without a name, for collections, and with an answer of half a megabyte.
func TestRequestsOfEveryVerb(t *testing.T) {
	done := false
	s := begin(t, shape(func(mgr manager.Manager) error {
		c, live := mgr.GetClient(), mgr.GetAPIReader()
		return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).Owns(&corev1.Secret{}).
			Complete(reconcile.Func(func(ctx context.Context, r reconcile.Request) (reconcile.Result, error) {
				if r.Name != "web" || done {
					return reconcile.Result{}, nil
				}
				done = true
				labelled := map[string]string{"made": "yes"}
				some := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, GenerateName: "some-", Labels: labelled, Finalizers: []string{"test.example.com/hold"}}}
				big := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: "big"}, Data: map[string]string{"x": strings.Repeat("x", 500_000)}}
				for _, do := range []func() error{
					func() error { return live.Get(ctx, r.NamespacedName, &corev1.ConfigMap{}) },
					func() error { return live.List(ctx, &corev1.SecretList{}, client.InNamespace(r.Namespace)) },
					func() error { return c.Create(ctx, big) },
					func() error { return c.Create(ctx, some) },
					func() error {
						return c.Apply(ctx, corev1apply.Secret("applied", r.Namespace).WithLabels(labelled), client.FieldOwner("test"))
					},
					func() error {
						return c.DeleteAllOf(ctx, &corev1.Secret{}, client.InNamespace(r.Namespace), client.MatchingLabels(labelled))
					},
					func() error { return live.Get(ctx, client.ObjectKeyFromObject(some), some) },
					func() error { some.Finalizers = nil; return c.Update(ctx, some) },
					func() error { return c.Delete(ctx, big) },
					func() error {
						err := c.Get(ctx, client.ObjectKeyFromObject(some), some)
						if client.IgnoreNotFound(err) == nil && err != nil {
							return nil
						}
						return fmt.Errorf("the cache still has it: %v", err)
					},
				} {
					if err := do(); err != nil {
						t.Error(err)
						return reconcile.Result{}, nil
					}
				}
				return reconcile.Result{}, nil
			}))
	}))
	defer s.end()
	s.create("web")
	s.run(time.Minute)
	s.expect("web",
		"#1 get ConfigMap web → 200",
		"#2 list Secret → 200",
		"#3 create ConfigMap big → 201",
		"#4 create Secret some-* → 201",
		"#5 apply Secret applied → 201",
		"#6 deletecollection Secret → 200",
		"#7 get Secret some-<web#4> → 200",
		"#8 update Secret some-<web#4> → 200",
		"#9 delete ConfigMap big → 200",
	)
}

// TestSeveralControllers has two controllers work on one key, of which one is
// killed at a request that the other makes, too.
func TestSeveralControllers(t *testing.T) {
	s := begin(t, shape(func(mgr manager.Manager) error {
		for _, name := range []string{"left", "right"} {
			err := ctrl.NewControllerManagedBy(mgr).Named(name).For(&corev1.ConfigMap{}).
				Complete(reconcile.Func(func(ctx context.Context, r reconcile.Request) (reconcile.Result, error) {
					o := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: r.Name + "-" + name}}
					return reconcile.Result{}, client.IgnoreAlreadyExists(mgr.GetClient().Create(ctx, o))
				}))
			if err != nil {
				return err
			}
		}
		return nil
	}))
	defer s.end()
	p := s.arm(process.Before, "right:web", 1)
	s.create("web")
	s.kill(p)
	if !s.exists(&corev1.Secret{}, "web-left") || s.exists(&corev1.Secret{}, "web-right") {
		t.Errorf("the kill took the other controller's work, or not its own:\n%s", s.trace())
	}
	s.start()
	s.run(time.Minute)
	s.expect("left:web", "#1 create Secret web-left → 201", "#2 create Secret web-left → 409")
	s.expect("right:web", "#2 create Secret web-right → 201")
}

// counting is an operator whose objects see each other: of two controllers each
// counts each site once, in one Secret that they share.
func counting() world.Operator {
	return shape(func(mgr manager.Manager) error {
		c := mgr.GetClient()
		for _, name := range []string{"left", "right"} {
			err := ctrl.NewControllerManagedBy(mgr).Named(name).For(&corev1.ConfigMap{}).
				Complete(reconcile.Func(func(ctx context.Context, r reconcile.Request) (reconcile.Result, error) {
					sum := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: "sum"}}
					err := c.Get(ctx, client.ObjectKeyFromObject(sum), sum)
					if apierrors.IsNotFound(err) {
						err = c.Create(ctx, sum)
					}
					counted := name + "-" + r.Name
					if err != nil || sum.Annotations[counted] != "" {
						return reconcile.Result{}, err
					}
					metav1.SetMetaDataAnnotation(&sum.ObjectMeta, counted, fmt.Sprint(len(sum.Annotations)+1))
					return reconcile.Result{}, c.Update(ctx, sum)
				}))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// TestTheSequentialSchedule plays an operator whose objects see each other again
// and again: an order gives the same bytes each time, and another one others.
func TestTheSequentialSchedule(t *testing.T) {
	play := func(order uint64) string {
		s := beginWith(t, counting(), world.Options{Schedule: world.Sequential, Order: order})
		defer s.end()
		p := s.arm(process.After, "right:site-2", 1)
		for n := range 4 {
			s.create(fmt.Sprintf("site-%d", n))
		}
		s.kill(p)
		s.start()
		s.run(time.Minute)
		text := s.trace()
		if !slices.ContainsFunc(s.told, func(e trace.Event) bool {
			return e.Verb == "update" && e.Object.Name == "sum" && e.Result.Status == 200
		}) {
			t.Errorf("nothing was counted:\n%s", text)
		}
		return text
	}
	traces := map[string]bool{}
	for order := range uint64(3) {
		first := play(order)
		traces[first] = true
		for n := range 9 {
			if got := play(order); got != first {
				t.Fatalf("order %d, run %d gives\n%s\nthe first\n%s", order, n+2, got, first)
			}
		}
	}
	if len(traces) != 3 {
		t.Errorf("3 orders give %d traces", len(traces))
	}
}

// TestWatchesOfEveryShape has an operator watch by label, metadata alone, and
// objects without a namespace, and write what comes into their range and leaves it.
func TestWatchesOfEveryShape(t *testing.T) {
	var seen []string
	o := shape(func(mgr manager.Manager) error {
		c := mgr.GetClient()
		named := handler.EnqueueRequestsFromMapFunc(func(_ context.Context, o client.Object) []reconcile.Request {
			return []reconcile.Request{{NamespacedName: client.ObjectKey{Name: o.GetName()}}}
		})
		metadata := &metav1.PartialObjectMetadata{}
		metadata.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
		return ctrl.NewControllerManagedBy(mgr).Named("site").For(&corev1.ConfigMap{}).
			WatchesMetadata(metadata, &handler.Funcs{}).Watches(&corev1.Namespace{}, named).
			Complete(reconcile.Func(func(ctx context.Context, r reconcile.Request) (reconcile.Result, error) {
				if r.Namespace == "" {
					return reconcile.Result{}, nil
				}
				seen = append(seen, r.Name)
				s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: r.Name}}
				if err := c.Create(ctx, s); err != nil {
					return reconcile.Result{}, client.IgnoreAlreadyExists(err)
				}
				m := metadata.DeepCopy()
				if err := c.Get(ctx, r.NamespacedName, m); err != nil {
					return reconcile.Result{}, err // the cache has what the answer was held for
				}
				// It leaves the range of its own watch, and the cache with it.
				site := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: r.Name}}
				if err := c.Patch(ctx, site, client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"labels":null}}`))); err != nil {
					return reconcile.Result{}, err
				}
				if err := c.Get(ctx, r.NamespacedName, site); client.IgnoreNotFound(err) != nil || err == nil {
					return reconcile.Result{}, fmt.Errorf("the cache still has what its watch doesn't select: %v", err)
				}
				return reconcile.Result{}, nil
			}))
	})
	exists, err := labels.Parse(Label)
	if err != nil {
		t.Fatal(err)
	}
	o.Options = func(m *manager.Options) {
		m.Cache.ByObject = map[client.Object]cache.ByObject{&corev1.ConfigMap{}: {Label: exists}}
	}
	s := begin(t, o)
	defer s.end()
	s.create("web")
	s.must(s.world.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "other"}}))
	s.run(time.Minute)
	s.expect("web", "#1 create Secret web → 201", "#2 patch ConfigMap web → 200", "#3 create Secret web → 409")
	if slices.Contains(seen, "other") {
		t.Error("what the watch doesn't select was reconciled")
	}
}

// TestATask has a runnable read past the cache, in no reconcile.
func TestATask(t *testing.T) {
	s := begin(t, shape(func(mgr manager.Manager) error {
		return mgr.Add(manager.RunnableFunc(func(ctx context.Context) error {
			if err := mgr.GetAPIReader().List(ctx, &corev1.SecretList{}, client.Limit(1)); err != nil {
				return err
			}
			<-ctx.Done()
			return nil
		}))
	}))
	defer s.end()
	s.run(time.Minute)
	s.expect("@runnable-1", "#1 list Secret → 200")
}

// TestWhatVirtualTimeReplaces has an operator's main ask for a lease, ports and a
// resync, and its Setup for a recorder.
func TestWhatVirtualTimeReplaces(t *testing.T) {
	type key struct{}
	kept := false
	o := shape(func(mgr manager.Manager) error {
		recorder := mgr.GetEventRecorder("test")
		return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).
			Complete(reconcile.Func(func(ctx context.Context, r reconcile.Request) (reconcile.Result, error) {
				kept = ctx.Value(key{}) != nil
				recorder.Eventf(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: r.Name}}, nil, corev1.EventTypeNormal, "Seen", "See", "seen")
				return reconcile.Result{}, nil
			}))
	})
	o.Options = func(m *manager.Options) {
		m.LeaderElection, m.LeaderElectionID = true, "second.example.com"
		m.Metrics.BindAddress, m.HealthProbeBindAddress = ":1", ":1"
		m.BaseContext = func() context.Context { return context.WithValue(context.Background(), key{}, "yes") }
	}
	s := begin(t, o)
	defer s.end()
	s.create("web")
	s.run(time.Minute)
	if !kept {
		t.Error("the manager's BaseContext is lost")
	}
	s.expect("web")
}

// TestAWaitForRealTimeIsNamed has a reconcile sleep for longer than the world may
// take to settle.
func TestAWaitForRealTimeIsNamed(t *testing.T) {
	awake := make(chan struct{})
	s := beginWith(t, shape(func(mgr manager.Manager) error {
		return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).
			Complete(reconcile.Func(func(context.Context, reconcile.Request) (reconcile.Result, error) {
				dozes(awake)
				return reconcile.Result{}, nil
			}))
	}), world.Options{})
	defer s.end()
	defer close(awake)
	s.create("web")
	limited, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err := s.world.RunUntil(limited, time.Minute)
	if err == nil || !strings.Contains(err.Error(), "controller 1/web: in ") || !strings.Contains(err.Error(), "second.dozes (shapes_test.go:") {
		t.Errorf("the error says %v", err)
	}
}

// TestAClockOfItsOwn has an operator wait at the world's clock in a reconcile and in a
// runnable, without a context, and kills it where it waits.
func TestAClockOfItsOwn(t *testing.T) {
	o := shape(nil)
	o.Setup = func(mgr manager.Manager, env world.Env) error {
		var clk clock.WithTicker = env.Clock
		list := func(ctx context.Context) error {
			return mgr.GetAPIReader().List(ctx, &corev1.SecretList{}, client.Limit(1))
		}
		err := mgr.Add(manager.RunnableFunc(func(ctx context.Context) error {
			for ticker := clk.NewTicker(4 * time.Second); ctx.Err() == nil; {
				select {
				case <-ctx.Done():
				case <-ticker.C():
					if err := list(ctx); err != nil {
						return err
					}
				}
			}
			return nil
		}))
		if err != nil {
			return err
		}
		return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).
			Complete(reconcile.Func(func(ctx context.Context, _ reconcile.Request) (reconcile.Result, error) {
				timer := clk.NewTimer(3 * time.Second)
				if err := list(ctx); err != nil {
					return reconcile.Result{}, err
				}
				<-timer.C()
				clk.Sleep(2 * time.Second)
				return reconcile.Result{}, list(ctx)
			}))
	}
	s := begin(t, o)
	defer s.end()
	s.create("web")
	s.run(6 * time.Second)
	s.must(s.world.KillController(0))
	s.start()
	s.run(4 * time.Second)
	s.must(s.world.KillController(0)) // it sleeps
	const want = ` 0s  controller 1 started
 0s  web              created
 0s  web          #1  GET /api/v1/secrets → 200
 4s  @runnable-1  #1  GET /api/v1/secrets → 200
 5s  web          #2  GET /api/v1/secrets → 200
 6s  controller 2 started
 6s  web          #3  GET /api/v1/secrets → 200
 6s  controller 1 killed
10s  @runnable-1  #2  GET /api/v1/secrets → 200
10s  controller 2 killed
`
	if got := s.trace(); got != want {
		t.Errorf("the trace is\n%swant\n%s", got, want)
	}
}

// dozes waits in real time.
func dozes(awake chan struct{}) {
	select {
	case <-awake:
	case <-time.After(time.Hour):
	}
}

// TestWebhooksAreRefused has the harness say that it doesn't serve them.
func TestWebhooksAreRefused(t *testing.T) {
	w, err := world.New(t.Context(), world.Options{REST: testbed.Plane().Config(), Settle: testbed.Settle}, shape(func(mgr manager.Manager) error {
		mgr.GetWebhookServer().Register("/validate-sites", http.NotFoundHandler())
		return nil
	}), world.Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close(t.Context()) }()
	if err := w.StartController(t.Context()); err == nil || !strings.Contains(err.Error(), "/validate-sites would be missed") {
		t.Errorf("the start says %v", err)
	}
}

// TestAnInformerThatIsRemoved has a reconcile read Secrets by a cache and remove that
// again: nobody is left to hear of those that come.
func TestAnInformerThatIsRemoved(t *testing.T) {
	s := begin(t, shape(func(mgr manager.Manager) error {
		c := mgr.GetClient()
		return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).
			Complete(reconcile.Func(func(ctx context.Context, r reconcile.Request) (reconcile.Result, error) {
				if err := c.List(ctx, &corev1.SecretList{}); err != nil {
					return reconcile.Result{}, err
				}
				if err := mgr.GetCache().RemoveInformer(ctx, &corev1.Secret{}); err != nil {
					return reconcile.Result{}, err
				}
				o := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: r.Name}}
				return reconcile.Result{}, c.Create(ctx, o)
			}))
	}))
	defer s.end()
	s.create("web")
	s.run(time.Minute)
	s.expect("web", "#1 create Secret web → 201")
}

// TestAReconcilerInTheOperatorsPlace goes around the reconciler of an operator that knows
// nothing of it.
func TestAReconcilerInTheOperatorsPlace(t *testing.T) {
	var reconciled []string
	s := beginWith(t, Operator(Reconciler{}), world.Options{Reconciler: func(r reconcile.Reconciler) reconcile.Reconciler {
		return reconcile.Func(func(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
			reconciled = append(reconciled, fmt.Sprintf("%s by %T", req.Name, r))
			return reconcile.Result{}, nil
		})
	}})
	defer s.end()
	s.create("web")
	s.run(time.Minute)
	if want := []string{"web by *second.Reconciler"}; !slices.Equal(reconciled, want) {
		t.Errorf("reconciled were %q, want %q", reconciled, want)
	}
	s.expect("web")
}

// TestAStartThatFails has a controller not come up beside another one, which goes on as
// if it were alone.
func TestAStartThatFails(t *testing.T) {
	o := Operator(Reconciler{})
	o.Setup = func(mgr manager.Manager, env world.Env) error {
		r := Reconciler{Client: mgr.GetClient()}
		if env.Incarnation != 2 {
			return r.SetupWithManager(mgr)
		}
		err := mgr.GetFieldIndexer().IndexField(t.Context(), &corev1.ConfigMap{}, "of", func(o client.Object) []string { return []string{o.GetLabels()[Of]} })
		if err != nil {
			return err
		}
		return errors.New("no such flag")
	}
	s := begin(t, o)
	defer s.end()
	if err := s.world.StartController(t.Context()); err == nil || err.Error() != "controller: no such flag" {
		t.Errorf("the start says %v", err)
	}
	s.create("web")
	s.run(time.Minute)
	if incarnations := s.world.Record().Incarnations; len(incarnations) != 1 {
		t.Errorf("there were %v", incarnations)
	}
	text := s.trace()
	if !s.exists(&corev1.ConfigMap{}, "web-page") || slices.ContainsFunc(s.told, func(e trace.Event) bool { return e.Concurrent }) {
		t.Errorf("the other one doesn't go on alone:\n%s", text)
	}
}
