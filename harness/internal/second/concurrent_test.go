package second

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/world"
)

// fanningOut is an operator that makes six Secrets of a site at once, while it reads four
// past its cache, and the Secret next to each from it.
func fanningOut() world.Operator {
	return shape(func(mgr manager.Manager) error {
		c, live := mgr.GetClient(), mgr.GetAPIReader()
		return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).Owns(&corev1.Secret{}).
			Complete(reconcile.Func(func(ctx context.Context, r reconcile.Request) (reconcile.Result, error) {
				site := &corev1.ConfigMap{}
				if err := c.Get(ctx, r.NamespacedName, site); err != nil {
					return reconcile.Result{}, client.IgnoreNotFound(err)
				}
				named := func(n int) client.ObjectKey {
					return client.ObjectKey{Namespace: r.Namespace, Name: fmt.Sprintf("%s-%d", r.Name, n)}
				}
				var all sync.WaitGroup
				errs := make([]error, 10)
				for n := range 6 {
					all.Go(func() {
						key := named(n)
						o := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name}}
						if errs[n] = controllerutil.SetControllerReference(site, o, mgr.GetScheme()); errs[n] != nil {
							return
						}
						if errs[n] = client.IgnoreAlreadyExists(c.Create(ctx, o)); errs[n] != nil {
							return
						}
						next := &corev1.Secret{}
						err := c.Get(ctx, named((n+1)%6), next)
						if errs[n] = client.IgnoreNotFound(err); err != nil {
							return
						}
						metav1.SetMetaDataAnnotation(&next.ObjectMeta, "seen-by", o.Name)
						errs[n] = c.Update(ctx, next)
					})
				}
				for n := range 4 {
					all.Go(func() { errs[6+n] = client.IgnoreNotFound(live.Get(ctx, named(n), &corev1.Secret{})) })
				}
				all.Wait()
				for _, err := range errs {
					if err != nil {
						return reconcile.Result{}, err
					}
				}
				return reconcile.Result{}, nil
			}))
	})
}

// TestAReconcileThatFansOut gives the same bytes each time, killed before one of the
// requests and after another.
func TestAReconcileThatFansOut(t *testing.T) {
	play := func(schedule world.Schedule, options func(*manager.Options)) string {
		o := fanningOut()
		o.Schedule, o.Options = schedule, options
		s := beginWith(t, o, world.Options{Seed: 1})
		defer s.end()
		p := s.arm(process.Before, "web", 3)
		s.create("web")
		s.kill(p)
		p = s.arm(process.After, "web", 8)
		s.start()
		s.kill(p)
		s.start()
		s.run(time.Minute)
		return s.trace()
	}
	for _, schedule := range []world.Schedule{world.Parallel, world.Sequential} {
		for name, options := range map[string]func(*manager.Options){"read-your-writes off": nil, "read-your-writes on": readYourWrites} {
			t.Run(fmt.Sprintf("%s, %s", schedule, name), func(t *testing.T) {
				first := play(schedule, options)
				for n := range 29 {
					if got := play(schedule, options); got != first {
						t.Fatalf("run %d gives\n%s\nthe first\n%s", n+2, got, first)
					}
				}
			})
		}
	}
}

// TestAFanOutThatStartsInformers has three goroutines of a reconcile each be the first to
// read a kind of which there is nothing, and then create something: all at one instant,
// since nothing in it takes virtual time.
func TestAFanOutThatStartsInformers(t *testing.T) {
	for _, c := range []struct {
		name    string
		options func(*manager.Options)
		order   []int
	}{
		{"read-your-writes off", nil, []int{0, 1, 2}},
		{"read-your-writes on", readYourWrites, []int{2, 0, 1}}, // reads go on one by one: LimitRange, Service, ServiceAccount
	} {
		t.Run(c.name, func(t *testing.T) {
			o := shape(func(mgr manager.Manager) error {
				c := mgr.GetClient()
				return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).
					Complete(reconcile.Func(func(ctx context.Context, r reconcile.Request) (reconcile.Result, error) {
						var all sync.WaitGroup
						for n, o := range []client.Object{&corev1.Service{}, &corev1.ServiceAccount{}, &corev1.LimitRange{}} {
							all.Go(func() {
								if err := c.Get(ctx, r.NamespacedName, o); client.IgnoreNotFound(err) != nil {
									t.Error(err)
								}
								s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: fmt.Sprintf("%s-%d", r.Name, n)}}
								if err := c.Create(ctx, s); err != nil {
									t.Error(err)
								}
							})
						}
						all.Wait()
						return reconcile.Result{}, nil
					}))
			})
			o.Options = c.options
			s := begin(t, o)
			defer s.end()
			s.create("web")
			s.run(time.Minute)
			var want []string
			for n, of := range c.order {
				want = append(want, fmt.Sprintf("#%d create Secret web-%d → 201", n+1, of))
			}
			s.expect("web", want...)
			for _, e := range s.told {
				if e.Number > 0 && e.At > 0 {
					t.Errorf("%s#%d is made at %s", e.Subject, e.Number, e.At)
				}
			}
		})
	}
}
