package second

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"example.com/edge-device-operator/harness/world"
)

// Operator is all that the harness has to be told of this operator.
func Operator(r Reconciler) world.Operator {
	kinds := []schema.GroupVersionKind{
		corev1.SchemeGroupVersion.WithKind("ConfigMap"), corev1.SchemeGroupVersion.WithKind("Secret"),
	}
	mapper := meta.NewDefaultRESTMapper(nil)
	mapper.Add(corev1.SchemeGroupVersion.WithKind("Namespace"), meta.RESTScopeRoot)
	for _, kind := range kinds {
		mapper.Add(kind, meta.RESTScopeNamespace)
		// As discovery has it: caches of one namespace ask for it.
		mapper.Add(kind.GroupVersion().WithKind(kind.Kind+"List"), meta.RESTScopeNamespace)
	}
	primer := metav1.ObjectMeta{Name: "primer"}
	return world.Operator{
		Scheme: scheme.Scheme, Mapper: mapper, Kinds: kinds,
		Primers: []client.Object{&corev1.ConfigMap{ObjectMeta: primer}, &corev1.Secret{ObjectMeta: primer}},
		Setup: func(mgr manager.Manager, _ world.Env) error {
			r := r // each life has its own
			r.Client = mgr.GetClient()
			return r.SetupWithManager(mgr)
		},
	}
}
