package second

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"example.com/edge-device-operator/harness/world"
)

// Operator is all that the harness has to be told of this operator.
func Operator(r Reconciler) world.Operator {
	kinds := []schema.GroupVersionKind{
		corev1.SchemeGroupVersion.WithKind("ConfigMap"), corev1.SchemeGroupVersion.WithKind("Secret"),
	}
	return world.Operator{
		Scheme: scheme.Scheme, Kinds: kinds,
		Setup: func(mgr manager.Manager, _ world.Env) error {
			r := r // each life has its own
			r.Client = mgr.GetClient()
			return r.SetupWithManager(mgr)
		},
	}
}
