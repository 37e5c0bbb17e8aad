package kuberay

import (
	"context"
	"slices"
	"strings"
	"time"

	rayv1 "github.com/ray-project/kuberay/ray-operator/apis/ray/v1"
	"github.com/ray-project/kuberay/ray-operator/controllers/ray/utils"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.com/edge-device-operator/harness/world"
)

// evictOnce is a label of pods of which the first in each cluster is evicted.
const evictOnce = "example.com/evict-once"

// reactions are a kubelet, and the Job controller with the pod that submits a Ray job.
func (r *Ray) reactions() []world.Reaction {
	return []world.Reaction{
		onPods("kubelet starts", 10*time.Second, func(p *corev1.Pod) bool { return p.Status.Phase == corev1.PodPending && p.DeletionTimestamp == nil }, r.start),
		onPods("kubelet evicts", 20*time.Second, r.toEvict, r.evict),
		onPods("kubelet ends", 5*time.Second, func(p *corev1.Pod) bool { return p.DeletionTimestamp != nil }, r.end),
		{Name: "submitter", Kind: jobs, After: 5 * time.Second, When: func(o client.Object) bool { return open(o) && o.(*batchv1.Job).Status.Active == 0 }, React: r.submits},
		{Name: "submitter", Kind: jobs, After: takes + 5*time.Second, When: func(o client.Object) bool { return open(o) && o.(*batchv1.Job).Status.Active > 0 }, React: r.finishes},
	}
}

func onPods(name string, after time.Duration, when func(*corev1.Pod) bool, react func(context.Context, client.Client, *corev1.Pod) error) world.Reaction {
	return world.Reaction{
		Name: name, Kind: pods, After: after,
		When: func(o client.Object) bool { return when(o.(*corev1.Pod)) },
		React: func(ctx context.Context, c client.Client, o client.Object, _ time.Time) error {
			return react(ctx, c, o.(*corev1.Pod))
		},
	}
}

func isHead(p *corev1.Pod) bool {
	return p.Labels[utils.RayNodeTypeLabelKey] == string(rayv1.HeadNode)
}

func (r *Ray) start(ctx context.Context, c client.Client, p *corev1.Pod) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if isHead(p) {
		r.heads[p.Labels[utils.RayClusterLabelKey]] = p.UID
	}
	p.Status.Phase, p.Status.PodIP, p.Status.PodIPs = corev1.PodRunning, "10.0.0.1", []corev1.PodIP{{IP: "10.0.0.1"}}
	p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	return c.Status().Update(ctx, p)
}

// lost forgets a head that doesn't run any more. What ran on it ends.
func (r *Ray) lost(p *corev1.Pod) {
	if cluster := p.Labels[utils.RayClusterLabelKey]; r.heads[cluster] == p.UID {
		delete(r.heads, cluster)
	}
	for _, one := range r.runs {
		if one.head == p.UID && one.status(r.world.Clock().Now()) == rayv1.JobStatusRunning {
			one.lost = true
		}
	}
}

func (r *Ray) toEvict(p *corev1.Pod) bool {
	_, once := p.Labels[evictOnce]
	r.mu.Lock()
	defer r.mu.Unlock()
	return once && p.Status.Phase == corev1.PodRunning && p.DeletionTimestamp == nil && !r.evicted[p.Labels[utils.RayClusterLabelKey]]
}

func (r *Ray) evict(ctx context.Context, c client.Client, p *corev1.Pod) error {
	if !r.toEvict(p) {
		return nil // another one was
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.evicted[p.Labels[utils.RayClusterLabelKey]] = true
	r.lost(p)
	p.Status.Phase, p.Status.Reason = corev1.PodFailed, "Evicted"
	p.Status.Conditions[0].Status = corev1.ConditionFalse
	return c.Status().Update(ctx, p)
}

func (r *Ray) end(ctx context.Context, c client.Client, p *corev1.Pod) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost(p)
	return c.Delete(ctx, p, client.GracePeriodSeconds(0), client.Preconditions{UID: &p.UID})
}

// open says whether a Job is neither over nor deleted.
func open(o client.Object) bool {
	return o.GetDeletionTimestamp() == nil && !slices.ContainsFunc(o.(*batchv1.Job).Status.Conditions, func(c batchv1.JobCondition) bool {
		return c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed
	})
}

// target is the cluster and the Ray job that KubeRay tells a submitter.
func target(j *batchv1.Job) (cluster, id string) {
	for _, e := range j.Spec.Template.Spec.Containers[0].Env {
		switch e.Name {
		case utils.RAY_DASHBOARD_ADDRESS:
			cluster, _, _ = strings.Cut(e.Value, "-head-svc.")
		case utils.RAY_JOB_SUBMISSION_ID:
			id = e.Value
		}
	}
	return cluster, id
}

// submits does what the command of the submitter's container does: it submits the job unless
// it is there.
func (r *Ray) submits(ctx context.Context, c client.Client, o client.Object, _ time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	j := o.(*batchv1.Job)
	cluster, id := target(j)
	started := metav1.Now()
	j.Status.StartTime = &started
	head := r.heads[cluster]
	if head == "" {
		over(j, batchv1.JobFailed)
		return c.Status().Update(ctx, j)
	}
	if r.find(head, id) == nil {
		r.submit(head, id, strings.Join(j.Spec.Template.Spec.Containers[0].Args, " "))
	}
	j.Status.Active = 1
	return c.Status().Update(ctx, j)
}

// finishes ends the Job as the Ray job has ended.
func (r *Ray) finishes(ctx context.Context, c client.Client, o client.Object, now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	j := o.(*batchv1.Job)
	cluster, id := target(j)
	end := batchv1.JobFailed
	if one := r.find(r.heads[cluster], id); one != nil && one.status(now) == rayv1.JobStatusSucceeded {
		end = batchv1.JobComplete
	}
	over(j, end)
	return c.Status().Update(ctx, j)
}

// over has a Job be over, by the machine's clock: KubeRay holds that against time.Now.
func over(j *batchv1.Job, end batchv1.JobConditionType) {
	now, before := metav1.Now(), batchv1.JobFailureTarget
	if end == batchv1.JobComplete {
		before, j.Status.CompletionTime, j.Status.Succeeded = batchv1.JobSuccessCriteriaMet, &now, 1
	}
	for _, t := range []batchv1.JobConditionType{before, end} {
		j.Status.Conditions = append(j.Status.Conditions, batchv1.JobCondition{Type: t, Status: corev1.ConditionTrue, LastTransitionTime: now})
	}
	j.Status.Active = 0
}
