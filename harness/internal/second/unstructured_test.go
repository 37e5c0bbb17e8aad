package second

import (
	"context"
	"reflect"
	"regexp"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/world"
)

// onUnstructured is an operator that knows no Secrets by their type. It makes two for each
// ConfigMap, with something that it derives from the uid: in an annotation and the name of
// one, and in what the API server makes up the other's name from.
func onUnstructured(t *testing.T) world.Operator {
	known := runtime.NewScheme()
	known.AddKnownTypes(corev1.SchemeGroupVersion, &corev1.ConfigMap{}, &corev1.ConfigMapList{}, &corev1.Namespace{}, &corev1.NamespaceList{})
	metav1.AddToGroupVersion(known, corev1.SchemeGroupVersion)
	o := Operator(Reconciler{})
	o.Scheme, o.Hashes = known, regexp.MustCompile(`hash-[0-9a-f]+`)
	o.Setup = func(mgr manager.Manager, _ world.Env) error {
		c := mgr.GetClient()
		return ctrl.NewControllerManagedBy(mgr).Named("sites").For(&corev1.ConfigMap{}).
			Complete(reconcile.Func(func(ctx context.Context, r reconcile.Request) (reconcile.Result, error) {
				web := &corev1.ConfigMap{}
				if err := c.Get(ctx, r.NamespacedName, web); err != nil {
					return reconcile.Result{}, client.IgnoreNotFound(err)
				}
				hash := "hash-" + string(web.UID)[:8]
				named, generated := &unstructured.Unstructured{}, &unstructured.Unstructured{}
				named.SetName(web.Name + "-" + hash)
				named.SetAnnotations(map[string]string{"of": hash})
				generated.SetGenerateName(named.GetName() + "-")
				for _, secret := range []*unstructured.Unstructured{named, generated} {
					secret.SetAPIVersion("v1")
					secret.SetKind("Secret")
					secret.SetNamespace(web.Namespace)
					if err := c.Create(ctx, secret); err != nil {
						return reconcile.Result{}, client.IgnoreAlreadyExists(err)
					}
				}
				return reconcile.Result{}, nil
			}))
	}
	return o
}

// TestKindsThatNoSchemeKnows compares two worlds of such an operator, and what they store.
func TestKindsThatNoSchemeKnows(t *testing.T) {
	var ends [2][]world.Ending
	for n := range ends {
		s := beginWith(t, onUnstructured(t), world.Options{Stored: true})
		s.create("web")
		if err := s.world.RunUntilEnded(t.Context()); err != nil {
			t.Fatal(err)
		}
		var err error
		if ends[n], err = s.world.Ends(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.world.Ends(); err != nil {
			t.Errorf("asked again: %v", err)
		}
		stored := false
		for _, e := range s.world.Trace() {
			stored = stored || e.Object.Kind == "Secret" && e.Verb == "create" && e.Stored["metadata"] != nil
		}
		if !stored {
			t.Error("the Secret isn't stored")
		}
		s.end()
	}
	if len(ends[0]) != 3 || !reflect.DeepEqual(ends[0], ends[1]) {
		t.Errorf("two worlds end as\n%v\nand as\n%v", ends[0], ends[1])
	}
}
