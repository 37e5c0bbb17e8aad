package scenarios

import (
	"context"
	"testing"
	"time"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/log"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"k8s.io/apimachinery/pkg/runtime"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/world"
	v1 "example.com/edge-device-operator/operator/api/v1"
	operator "example.com/edge-device-operator/operator/controller"
	"example.com/edge-device-operator/scenarios/edge"
)

func benchSession(b *testing.B) *Session {
	b.Helper()
	log.SetLogger(logr.Discard())
	s, err := Open(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return s
}

// BenchmarkScenario plays each scenario once per iteration, with 4 workers. It measures
// the wall time of a run, without the start of the control plane.
func BenchmarkScenario(b *testing.B) {
	s := benchSession(b)
	for _, name := range Names() {
		b.Run(name, func(b *testing.B) {
			f, err := Load(name)
			if err != nil {
				b.Fatal(err)
			}
			var virtual time.Duration
			for b.Loop() {
				res, err := s.Run(b.Context(), f, scenario.Options{World: world.Options{Workers: 4}})
				if err != nil {
					b.Fatal(err)
				}
				virtual = res.Virtual
			}
			b.ReportMetric(virtual.Seconds(), "virtual-s")
		})
	}
}

// BenchmarkControllerStart measures the time from a controller's start until its first
// reconcile: in a world, and for a plain controller-runtime manager with its own
// informers and queue on the same API server.
func BenchmarkControllerStart(b *testing.B) {
	s := benchSession(b)
	b.Run("world", func(b *testing.B) {
		f, err := edge.Language.Parse("bench", `device press-01
deploy press-01 image=fw:2
kill controller
start controller
run until=1s
----
`)
		if err != nil {
			b.Fatal(err)
		}
		var starts []time.Duration
		for b.Loop() {
			var first time.Time
			var began time.Time
			_, err := s.Run(b.Context(), f, scenario.Options{World: world.Options{
				Workers: 4,
				Reconciler: edge.Around(func(r *operator.Reconciler) reconcile.Reconciler {
					began, first = time.Now(), time.Time{}
					return reconcile.Func(func(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
						if first.IsZero() {
							first = time.Now()
						}
						return r.Reconcile(ctx, req)
					})
				}),
			}})
			if err != nil {
				b.Fatal(err)
			}
			starts = append(starts, first.Sub(began))
		}
		reportMean(b, starts)
	})
	b.Run("plain", func(b *testing.B) {
		var starts []time.Duration
		for b.Loop() {
			took, err := plainStart(b.Context(), s)
			if err != nil {
				b.Fatal(err)
			}
			starts = append(starts, took)
		}
		reportMean(b, starts)
	})
}

func reportMean(b *testing.B, all []time.Duration) {
	var sum time.Duration
	for _, d := range all {
		sum += d
	}
	b.ReportMetric(float64(sum.Microseconds())/float64(len(all))/1000, "start-ms")
}

// plainStart returns how long a plain manager takes to its first reconcile. There is an
// object to reconcile: every world uses one that is never deleted.
func plainStart(ctx context.Context, s *Session) (time.Duration, error) {
	scheme := runtime.NewScheme()
	if err := v1.AddToScheme(scheme); err != nil {
		return 0, err
	}
	skip := true
	mgr, err := ctrl.NewManager(s.plane.Config(), ctrl.Options{
		Scheme: scheme, Logger: logr.Discard(),
		Metrics:    metricsserver.Options{BindAddress: "0"},
		Controller: config.Controller{SkipNameValidation: &skip},
	})
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	first := make(chan time.Time, 1)
	r := reconcile.Func(func(context.Context, reconcile.Request) (reconcile.Result, error) {
		select {
		case first <- time.Now():
		default:
		}
		return reconcile.Result{}, nil
	})
	if err := operator.Setup(mgr, r, controller.Options{}); err != nil {
		return 0, err
	}
	began, ended := time.Now(), make(chan error, 1)
	go func() { ended <- mgr.Start(ctx) }()
	select {
	case at := <-first:
		cancel()
		return at.Sub(began), <-ended
	case err := <-ended:
		return 0, err
	}
}
