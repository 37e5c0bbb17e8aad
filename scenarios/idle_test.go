package scenarios

import (
	"context"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/world"
	"example.com/edge-device-operator/operator/controller"
	"example.com/edge-device-operator/scenarios/edge"
)

// The scenario nothing-to-do shows that a finished fleet gets no requests. No trace can
// show that there are no reconciles either, not even one that reads only the cache.
var _ = It("A finished fleet is not reconciled, not in 24 hours and not at a resync", func(ctx SpecContext) {
	var busy, idle atomic.Int64
	counted := edge.Around(func(r *controller.Reconciler) reconcile.Reconciler {
		return reconcile.Func(func(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
			if r.Clock.Since(world.Start) < time.Hour {
				busy.Add(1)
			} else {
				idle.Add(1)
			}
			return r.Reconcile(ctx, req)
		})
	})
	_, err := session.Run(ctx, parse("nothing-to-do.txt"), scenario.Options{World: world.Options{Workers: 4, Reconciler: counted}})
	Expect(err).NotTo(HaveOccurred())
	Expect(busy.Load()).To(BeNumerically(">", 20), "the rollouts were not counted")
	Expect(idle.Load()).To(BeZero())
})
