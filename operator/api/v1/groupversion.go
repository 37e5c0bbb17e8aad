package v1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the group and version of every type in this package.
var GroupVersion = schema.GroupVersion{Group: "edge.example.com", Version: "v1"}

// AddToScheme registers the types of this package with a scheme, so that
// clients can encode and decode them.
func AddToScheme(s *runtime.Scheme) error {
	s.AddKnownTypes(GroupVersion, &DeviceDeployment{}, &DeviceDeploymentList{})
	metav1.AddToGroupVersion(s, GroupVersion)
	return nil
}
