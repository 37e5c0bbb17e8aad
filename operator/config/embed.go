// Package config holds the operator's manifests, for programs that install it
// into an API server of their own.
package config

import (
	_ "embed"
	"fmt"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

//go:embed crd/edge.example.com_devicedeployments.yaml
var crd []byte

//go:embed rbac/role.yaml
var role []byte

// CRD returns the CustomResourceDefinition of DeviceDeployment, as generated
// from its Go types.
func CRD() (*apiextensionsv1.CustomResourceDefinition, error) {
	var d apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(crd, &d); err != nil {
		return nil, fmt.Errorf("the embedded CustomResourceDefinition: %w", err)
	}
	return &d, nil
}

// ClusterRole returns the rights that the operator needs, as generated from
// the markers in its code.
func ClusterRole() (*rbacv1.ClusterRole, error) {
	var r rbacv1.ClusterRole
	if err := yaml.UnmarshalStrict(role, &r); err != nil {
		return nil, fmt.Errorf("the embedded ClusterRole: %w", err)
	}
	return &r, nil
}

// Rights returns the rights that ClusterRole gives, one by one, as an API server
// is asked about them; the namespace is left open.
func Rights() ([]authorizationv1.ResourceAttributes, error) {
	r, err := ClusterRole()
	if err != nil {
		return nil, err
	}
	var all []authorizationv1.ResourceAttributes
	for _, rule := range r.Rules {
		for _, group := range rule.APIGroups {
			for _, named := range rule.Resources {
				for _, verb := range rule.Verbs {
					resource, subresource, _ := strings.Cut(named, "/")
					all = append(all, authorizationv1.ResourceAttributes{Group: group, Resource: resource, Subresource: subresource, Verb: verb})
				}
			}
		}
	}
	return all, nil
}
