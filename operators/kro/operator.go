// Package kro runs kro's instance controller under the testbed: its reconcile logic as it
// is, on a graph of a Deployment, a Service and an Ingress.
package kro

import (
	"context"
	"errors"
	"regexp"
	"time"

	"github.com/kubernetes-sigs/kro/api/v1alpha1"
	kroclient "github.com/kubernetes-sigs/kro/pkg/client"
	"github.com/kubernetes-sigs/kro/pkg/controller/instance"
	"github.com/kubernetes-sigs/kro/pkg/dynamiccontroller"
	"github.com/kubernetes-sigs/kro/pkg/graph"
	"github.com/kubernetes-sigs/kro/pkg/graph/revisions"
	"github.com/kubernetes-sigs/kro/pkg/metadata"
	"github.com/kubernetes-sigs/kro/pkg/requeue"
	"github.com/kubernetes-sigs/kro/pkg/watch"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/world"
)

// kind is that of the instances.
var kind = schema.GroupVersionKind{Group: "kro.run", Version: "v1alpha1", Kind: "WebApp"}

// Operator is kro with a graph.
func Operator(g *graph.Graph) world.Operator {
	return world.Operator{
		Scheme: scheme.Scheme,
		Kinds: []schema.GroupVersionKind{
			kind, appsv1.SchemeGroupVersion.WithKind("Deployment"), corev1.SchemeGroupVersion.WithKind("Service"), networkingv1.SchemeGroupVersion.WithKind("Ingress"),
		},
		Reactions: []world.Reaction{deployments},
		Hashes:    regexp.MustCompile(`applyset-[\w-]{43}-v1|sha256:[\w-]{43}`),
		Setup:     func(mgr manager.Manager, _ world.Env) error { return setup(mgr, g) },
	}
}

// deployments stands in for the controller of Deployments: five seconds after a change one
// is available.
var deployments = world.Reaction{
	Name: "deployment controller", Kind: appsv1.SchemeGroupVersion.WithKind("Deployment"), After: 5 * time.Second,
	When: func(o client.Object) bool {
		return o.(*appsv1.Deployment).Status.ObservedGeneration < o.GetGeneration()
	},
	React: func(ctx context.Context, c client.Client, o client.Object, _ time.Time) error {
		d := o.(*appsv1.Deployment)
		d.Status = appsv1.DeploymentStatus{ObservedGeneration: d.Generation, Replicas: *d.Spec.Replicas, AvailableReplicas: *d.Spec.Replicas, ReadyReplicas: *d.Spec.Replicas}
		return c.Status().Update(ctx, d)
	},
}

// setup puts kro's reconciler behind a queue of controller-runtime. That, and the watches
// of what it has made, are in the place of kro's dynamic controller.
func setup(mgr manager.Manager, g *graph.Graph) error {
	config := rest.CopyConfig(mgr.GetConfig())
	config.QPS = -1 // its limit is in real time
	set, err := kroclient.NewSet(kroclient.Config{RestConfig: config})
	if err != nil {
		return err
	}
	set.SetRESTMapper(mgr.GetRESTMapper())
	registry := revisions.NewRegistry()
	registry.Put(revisions.Entry{OwnerKey: "webapp", Revision: 1, State: revisions.RevisionStateActive, CompiledGraph: g})
	rgd := &v1alpha1.ResourceGraphDefinition{}
	rgd.Name, rgd.UID = "webapp", "4e3b2b61-0000-4000-8000-000000000000"
	watches := watch.NewManager(nil, 0, func(watch.Event) {}, mgr.GetLogger())
	watches.SetInformerFactory(func(schema.GroupVersionResource) cache.SharedIndexInformer { return noInformer{} })
	meta := metadata.NewKROMetaLabeler()
	labels, err := meta.Merge(metadata.NewResourceGraphDefinitionLabeler(rgd))
	if err != nil {
		return err
	}
	inner := instance.NewController(mgr.GetLogger(), instance.ReconcileConfig{
		DefaultRequeueDuration: 3 * time.Second, DeletionPolicy: "Delete", RGDConfig: graph.RGDConfig{MaxCollectionSize: 1000, MaxCollectionDimensionSize: 10},
	}, g.Instance.Meta.GVR, registry.ResolverFor("webapp"), true, set, labels, meta,
		dynamiccontroller.NewWatchCoordinator(watches, func(schema.GroupVersionResource, types.NamespacedName) {}, mgr.GetLogger()), &record.FakeRecorder{})
	instances := &unstructured.Unstructured{}
	instances.SetGroupVersionKind(kind)
	parent := handler.EnqueueRequestsFromMapFunc(func(_ context.Context, o client.Object) []ctrl.Request {
		name := o.GetLabels()[metadata.InstanceLabel]
		if name == "" {
			return nil
		}
		return []ctrl.Request{{NamespacedName: types.NamespacedName{Namespace: o.GetLabels()[metadata.InstanceNamespaceLabel], Name: name}}}
	})
	return ctrl.NewControllerManagedBy(mgr).Named("instance").For(instances).
		Watches(&appsv1.Deployment{}, parent).Watches(&corev1.Service{}, parent).Watches(&networkingv1.Ingress{}, parent).
		Complete(reconcile.Func(func(ctx context.Context, r ctrl.Request) (ctrl.Result, error) { return answer(inner.Reconcile(ctx, r)) }))
}

// answer is what kro's queue makes of an error.
func answer(err error) (ctrl.Result, error) {
	var (
		none  *requeue.NoRequeue
		now   *requeue.RequeueNeeded
		after *requeue.RequeueNeededAfter
	)
	switch {
	case errors.As(err, &none), apierrors.IsNotFound(err):
		return ctrl.Result{}, nil
	case errors.As(err, &now):
		return ctrl.Result{RequeueAfter: time.Nanosecond}, nil
	case errors.As(err, &after):
		return ctrl.Result{RequeueAfter: after.Duration()}, nil
	}
	return ctrl.Result{}, err
}

// noInformer stands in for an informer that nobody needs.
type noInformer struct{ cache.SharedIndexInformer }

func (noInformer) HasSynced() bool                    { return true }
func (noInformer) RunWithContext(ctx context.Context) { <-ctx.Done() }
func (noInformer) SetWatchErrorHandler(cache.WatchErrorHandler) error {
	return nil
}
func (noInformer) AddEventHandler(cache.ResourceEventHandler) (cache.ResourceEventHandlerRegistration, error) {
	return nil, nil
}
func (noInformer) RemoveEventHandler(cache.ResourceEventHandlerRegistration) error { return nil }
