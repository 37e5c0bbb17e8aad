// Package karpenter runs Karpenter's lifecycle of NodeClaims under the testbed, as it is:
// launch, registration, initialization, liveness, termination with its eviction queue, and
// garbage collection. Around it are a small cloud and nodes that join.
package karpenter

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	v1 "sigs.k8s.io/karpenter/pkg/apis/v1"
	"sigs.k8s.io/karpenter/pkg/controllers/node/termination"
	"sigs.k8s.io/karpenter/pkg/controllers/node/termination/terminator"
	"sigs.k8s.io/karpenter/pkg/controllers/nodeclaim/garbagecollection"
	"sigs.k8s.io/karpenter/pkg/controllers/nodeclaim/lifecycle"
	"sigs.k8s.io/karpenter/pkg/events"
	"sigs.k8s.io/karpenter/pkg/operator/options"
	"sigs.k8s.io/karpenter/pkg/state/nodepoolhealth"

	"example.com/edge-device-operator/harness/world"
)

// Kinds of which the world keeps account.
var (
	claims = schema.GroupVersionKind{Group: "karpenter.sh", Version: "v1", Kind: "NodeClaim"}
	nodes  = corev1.SchemeGroupVersion.WithKind("Node")
)

// Operator is Karpenter on a cloud.
func Operator(c *Cloud) world.Operator {
	return world.Operator{
		Scheme: scheme.Scheme,
		Kinds: []schema.GroupVersionKind{
			claims, nodes, {Group: "karpenter.sh", Version: "v1", Kind: "NodePool"},
			corev1.SchemeGroupVersion.WithKind("Pod"), storagev1.SchemeGroupVersion.WithKind("VolumeAttachment"),
			policyv1.SchemeGroupVersion.WithKind("PodDisruptionBudget"),
		},
		// Its controllers see each other's objects.
		Schedule:  world.Sequential,
		Reactions: []world.Reaction{c.kubelet(), nodeLifecycle},
		Options: func(o *manager.Options) {
			o.BaseContext = withOptions
		},
		Setup: func(mgr manager.Manager, env world.Env) error { return setup(mgr, env, c) },
	}
}

// withOptions returns a context with Karpenter's options, which its controllers look for there.
func withOptions() context.Context {
	return options.ToContext(context.Background(), &options.Options{IgnoreDRARequests: true, CPURequests: 1000})
}

// setup adds the controllers, as Karpenter's main does.
func setup(mgr manager.Manager, env world.Env, c *Cloud) error {
	ctx := withOptions()
	if err := index(ctx, mgr); err != nil {
		return err
	}
	kube, provider, recorder := mgr.GetClient(), provider{c, env}, silent{}
	queue := terminator.NewQueue(kube, recorder)
	for _, controller := range []interface {
		Register(context.Context, manager.Manager) error
	}{
		lifecycle.NewController(env.Clock, kube, provider, recorder, nodepoolhealth.NewState(), nil),
		garbagecollection.NewController(env.Clock, kube, provider),
		termination.NewController(env.Clock, kube, provider, terminator.NewTerminator(env.Clock, kube, queue, recorder), recorder),
		queue,
	} {
		if err := controller.Register(ctx, mgr); err != nil {
			return err
		}
	}
	if c.Collects {
		return (&collector{kube, provider, env.Clock}).Register(ctx, mgr)
	}
	return nil
}

// index adds the indices that Karpenter's main adds.
func index(ctx context.Context, mgr manager.Manager) error {
	for _, one := range []struct {
		object client.Object
		field  string
		value  func(client.Object) string
	}{
		{&corev1.Pod{}, "spec.nodeName", func(o client.Object) string { return o.(*corev1.Pod).Spec.NodeName }},
		{&corev1.Node{}, "spec.providerID", func(o client.Object) string { return o.(*corev1.Node).Spec.ProviderID }},
		{&storagev1.VolumeAttachment{}, "spec.nodeName", func(o client.Object) string { return o.(*storagev1.VolumeAttachment).Spec.NodeName }},
		{&v1.NodeClaim{}, "status.providerID", func(o client.Object) string { return o.(*v1.NodeClaim).Status.ProviderID }},
	} {
		if err := mgr.GetFieldIndexer().IndexField(ctx, one.object, one.field, func(o client.Object) []string { return []string{one.value(o)} }); err != nil {
			return err
		}
	}
	return nil
}

// silent is a recorder that writes no Events.
type silent struct{}

func (silent) Publish(...events.Event) {}
