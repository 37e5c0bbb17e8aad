package karpenter

import (
	"context"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	v1 "sigs.k8s.io/karpenter/pkg/apis/v1"

	"example.com/edge-device-operator/harness/world"
)

// neverJoins is a label of claims whose instances never become nodes.
const neverJoins = "example.com/never-joins"

// kubelet has an instance join as a node, half a minute after the claim knows of it.
func (c *Cloud) kubelet() world.Reaction {
	return world.Reaction{
		Name: "kubelet", Kind: claims, After: 30 * time.Second,
		When: func(o client.Object) bool {
			claim := o.(*v1.NodeClaim)
			_, never := claim.Labels[neverJoins]
			return claim.Status.ProviderID != "" && claim.Status.NodeName == "" && claim.DeletionTimestamp == nil && !never
		},
		React: func(ctx context.Context, kube client.Client, o client.Object, now time.Time) error {
			claim := o.(*v1.NodeClaim)
			_, id, _ := strings.Cut(claim.Status.ProviderID, "//")
			node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: id}}
			if err := kube.Get(ctx, client.ObjectKeyFromObject(node), node); err == nil || client.IgnoreNotFound(err) != nil {
				return err
			}
			node = &corev1.Node{
				ObjectMeta: metav1.ObjectMeta{Name: id, Labels: map[string]string{v1.NodePoolLabelKey: claim.Labels[v1.NodePoolLabelKey]}},
				Spec:       corev1.NodeSpec{ProviderID: claim.Status.ProviderID, Taints: []corev1.Taint{v1.UnregisteredNoExecuteTaint}},
			}
			if err := kube.Create(ctx, node); err != nil {
				return err
			}
			node.Status = corev1.NodeStatus{Capacity: claim.Status.Capacity, Allocatable: claim.Status.Allocatable, Conditions: []corev1.NodeCondition{{
				Type: corev1.NodeReady, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(now), LastHeartbeatTime: metav1.NewTime(now), Reason: "KubeletReady",
			}}}
			return kube.Status().Update(ctx, node)
		},
	}
}

// nodeLifecycle takes the taint off that the API server gives a node which isn't ready yet.
var nodeLifecycle = world.Reaction{
	Name: "node lifecycle", Kind: nodes,
	When: func(o client.Object) bool { return slices.ContainsFunc(o.(*corev1.Node).Spec.Taints, isNotReady) },
	React: func(ctx context.Context, kube client.Client, o client.Object, _ time.Time) error {
		node := o.(*corev1.Node)
		if len(node.Status.Conditions) == 0 {
			return nil
		}
		node.Spec.Taints = slices.DeleteFunc(node.Spec.Taints, isNotReady)
		return kube.Update(ctx, node)
	},
}

func isNotReady(t corev1.Taint) bool { return t.Key == corev1.TaintNodeNotReady }
