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

// allowed returns an error unless the API server allows this user what the
// operator can't do without, which are the rights in its generated ClusterRole
// less those that are optional. Without them the cache would never sync, or no
// status be written, and the log would say so for ever.
func allowed(ctx context.Context, cfg *rest.Config, mgr ctrl.Manager, namespace string) error {
	// The manager's own client would wait for its cache.
	api, err := client.New(cfg, client.Options{HTTPClient: mgr.GetHTTPClient(), Scheme: mgr.GetScheme(), Mapper: mgr.GetRESTMapper()})
	if err != nil {
		return err
	}
	where := "all namespaces"
	if namespace != "" {
		where = "the namespace " + namespace
	}
	for _, right := range []authorizationv1.ResourceAttributes{
		{Verb: "get"}, {Verb: "list"}, {Verb: "watch"}, {Verb: "update", Subresource: "status"},
	} {
		right.Namespace, right.Group, right.Resource = namespace, v1.GroupVersion.Group, "devicedeployments"
		review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &right}}
		err := api.Create(ctx, review)
		switch {
		case apierrors.IsForbidden(err):
			return nil // who mustn't even ask will find out
		case err != nil:
			return err
		case review.Status.Allowed:
			continue
		}
		resource := strings.TrimSuffix(right.Resource+"/"+right.Subresource, "/")
		err = fmt.Errorf("this user may not %s %s in %s; bind the ClusterRole in operator/config/rbac/role.yaml to it", right.Verb, resource, where)
		if namespace == "" {
			err = fmt.Errorf("%w, or restrict the operator with --namespace", err)
		}
		return err
	}
	return nil
}

// free returns an error if nothing can listen at an address. The manager would
// find out too, amid its log; should somebody take the address meanwhile, it
// does.
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
