package second

import (
	"context"
	"runtime"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"example.com/edge-device-operator/harness/world"
)

// yields is how often a goroutine lets others go first that is to be slow without
// waiting for anything.
const yields = 2000

func slowly() {
	for range yields {
		runtime.Gosched()
	}
}

// TestChannelSources has an operator that is woken by channels: at its start, each
// ten seconds by a ticker, and after each reconcile of a site by a goroutine that is
// left of it; the handler of these events is slow. A world that doesn't wait for one
// of them is ahead of it.
func TestChannelSources(t *testing.T) {
	o := shape(nil)
	o.Setup = func(mgr manager.Manager, env world.Env) error {
		c := mgr.GetClient()
		events := make(chan event.GenericEvent, 1)
		wake := func(name string) {
			slowly()
			events <- event.GenericEvent{Object: &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}}
		}
		slow := handler.EnqueueRequestsFromMapFunc(func(_ context.Context, o client.Object) []reconcile.Request {
			slowly()
			return []reconcile.Request{{NamespacedName: client.ObjectKeyFromObject(o)}}
		})
		wake("start")
		err := mgr.Add(manager.RunnableFunc(func(ctx context.Context) error {
			ticker := env.Clock.NewTicker(10 * time.Second)
			defer ticker.Stop()
			for {
				select {
				case <-ctx.Done():
					return nil
				case <-ticker.C():
					wake("tick")
				}
			}
		}))
		if err != nil {
			return err
		}
		list := func(ctx context.Context) error {
			return mgr.GetAPIReader().List(ctx, &corev1.SecretList{}, client.Limit(1))
		}
		return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).WatchesRawSource(source.Channel(events, slow)).
			Complete(reconcile.Func(func(ctx context.Context, r reconcile.Request) (reconcile.Result, error) {
				site := &corev1.ConfigMap{}
				if err := c.Get(ctx, r.NamespacedName, site); err == nil {
					done, over := env.Busy("wakes others"), make(chan struct{})
					defer close(over)
					go func() {
						defer done()
						<-over
						wake("after-" + r.Name)
					}()
				}
				return reconcile.Result{}, list(ctx)
			}))
	}
	const want = ` 0s  controller 1 started
 0s  /start      #1  GET /api/v1/secrets → 200
 1s  /after-web  #1  GET /api/v1/secrets → 200
 1s  web             created
 1s  web         #1  GET /api/v1/secrets → 200
10s  /tick       #1  GET /api/v1/secrets → 200
20s  /tick       #2  GET /api/v1/secrets → 200
`
	for range 10 {
		s := begin(t, o)
		s.run(time.Second)
		s.create("web")
		s.run(25 * time.Second)
		got := s.trace()
		s.end()
		if got != want {
			t.Fatalf("the trace is\n%swant\n%s", got, want)
		}
	}
}
