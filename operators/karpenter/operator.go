// Package karpenter runs Karpenter under the testbed, as it is: what makes NodeClaims for
// pods that wait, and the lifecycle of NodeClaims. Around it are a small cloud, nodes that
// join, and a scheduler.
package karpenter

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/awslabs/operatorpkg/controller"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	v1 "sigs.k8s.io/karpenter/pkg/apis/v1"
	"sigs.k8s.io/karpenter/pkg/controllers/dynamicresources/deviceallocation"
	"sigs.k8s.io/karpenter/pkg/controllers/node/termination"
	"sigs.k8s.io/karpenter/pkg/controllers/node/termination/terminator"
	"sigs.k8s.io/karpenter/pkg/controllers/nodeclaim/garbagecollection"
	"sigs.k8s.io/karpenter/pkg/controllers/nodeclaim/lifecycle"
	nodepoolhash "sigs.k8s.io/karpenter/pkg/controllers/nodepool/hash"
	"sigs.k8s.io/karpenter/pkg/controllers/nodepool/readiness"
	"sigs.k8s.io/karpenter/pkg/controllers/nodepool/registrationhealth"
	"sigs.k8s.io/karpenter/pkg/controllers/nodepool/validation"
	"sigs.k8s.io/karpenter/pkg/controllers/provisioning"
	"sigs.k8s.io/karpenter/pkg/controllers/state"
	"sigs.k8s.io/karpenter/pkg/controllers/state/informer"
	"sigs.k8s.io/karpenter/pkg/events"
	"sigs.k8s.io/karpenter/pkg/operator/options"
	"sigs.k8s.io/karpenter/pkg/state/cost"
	"sigs.k8s.io/karpenter/pkg/state/nodepoolhealth"

	"example.com/edge-device-operator/harness/virtualtime"
	"example.com/edge-device-operator/harness/world"
)

// Kinds to which somebody reacts.
var (
	claims = schema.GroupVersionKind{Group: "karpenter.sh", Version: "v1", Kind: "NodeClaim"}
	nodes  = corev1.SchemeGroupVersion.WithKind("Node")
	pods   = corev1.SchemeGroupVersion.WithKind("Pod")
)

// Operator is Karpenter on a cloud.
func Operator(c *Cloud) world.Operator {
	return world.Operator{
		Scheme: scheme.Scheme,
		Kinds: []schema.GroupVersionKind{
			claims, nodes, pods, {Group: "karpenter.sh", Version: "v1", Kind: "NodePool"},
			{Group: "karpenter.kwok.sh", Version: "v1alpha1", Kind: "KWOKNodeClass"}, appsv1.SchemeGroupVersion.WithKind("DaemonSet"),
			storagev1.SchemeGroupVersion.WithKind("VolumeAttachment"), storagev1.SchemeGroupVersion.WithKind("CSINode"),
			policyv1.SchemeGroupVersion.WithKind("PodDisruptionBudget"),
		},
		// Its controllers see each other's objects.
		Schedule:       world.Sequential,
		Reactions:      slices.Concat([]world.Reaction{c.kubelet(), nodeLifecycle}, podReactions),
		CollectGarbage: true,
		Options: func(o *manager.Options) {
			o.BaseContext = withOptions
		},
		Setup: func(mgr manager.Manager, env world.Env) error { return setup(mgr, env, c) },
	}
}

// withOptions returns a context with Karpenter's options, which its controllers look for
// there: those that it has by default.
func withOptions() context.Context {
	return options.ToContext(context.Background(), &options.Options{
		CPURequests: 1000, BatchMaxDuration: window, BatchIdleDuration: time.Second, IgnoreDRARequests: true,
		PreferencePolicy: options.PreferencePolicyRespect, MinValuesPolicy: options.MinValuesPolicyStrict, FeatureGates: options.DefaultFeatureGates(),
	})
}

