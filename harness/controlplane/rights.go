package controlplane

import (
	"context"
	"fmt"
	"strings"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// AddUserWith adds a user with exactly these permissions, in every namespace, besides
// those that every user has. It returns the user's configuration once the permissions
// have taken effect. The ClusterRole has the user's name.
func (c *ControlPlane) AddUserWith(ctx context.Context, name string, rights []rbacv1.PolicyRule) (*rest.Config, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{rbacv1.AddToScheme, authorizationv1.AddToScheme} {
		if err := add(scheme); err != nil {
			return nil, err
		}
	}
	admin, err := client.New(c.Config(), client.Options{Scheme: scheme})
	if err != nil {
		return nil, err
	}
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: name}, Rules: rights}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: name}},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name},
	}
	for _, o := range []client.Object{role, binding} {
		if err := admin.Create(ctx, o); err != nil {
			return nil, fmt.Errorf("the rights of %s: %w", name, err)
		}
	}
	for _, rule := range rights {
		if err := awaitRights(ctx, admin, name, rule); err != nil {
			return nil, err
		}
	}
	return c.AddUser(name)
}

// awaitRights waits until the API server's authorizer, which watches roles, knows what
// a rule allows a user.
func awaitRights(ctx context.Context, admin client.Client, user string, rule rbacv1.PolicyRule) error {
	for _, group := range rule.APIGroups {
		for _, resource := range rule.Resources {
			resource, sub, _ := strings.Cut(resource, "/")
			for _, verb := range rule.Verbs {
				right := authorizationv1.ResourceAttributes{Group: group, Resource: resource, Subresource: sub, Verb: verb}
				if err := awaitRight(ctx, admin, user, right); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func awaitRight(ctx context.Context, admin client.Client, user string, right authorizationv1.ResourceAttributes) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{User: user, ResourceAttributes: &right}}
		if err := admin.Create(ctx, review); err != nil {
			return fmt.Errorf("the rights of %s: %w", user, err)
		}
		if review.Status.Allowed {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the right of %s to %s %s took no effect: %w", user, right.Verb, right.Resource, ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
}
