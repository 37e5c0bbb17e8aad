package scenarios

import (
	"context"
	"fmt"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.com/edge-device-operator/harness/controlplane"
	"example.com/edge-device-operator/operator/config"
)

// operatorUser is who the controller is in every scenario.
const operatorUser = "edge-device-operator"

// addOperator makes a user who has exactly the rights that the operator's
// generated ClusterRole gives, and returns how to connect as that one.
func addOperator(ctx context.Context, plane *controlplane.ControlPlane) (*rest.Config, error) {
	role, err := config.ClusterRole()
	if err != nil {
		return nil, err
	}
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{rbacv1.AddToScheme, authorizationv1.AddToScheme} {
		if err := add(scheme); err != nil {
			return nil, err
		}
	}
	admin, err := client.New(plane.Config(), client.Options{Scheme: scheme})
	if err != nil {
		return nil, err
	}
	binding := &rbacv1.ClusterRoleBinding{
		Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: operatorUser}},
		RoleRef:  rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
	}
	binding.Name = role.Name
	for _, o := range []client.Object{role, binding} {
		if err := admin.Create(ctx, o); err != nil {
			return nil, fmt.Errorf("the operator's rights: %w", err)
		}
	}
	if err := awaitRight(ctx, admin); err != nil {
		return nil, err
	}
	return plane.AddUser(operatorUser)
}

// awaitRight waits until the API server's authorizer, which learns of roles by
// watches of its own, has learned of the operator's.
func awaitRight(ctx context.Context, admin client.Client) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
			User:               operatorUser,
			ResourceAttributes: &authorizationv1.ResourceAttributes{Group: "edge.example.com", Resource: "devicedeployments", Verb: "watch"},
		}}
		if err := admin.Create(ctx, review); err != nil {
			return fmt.Errorf("the operator's rights: %w", err)
		}
		if review.Status.Allowed {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the operator's rights took no effect: %w", ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
}