// setup adds the controllers, as Karpenter's main does.
func setup(mgr manager.Manager, env world.Env, c *Cloud) error {
	ctx := withOptions()
	if err := index(ctx, mgr); err != nil {
		return err
	}
	kube, cloud, recorder := sortingClient{mgr.GetClient()}, provider{c, env}, silent{}
	cluster, costs, health := state.NewCluster(env.Clock, kube, cloud), cost.NewClusterCost(ctx, cloud, kube), nodepoolhealth.NewState()
	provisioner := provisioning.NewProvisioner(kube, recorder, cloud, cluster, &idleClock{Clock: env.Clock}, deviceallocation.NewController(kube))
	queue := terminator.NewQueue(kube, recorder)
	all := []controller.Controller{
		provisioner, queue,
		provisioning.NewPodController(kube, provisioner, cluster),
		provisioning.NewNodeController(kube, provisioner),
		nodepoolhash.NewController(kube, cloud),
		informer.NewDaemonSetController(kube, cluster),
		informer.NewNodeController(kube, cluster),
		informer.NewPodController(kube, cluster),
		informer.NewNodePoolController(kube, cloud, cluster, costs),
		informer.NewNodeClaimController(kube, cloud, cluster, costs),
		informer.NewPricingController(kube, cloud, costs),
		termination.NewController(env.Clock, kube, cloud, terminator.NewTerminator(env.Clock, kube, queue, recorder), recorder),
		readiness.NewController(env.Clock, kube, cloud),
		registrationhealth.NewController(env.Clock, kube, cloud, health),
		validation.NewController(env.Clock, kube, cloud),
		lifecycle.NewController(env.Clock, kube, cloud, recorder, health, nil),
		garbagecollection.NewController(env.Clock, kube, cloud),
	}
	if c.Collects {
		all = append(all, &collector{kube, cloud, env.Clock})
	}
	for _, one := range all {
		if err := one.Register(ctx, mgr); err != nil {
			return err
		}
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
		{&v1.NodeClaim{}, "spec.nodeClassRef.group", func(o client.Object) string { return o.(*v1.NodeClaim).Spec.NodeClassRef.Group }},
		{&v1.NodeClaim{}, "spec.nodeClassRef.kind", func(o client.Object) string { return o.(*v1.NodeClaim).Spec.NodeClassRef.Kind }},
		{&v1.NodeClaim{}, "spec.nodeClassRef.name", func(o client.Object) string { return o.(*v1.NodeClaim).Spec.NodeClassRef.Name }},
		{&v1.NodePool{}, "spec.template.spec.nodeClassRef.group", func(o client.Object) string { return o.(*v1.NodePool).Spec.Template.Spec.NodeClassRef.Group }},
		{&v1.NodePool{}, "spec.template.spec.nodeClassRef.kind", func(o client.Object) string { return o.(*v1.NodePool).Spec.Template.Spec.NodeClassRef.Kind }},
		{&v1.NodePool{}, "spec.template.spec.nodeClassRef.name", func(o client.Object) string { return o.(*v1.NodePool).Spec.Template.Spec.NodeClassRef.Name }},
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

// window is how long the provisioner waits for more pods at most.
const window = 10 * time.Second

// idleClock is the provisioner's clock. While no pod waits, the provisioner looks each
// second whether it is to go on, and the whole world has to come to rest each time; here it
// does so each minute. A pod wakes it all the same.
type idleClock struct {
	*virtualtime.Clock
	opens bool // the last timer was that of a window
}

// NewTimer returns a timer. The one of a second that the window has, too, comes after the
// window's own.
func (c *idleClock) NewTimer(d time.Duration) clock.Timer {
	if d == time.Second && !c.opens {
		d = time.Minute
	}
	c.opens = d == window
	return c.Clock.NewTimer(d)
}

// sortingClient sends the requirements of a NodeClaim in the order of their keys. Karpenter sends
// them in that of a map, which is another one in each run.
type sortingClient struct{ client.Client }

// Create creates an object.
func (s sortingClient) Create(ctx context.Context, o client.Object, opts ...client.CreateOption) error {
	if claim, is := o.(*v1.NodeClaim); is {
		slices.SortFunc(claim.Spec.Requirements, func(a, b v1.NodeSelectorRequirementWithMinValues) int { return strings.Compare(a.Key, b.Key) })
	}
	return s.Client.Create(ctx, o, opts...)
}
