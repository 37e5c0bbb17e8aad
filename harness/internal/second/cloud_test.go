package second

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/testbed"
	"example.com/edge-device-operator/harness/world"
)

// cloud is the Go interface by which an operator reaches something outside.
type cloud interface {
	// Create makes a machine for a site, and returns its id. It isn't idempotent.
	Create(ctx context.Context, site string) (id string, err error)
}

// errNoCapacity is what a cloud's callers know, whether it says so itself or the
// world does.
var errNoCapacity = errors.New("no capacity")

// machines are those of a cloud, by their ids.
type machines struct {
	mu    sync.Mutex
	of    map[string]string
	slow  time.Duration
	never bool // it has no capacity
}

// fakeCloud is a cloud as one controller reaches it.
type fakeCloud struct {
	env world.Env
	all *machines
}

// Create makes a machine for a site.
func (c fakeCloud) Create(ctx context.Context, site string) (string, error) {
	id, err := world.Call(ctx, c.env, "cloud", "Create", site, func(ctx context.Context) (string, error) {
		return c.create(ctx, site)
	})
	var refused *world.RefusedError
	if errors.As(err, &refused) && refused.Status == http.StatusTooManyRequests {
		return "", errNoCapacity
	}
	return id, err
}

func (c fakeCloud) create(ctx context.Context, site string) (string, error) {
	if err := c.env.Clock.Wait(ctx, c.all.slow); err != nil {
		return "", err
	}
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	if c.all.never {
		return "", fmt.Errorf("%s: %w", site, errNoCapacity)
	}
	id := fmt.Sprintf("m-%d", len(c.all.of)+1)
	c.all.of[id] = site
	return id, nil
}

// onMachines is an operator that makes a machine for each site, within ten seconds,
// and notes its id. It tries again a minute after there was no capacity.
func onMachines(all *machines) world.Operator {
	o := Operator(Reconciler{})
	o.Scheme = scheme.Scheme
	o.Setup = func(mgr manager.Manager, env world.Env) error {
		c := mgr.GetClient()
		var reached cloud = fakeCloud{env, all}
		return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).
			Complete(reconcile.Func(func(ctx context.Context, r reconcile.Request) (reconcile.Result, error) {
				site := &corev1.ConfigMap{}
				if err := c.Get(ctx, r.NamespacedName, site); err != nil || site.Annotations["machine"] != "" {
					return reconcile.Result{}, client.IgnoreNotFound(err)
				}
				limited, cancel := env.Clock.WithTimeout(ctx, 10*time.Second)
				defer cancel()
				id, err := reached.Create(limited, site.Name)
				if errors.Is(err, errNoCapacity) {
					return reconcile.Result{RequeueAfter: time.Minute}, nil
				}
				if err != nil {
					return reconcile.Result{}, err
				}
				metav1.SetMetaDataAnnotation(&site.ObjectMeta, "machine", id)
				return reconcile.Result{}, c.Update(ctx, site)
			}))
	}
	return o
}

// TestScenariosOfACloud plays files that name calls of a Go interface.
func TestScenariosOfACloud(t *testing.T) {
	testbed.Play(t, scenario.ForEachWorld(func() (world.Operator, world.Hooks) {
		return onMachines(&machines{of: map[string]string{}}), world.Hooks{}
	}), "testdata/cloud/*.txt")
}

// TestACallThatTakesTime has calls wait at the world's clock: one that its controller
// is killed in, one that comes late, and one that takes longer than its caller waits.
func TestACallThatTakesTime(t *testing.T) {
	all := &machines{of: map[string]string{}, slow: 3 * time.Second}
	s := begin(t, onMachines(all))
	defer s.end()
	s.create("web")
	s.run(time.Second)
	s.must(s.world.KillController(0)) // while the cloud is at it
	s.must(s.world.FaultRequest(process.Operation{Object: "web", Number: 2}, process.RequestFault{Late: 20 * time.Second}))
	s.start()
	s.run(30 * time.Second)
	all.slow = 11 * time.Second
	s.create("shop")
	s.run(10 * time.Second)
	s.must(s.world.KillController(0))
	all.slow = time.Hour // that one is left when the world ends
	s.must(s.world.FaultRequest(process.Operation{Object: "late", Number: 1}, process.RequestFault{Late: time.Second}))
	s.start()
	s.create("late")
	s.run(20 * time.Second)
	const want = `     0s  controller 1 started
     0s  web       created
     1s  controller 2 started
     1s  controller 1 killed
    11s  web   #2  cloud: Create web: no answer in time
14.005s  web   #3  cloud: Create web → ok
14.005s  web   #4  PUT /api/v1/configmaps/web → 200
    24s  web       request #2 arrives late: cloud: Create web → ok
    31s  shop      created
    41s  controller 3 started
    41s  late      created
    41s  shop  #1  cloud: Create shop: no answer in time
    41s  controller 2 killed
    51s  late  #1  cloud: Create late: no answer in time
    51s  shop  #2  cloud: Create shop: no answer in time
`
	if got := s.trace(); got != want {
		t.Errorf("the trace is\n%swant\n%s", got, want)
	}
}

// TestACallThatFails has the cloud itself say that there is no capacity.
func TestACallThatFails(t *testing.T) {
	all := &machines{of: map[string]string{}, never: true}
	s := begin(t, onMachines(all))
	defer s.end()
	s.create("web")
	s.run(30 * time.Second)
	all.never = false
	s.run(time.Minute)
	const want = `  0s  controller 1 started
  0s  web      created
  0s  web  #1  cloud: Create web → error: web: no capacity
1m0s  web  #2  cloud: Create web → ok
1m0s  web  #3  PUT /api/v1/configmaps/web → 200
`
	if got := s.trace(); got != want {
		t.Errorf("the trace is\n%swant\n%s", got, want)
	}
}

// TestCallsAtOnce has one reconcile make calls at the same time: they are numbered in
// the order of what they are for.
func TestCallsAtOnce(t *testing.T) {
	o := shape(nil)
	o.Setup = func(mgr manager.Manager, env world.Env) error {
		return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).
			Complete(reconcile.Func(func(ctx context.Context, r reconcile.Request) (reconcile.Result, error) {
				var open sync.WaitGroup
				for n := range 5 {
					open.Go(func() {
						_ = env.Call(ctx, "cloud", "Delete", fmt.Sprintf("%s-%d", r.Name, n), func(context.Context) error { return nil })
					})
				}
				open.Wait()
				return reconcile.Result{}, nil
			}))
	}
	for _, schedule := range []world.Schedule{world.Parallel, world.Sequential} {
		s := beginWith(t, o, world.Options{Schedule: schedule})
		s.create("web")
		s.run(time.Second)
		const want = `0s  controller 1 started
0s  web      created
0s  web  #1  cloud: Delete web-0 → ok
0s  web  #2  cloud: Delete web-1 → ok
0s  web  #3  cloud: Delete web-2 → ok
0s  web  #4  cloud: Delete web-3 → ok
0s  web  #5  cloud: Delete web-4 → ok
`
		if got := s.trace(); got != want {
			t.Errorf("%s: the trace is\n%swant\n%s", schedule, got, want)
		}
		s.end()
	}
}
