package karpenter

import (
	"context"
	"time"

	"github.com/awslabs/operatorpkg/reconciler"
	"github.com/awslabs/operatorpkg/singleton"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	v1 "sigs.k8s.io/karpenter/pkg/apis/v1"
	"sigs.k8s.io/karpenter/pkg/cloudprovider"
)

// collector ends instances that no claim is for, as providers do: those that were not
// launched just now.
type collector struct {
	kube  client.Client
	cloud provider
	clock clock.PassiveClock
}

func (c *collector) Reconcile(ctx context.Context) (reconciler.Result, error) {
	all := &v1.NodeClaimList{}
	if err := c.kube.List(ctx, all); err != nil {
		return reconciler.Result{}, err
	}
	known := map[string]bool{}
	for _, claim := range all.Items {
		known[claim.Status.ProviderID] = true
	}
	there, err := c.cloud.List(ctx)
	if err != nil {
		return reconciler.Result{}, err
	}
	for _, i := range there {
		if known[i.Status.ProviderID] || i.DeletionTimestamp != nil || c.clock.Since(i.CreationTimestamp.Time) < time.Minute {
			continue
		}
		if err := c.cloud.Delete(ctx, i); cloudprovider.IgnoreNodeClaimNotFoundError(err) != nil {
			return reconciler.Result{}, err
		}
	}
	return reconciler.Result{RequeueAfter: 2 * time.Minute}, nil
}

func (c *collector) Register(_ context.Context, m manager.Manager) error {
	return ctrl.NewControllerManagedBy(m).Named("instance.garbagecollection").WatchesRawSource(singleton.Source()).Complete(singleton.AsReconciler(c))
}
