package kuberay

import (
	"fmt"
	"time"

	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	"github.com/ray-project/kuberay/ray-operator/controllers/ray/utils"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"example.com/edge-device-operator/harness/invariant"
	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/world"
)

// forGood is how long something may be wrong: longer than the five minutes after which
// KubeRay looks at each cluster again, than a job and than any backoff in between.
const forGood = 15 * time.Minute

// What every run has to keep: the first three for good.
const (
	complete = "a cluster has one head, and each group as many workers as it is to have"
	owned    = "no pod is left whose cluster is gone"
	ends     = "a RayJob that isn't suspended ends"
	once     = "a RayJob that is said to be complete isn't run again"
	alone    = "no two runs of a RayJob are at work at a time"
)

// oracle holds the pods against the clusters, and the runs against the RayJobs.
type oracle struct {
	ray   *Ray
	since map[string]time.Time // since when something is wrong, by what and for whom
	done  map[types.UID]int    // how often a RayJob had been run when it was said to be complete
}

// Hooks are those of a world with a Ray.
func Hooks(r *Ray) world.Hooks {
	return world.Hooks{Checker: &oracle{ray: r, since: map[string]time.Time{}, done: map[types.UID]int{}}, Begin: func(w *world.World) {
		r.world = w
		w.AddSystem(r)
	}}
}

// Exchanged does nothing: only what is there counts.
func (*oracle) Exchanged(process.Exchange) {}

// Check finds what is wrong now and may never be, or has been wrong for good.
func (o *oracle) Check() error {
	present, err := o.ray.world.Present()
	if err != nil {
		return err
	}
	wrong := map[string]invariant.Violation{}
	add := func(promise, object, expected, found string) {
		wrong[promise+object] = invariant.Violation{Promise: promise, Object: object, Breach: invariant.Breach{At: o.ray.world.Clock().Now(), Expected: expected, Found: found}}
	}
	if object := o.ray.together(); object != "" {
		add(alone, object, "one run at a time", "two")
		return o.ray.world.Violated(wrong[alone+object])
	}
	const soon = "that this ends soon"
	groups, known := map[string]map[string]int{}, map[string]bool{}
	for _, p := range present {
		if c, is := p.(*rayv1.RayCluster); is {
			known[c.Name] = true
		}
		if pod, is := p.(*corev1.Pod); is && pod.DeletionTimestamp == nil {
			cluster := pod.Labels[utils.RayClusterLabelKey]
			if groups[cluster] == nil {
				groups[cluster] = map[string]int{}
			}
			groups[cluster][pod.Labels[utils.RayNodeGroupLabelKey]]++
		}
	}
	for cluster := range groups {
		if !known[cluster] {
			add(owned, cluster, soon, "pods without a cluster")
		}
	}
	for _, p := range present {
		switch x := p.(type) {
		case *rayv1.RayCluster:
			if x.DeletionTimestamp != nil || x.Spec.Suspend != nil && *x.Spec.Suspend {
				continue
			}
			want := map[string]int{utils.RayNodeHeadGroupLabelValue: 1}
			if _, has := groups[x.Name][utils.RayNodeHeadGroupLabelValue]; !has && x.Labels[utils.RayOriginatedFromCRDLabelKey] == string(utils.RayJobCRD) {
				want = map[string]int{} // its head is not replaced: the RayJob is to fail
			}
			for _, g := range x.Spec.WorkerGroupSpecs {
				want[g.GroupName] = int(*g.Replicas)
			}
			if have := groups[x.Name]; fmt.Sprint(have) != fmt.Sprint(want) {
				add(complete, x.Name, fmt.Sprint("soon ", want), fmt.Sprint(have))
			}
		case *rayv1.RayJob:
			n, is := o.done[x.UID]
			if have := o.ray.ran(x.Name); is && have > n {
				add(once, x.Name, fmt.Sprint(n), fmt.Sprint(have))
				return o.ray.world.Violated(wrong[once+x.Name])
			} else if x.Status.JobDeploymentStatus == rayv1.JobDeploymentStatusComplete {
				o.done[x.UID] = have
			}
			if !x.Spec.Suspend && !rayv1.IsJobDeploymentTerminal(x.Status.JobDeploymentStatus) {
				add(ends, x.Name, soon, string(x.Status.JobDeploymentStatus))
			}
		}
	}
	return o.lasting(wrong)
}

// lasting is the first violation, by name, that lasts for good; nil if there is none.
func (o *oracle) lasting(wrong map[string]invariant.Violation) error {
	for key := range o.since {
		if _, still := wrong[key]; !still {
			delete(o.since, key)
		}
	}
	var first string
	for key, v := range wrong {
		if _, known := o.since[key]; !known {
			o.since[key] = v.At
		}
		if v.At.Sub(o.since[key]) >= forGood && (first == "" || key < first) {
			first = key
		}
	}
	if first == "" {
		return nil
	}
	return o.ray.world.Violated(wrong[first])
}

// ran is how often a RayJob has been run.
func (r *Ray) ran(name string) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range r.runs {
		if one.of() == name {
			n++
		}
	}
	return n
}

// together names a RayJob of which two runs are at work.
func (r *Ray) together() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := map[string]bool{}
	for _, one := range r.runs {
		if one.status(r.world.Clock().Now()) != rayv1.JobStatusRunning {
			continue
		}
		if at[one.of()] {
			return one.of()
		}
		at[one.of()] = true
	}
	return ""
}
