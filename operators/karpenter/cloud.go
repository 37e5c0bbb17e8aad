package karpenter

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/awslabs/operatorpkg/status"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	kwok "sigs.k8s.io/karpenter/kwok/apis/v1alpha1"
	v1 "sigs.k8s.io/karpenter/pkg/apis/v1"
	"sigs.k8s.io/karpenter/pkg/cloudprovider"
	"sigs.k8s.io/karpenter/pkg/scheduling"

	"example.com/edge-device-operator/harness/world"
)

// terminates is how long an instance takes to go.
const terminates = 20 * time.Second

// Cloud is what is outside: its instances outlive every controller.
type Cloud struct {
	// Idempotent has a Create for a claim that has an instance return that one.
	Idempotent bool
	// Collects has the provider end instances that no claim is for, as some do.
	Collects bool

	mu        sync.Mutex // guards what follows
	instances []*instance
}

// instance is a machine of the cloud.
type instance struct {
	id         string
	claim      string
	uid        types.UID
	since      time.Time
	terminated time.Time // when it was told to go; zero if it wasn't
}

// gone says whether an instance is no more.
func (i *instance) gone(now time.Time) bool {
	return !i.terminated.IsZero() && now.Sub(i.terminated) >= terminates
}

// find returns the instance with an id that is still there, nil if there is none.
func (c *Cloud) find(id string, now time.Time) *instance {
	for _, i := range c.instances {
		if i.id == id && !i.gone(now) {
			return i
		}
	}
	return nil
}

// create makes an instance for a claim.
func (c *Cloud) create(claim *v1.NodeClaim, now time.Time) *instance {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := slices.IndexFunc(c.instances, func(i *instance) bool { return i.uid == claim.UID && i.terminated.IsZero() }); c.Idempotent && n >= 0 {
		return c.instances[n]
	}
	i := &instance{id: fmt.Sprintf("cloud://i-%d", len(c.instances)+1), claim: claim.Name, uid: claim.UID, since: now}
	c.instances = append(c.instances, i)
	return i
}

// capacity is that of each instance.
var capacity = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("4"), corev1.ResourceMemory: resource.MustParse("8Gi"), corev1.ResourcePods: resource.MustParse("110")}

// claimOf is what Karpenter is told of an instance.
func (i *instance) claimOf() *v1.NodeClaim {
	claim := &v1.NodeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: i.claim, UID: i.uid, CreationTimestamp: metav1.NewTime(i.since), Labels: map[string]string{
			corev1.LabelInstanceTypeStable: "small", corev1.LabelTopologyZone: "a", v1.CapacityTypeLabelKey: v1.CapacityTypeOnDemand,
		}},
		Status: v1.NodeClaimStatus{ProviderID: i.id, Capacity: capacity.DeepCopy(), Allocatable: capacity.DeepCopy()},
	}
	if !i.terminated.IsZero() {
		claim.DeletionTimestamp = &metav1.Time{Time: i.terminated}
	}
	return claim
}

// provider is the cloud as one controller reaches it.
type provider struct {
	*Cloud
	env world.Env
}

var _ cloudprovider.CloudProvider = provider{}

// Create makes an instance. Refused with 429, the cloud has no capacity.
func (p provider) Create(ctx context.Context, claim *v1.NodeClaim) (*v1.NodeClaim, error) {
	made, err := world.Call(ctx, p.env, "cloud", "Create", claim.Name, func(context.Context) (*v1.NodeClaim, error) {
		return p.create(claim, p.env.Clock.Now()).claimOf(), nil
	})
	var refused *world.RefusedError
	if errors.As(err, &refused) && refused.Status == http.StatusTooManyRequests {
		return nil, cloudprovider.NewInsufficientCapacityError(err)
	}
	return made, err
}

// Delete tells an instance to go.
func (p provider) Delete(ctx context.Context, claim *v1.NodeClaim) error {
	id := claim.Status.ProviderID
	return p.env.Call(ctx, "cloud", "Delete", id, func(context.Context) error {
		p.mu.Lock()
		defer p.mu.Unlock()
		now := p.env.Clock.Now()
		i := p.find(id, now)
		if i == nil {
			return cloudprovider.NewNodeClaimNotFoundError(fmt.Errorf("no instance %s", id))
		}
		if i.terminated.IsZero() {
			i.terminated = now
		}
		return nil
	})
}

// Get returns an instance.
func (p provider) Get(ctx context.Context, id string) (*v1.NodeClaim, error) {
	return world.Call(ctx, p.env, "cloud", "Get", id, func(context.Context) (*v1.NodeClaim, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if i := p.find(id, p.env.Clock.Now()); i != nil {
			return i.claimOf(), nil
		}
		return nil, cloudprovider.NewNodeClaimNotFoundError(fmt.Errorf("no instance %s", id))
	})
}

// List returns all instances.
func (p provider) List(ctx context.Context) ([]*v1.NodeClaim, error) {
	return world.Call(ctx, p.env, "cloud", "List", "instances", func(context.Context) (all []*v1.NodeClaim, err error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, i := range p.instances {
			if !i.gone(p.env.Clock.Now()) {
				all = append(all, i.claimOf())
			}
		}
		return all, nil
	})
}

// GetInstanceTypes returns the only type that there is. Providers keep that, and ask
// nobody for it.
func (provider) GetInstanceTypes(context.Context, *v1.NodePool) ([]*cloudprovider.InstanceType, error) {
	where := []*scheduling.Requirement{
		scheduling.NewRequirement(corev1.LabelTopologyZone, corev1.NodeSelectorOpIn, "a"),
		scheduling.NewRequirement(v1.CapacityTypeLabelKey, corev1.NodeSelectorOpIn, v1.CapacityTypeOnDemand),
	}
	return []*cloudprovider.InstanceType{{
		Name: "small",
		Requirements: scheduling.NewRequirements(append([]*scheduling.Requirement{
			scheduling.NewRequirement(corev1.LabelInstanceTypeStable, corev1.NodeSelectorOpIn, "small"),
			scheduling.NewRequirement(corev1.LabelArchStable, corev1.NodeSelectorOpIn, v1.ArchitectureAmd64),
			scheduling.NewRequirement(corev1.LabelOSStable, corev1.NodeSelectorOpIn, string(corev1.Linux)),
		}, where...)...),
		Offerings: cloudprovider.Offerings{{Requirements: scheduling.NewRequirements(where...), Price: 1, Available: true}},
		Capacity:  capacity.DeepCopy(), Overhead: &cloudprovider.InstanceTypeOverhead{},
	}}, nil
}

func (provider) IsDrifted(context.Context, *v1.NodeClaim) (cloudprovider.DriftReason, error) {
	return "", nil
}

func (provider) RepairPolicies() []cloudprovider.RepairPolicy { return nil }
func (provider) Name() string                                 { return "cloud" }
func (provider) GetSupportedNodeClasses() []status.Object {
	return []status.Object{&kwok.KWOKNodeClass{}}
}
