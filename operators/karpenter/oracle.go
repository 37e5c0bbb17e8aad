package karpenter

import (
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	v1 "sigs.k8s.io/karpenter/pkg/apis/v1"
	"sigs.k8s.io/karpenter/pkg/utils/resources"

	"example.com/edge-device-operator/harness/invariant"
	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/world"
)

// forGood is how long something may be wrong: longer than any backoff, deadline and round
// of a collector.
const forGood = 10 * time.Minute

// What every run has to keep, for good.
const (
	claimed  = "no instance is left that no claim is for"
	launched = "no claim that was launched is left without its instance"
	once     = "a claim has one instance"
	served   = "a pod that waits, and fits on an instance that its pool may still have, gets a node"
	needed   = "there are no more claims for pods than pods have been"
)

// oracle holds the instances of a cloud against the claims, and these against the pods.
type oracle struct {
	cloud *Cloud
	world *world.World
	pods  map[types.UID]bool   // all that have been
	since map[string]time.Time // since when something is wrong, by what and for whom
}

// Hooks are those of a world with a cloud.
func Hooks(c *Cloud) world.Hooks {
	o := &oracle{cloud: c, pods: map[types.UID]bool{}, since: map[string]time.Time{}}
	return world.Hooks{Checker: o, Begin: func(w *world.World) { o.world = w }}
}

// Exchanged does nothing: only what is there counts.
func (*oracle) Exchanged(process.Exchange) {}

// Check finds what has been wrong for good.
func (o *oracle) Check() error {
	present, err := o.world.Present()
	if err != nil {
		return err
	}
	now, claims, made := o.world.Clock().Now(), map[types.UID]*v1.NodeClaim{}, map[string]int{}
	var pools []*v1.NodePool
	var waiting []*corev1.Pod
	for _, p := range present {
		switch x := p.(type) {
		case *v1.NodeClaim:
			claims[x.UID] = x
			if len(x.OwnerReferences) > 0 && x.DeletionTimestamp == nil {
				made[x.OwnerReferences[0].Name]++ // for a pod; others are a person's
			}
		case *v1.NodePool:
			pools = append(pools, x)
		case *corev1.Pod:
			o.pods[x.UID] = true
			if waits(x) {
				waiting = append(waiting, x)
			}
		}
	}
	o.cloud.mu.Lock()
	defer o.cloud.mu.Unlock()
	wrong := map[string]invariant.Violation{}
	add := func(promise, object, found string) {
		wrong[promise+object] = invariant.Violation{Promise: promise, Object: object, Breach: invariant.Breach{At: now, Expected: "that this ends within " + forGood.String(), Found: found}}
	}
	of := map[types.UID]int{}
	for _, i := range o.cloud.instances {
		if i.gone(now) {
			continue
		}
		if of[i.uid]++; of[i.uid] == 2 {
			add(once, i.claim, "two instances")
		}
		if claims[i.uid] == nil {
			add(claimed, i.claim, "instance "+i.id+", and the claim is gone")
		}
	}
	for _, claim := range claims {
		if id := claim.Status.ProviderID; id != "" && o.cloud.find(id, now) == nil {
			add(launched, claim.Name, fmt.Sprintf("instance %s is gone", id))
		}
	}
	for _, p := range waiting {
		if resources.Fits(resources.RequestsForPods(p), capacity) && slices.ContainsFunc(pools, func(pool *v1.NodePool) bool { return mayHave(pool, made[pool.Name]+1) }) {
			add(served, p.Name, "that it waits")
		}
	}
	all := 0
	for _, n := range made {
		all += n
	}
	if all > len(o.pods) {
		add(needed, "pods", fmt.Sprintf("%d claims for %d pods", all, len(o.pods)))
	}
	return o.lasting(wrong, now)
}

// mayHave says whether a pool's limits allow so many instances.
func mayHave(pool *v1.NodePool, instances int) bool {
	sum := corev1.ResourceList{}
	for range instances {
		sum = resources.Merge(sum, capacity)
	}
	return pool.Spec.Limits.ExceededBy(sum) == nil
}

// lasting is the violation that is the oldest and lasts for good, nil if there is none.
func (o *oracle) lasting(wrong map[string]invariant.Violation, now time.Time) error {
	for key := range o.since {
		if _, still := wrong[key]; !still {
			delete(o.since, key)
		}
	}
	var first string
	for key := range wrong {
		if _, known := o.since[key]; !known {
			o.since[key] = now
		}
		if now.Sub(o.since[key]) >= forGood && (first == "" || key < first) {
			first = key
		}
	}
	if first == "" {
		return nil
	}
	return o.world.Violated(wrong[first])
}
