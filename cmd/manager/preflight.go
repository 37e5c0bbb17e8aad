package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/config"
)

// installed returns an error unless the API server knows DeviceDeployments.
func installed(mapper meta.RESTMapper) error {
	kind := v1.GroupVersion.WithKind("DeviceDeployment")
	_, err := mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if meta.IsNoMatchError(err) {
		return errors.New("it knows no DeviceDeployments; install them with: kubectl apply -f operator/config/crd/edge.example.com_devicedeployments.yaml")
	}
	return err
}

// allowed returns an error unless this user has all permissions of the operator's
// generated ClusterRole. Without one of them the cache would never sync, or no
// status or no Event would ever be written.
func allowed(ctx context.Context, cfg *rest.Config, mgr ctrl.Manager, namespace string) error {
	// The manager's own client would wait for the cache.
	api, err := client.New(cfg, client.Options{HTTPClient: mgr.GetHTTPClient(), Scheme: mgr.GetScheme(), Mapper: mgr.GetRESTMapper()})
	if err != nil {
		return err
	}
	rights, err := config.Rights()
	if err != nil {
		return err
	}
	for _, right := range rights {
		right.Namespace = namespace
		review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &right}}
		err := api.Create(ctx, review)
		switch {
		case apierrors.IsForbidden(err):
			return nil // who mustn't even ask will find out
		case err != nil:
			return err
		case !review.Status.Allowed:
			return errNotAllowed(right)
		}
	}
	return nil
}

// errNotAllowed names the missing permission and says how to grant it.
func errNotAllowed(right authorizationv1.ResourceAttributes) error {
	resource := strings.TrimSuffix(right.Resource+"/"+right.Subresource, "/")
	where, instead := "all namespaces", ", or restrict the operator with --namespace"
	if right.Namespace != "" {
		where, instead = "the namespace "+right.Namespace, ""
	}
	return fmt.Errorf("this user may not %s %s (%s) in %s; bind the ClusterRole in operator/config/rbac/role.yaml to it%s",
		right.Verb, resource, right.Group, where, instead)
}

// free returns an error if an address can't be listened at. The manager would fail
// too, but less clearly. It still does if somebody takes the address meanwhile.
func free(address string) error {
	if address == "0" {
		return nil // none is wanted
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	return l.Close()
}
