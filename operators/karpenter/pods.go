package karpenter

import (
	"context"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/karpenter/pkg/utils/resources"

	"example.com/edge-device-operator/harness/world"
)

// podReactions are a scheduler, and a kubelet that starts pods and ends them.
var podReactions = []world.Reaction{
	{Name: "scheduler", Kind: pods, When: waits, React: scheduled},
	{Name: "scheduler", Kind: nodes, When: func(o client.Object) bool { return takesPods(o.(*corev1.Node)) }, React: scheduled},
	{
		Name: "kubelet", Kind: pods, After: 5 * time.Second,
		When: func(o client.Object) bool {
			p := o.(*corev1.Pod)
			return p.Spec.NodeName != "" && p.Status.Phase == corev1.PodPending && p.DeletionTimestamp == nil
		},
		React: func(ctx context.Context, c client.Client, o client.Object, now time.Time) error {
			p := o.(*corev1.Pod)
			p.Status.Phase = corev1.PodRunning
			p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: corev1.PodReady, Status: corev1.ConditionTrue})
			for n := range p.Status.Conditions {
				p.Status.Conditions[n].LastTransitionTime = metav1.NewTime(now) // a binding has the API server's
			}
			return c.Status().Update(ctx, p)
		},
	},
	{
		Name: "kubelet", Kind: pods, After: 5 * time.Second,
		When: func(o client.Object) bool { return o.GetDeletionTimestamp() != nil },
		React: func(ctx context.Context, c client.Client, o client.Object, now time.Time) error {
			uid := o.GetUID()
			if err := c.Delete(ctx, o, client.GracePeriodSeconds(0), client.Preconditions{UID: &uid}); err != nil {
				return err
			}
			return scheduled(ctx, c, o, now) // there is room now
		},
	},
}

// waits says whether a pod waits for a node.
func waits(o client.Object) bool {
	return o.(*corev1.Pod).Spec.NodeName == "" && o.GetDeletionTimestamp() == nil
}

// takesPods says whether a pod that tolerates nothing may be bound to a node.
func takesPods(n *corev1.Node) bool {
	return n.DeletionTimestamp == nil && !n.Spec.Unschedulable && len(n.Spec.Taints) == 0 &&
		slices.ContainsFunc(n.Status.Conditions, func(c corev1.NodeCondition) bool {
			return c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue
		})
}

// scheduled binds each pod that waits to the first node with room for it. If there is none,
// it says so of the pod.
func scheduled(ctx context.Context, c client.Client, _ client.Object, now time.Time) error {
	all, there := &corev1.PodList{}, &corev1.NodeList{}
	if err := c.List(ctx, all); err != nil {
		return err
	}
	if err := c.List(ctx, there); err != nil {
		return err
	}
	for n := range all.Items {
		p := &all.Items[n]
		if !waits(p) {
			continue
		}
		at := slices.IndexFunc(there.Items, func(node corev1.Node) bool { return takesPods(&node) && hasRoom(&node, p, all.Items) })
		if at < 0 {
			if err := unschedulable(ctx, c, p, now); err != nil {
				return err
			}
			continue
		}
		p.Spec.NodeName = there.Items[at].Name
		if err := c.SubResource("binding").Create(ctx, p.DeepCopy(), &corev1.Binding{Target: corev1.ObjectReference{Kind: "Node", Name: p.Spec.NodeName}}); err != nil {
			return err
		}
	}
	return nil
}

// hasRoom says whether a node has what a pod asks for beside those that are bound to it.
func hasRoom(n *corev1.Node, p *corev1.Pod, all []corev1.Pod) bool {
	on := []*corev1.Pod{p}
	for i := range all {
		if all[i].Spec.NodeName == n.Name {
			on = append(on, &all[i])
		}
	}
	return resources.Fits(resources.RequestsForPods(on...), n.Status.Allocatable)
}

// unschedulable says of a pod that no node has room for it.
func unschedulable(ctx context.Context, c client.Client, p *corev1.Pod, now time.Time) error {
	if slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool { return c.Reason == corev1.PodReasonUnschedulable }) {
		return nil
	}
	p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{
		Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable, LastTransitionTime: metav1.NewTime(now),
	})
	return c.Status().Update(ctx, p)
}
