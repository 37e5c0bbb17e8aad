package karpenter

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/types"
	v1 "sigs.k8s.io/karpenter/pkg/apis/v1"

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
)

// oracle holds the instances of a cloud against the claims.
type oracle struct {
	cloud *Cloud
	world *world.World
	since map[string]time.Time // since when something is wrong, by what and for whom
}

// Hooks are those of a world with a cloud.
func Hooks(c *Cloud) world.Hooks {
	o := &oracle{cloud: c, since: map[string]time.Time{}}
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
	now, claims := o.world.Clock().Now(), map[types.UID]*v1.NodeClaim{}
	for _, p := range present {
		if claim, ok := p.(*v1.NodeClaim); ok {
			claims[claim.UID] = claim
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
	return o.lasting(wrong, now)
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
