package controlplane

import (
	"context"
	"fmt"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// backdateEstablished sets the time at which the CRDs became Established to an hour
// ago.
//
// Within 2 s of that time kube-apiserver sleeps before it creates an object of the CRD,
// because other API servers may not know the CRD yet. Here there are no others, so this
// saves each test 2 s.
func backdateEstablished(ctx context.Context, config *rest.Config, crds []*apiextensionsv1.CustomResourceDefinition) error {
	if len(crds) == 0 {
		return nil
	}
	scheme := runtime.NewScheme()
	if err := apiextensionsv1.AddToScheme(scheme); err != nil {
		return err
	}
	api, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return err
	}
	hourAgo := metav1.NewTime(time.Now().Add(-time.Hour))
	for _, crd := range crds {
		// The API server's own controllers write this status too.
		err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
			var now apiextensionsv1.CustomResourceDefinition
			if err := api.Get(ctx, client.ObjectKey{Name: crd.Name}, &now); err != nil {
				return err
			}
			for i := range now.Status.Conditions {
				if now.Status.Conditions[i].Type == apiextensionsv1.Established {
					now.Status.Conditions[i].LastTransitionTime = hourAgo
				}
			}
			return api.Status().Update(ctx, &now)
		})
		if err != nil {
			return fmt.Errorf("the status of CRD %s: %w", crd.Name, err)
		}
	}
	return nil
}
