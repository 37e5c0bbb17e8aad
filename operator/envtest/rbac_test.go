package envtest

import (
	"context"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/config"
)

var _ = Describe("The operator's user", func() {
	var admin, operator client.WithWatch
	var namespace string
	var dd *v1.DeviceDeployment

	BeforeEach(func(ctx SpecContext) {
		admin, operator = clientOf(plane.Config()), clientOf(asOperator)
		namespace = newNamespace(ctx, admin)
		dd = deployment(namespace, "press-01")
		Expect(admin.Create(ctx, dd)).To(Succeed())
		Expect(admin.Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "s"}})).To(Succeed())
	})

	event := func() *eventsv1.Event {
		return &eventsv1.Event{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "e"}, EventTime: metav1.NowMicro(),
			ReportingController: "c", ReportingInstance: "i", Action: "A", Reason: "R", Type: corev1.EventTypeNormal,
			Regarding: corev1.ObjectReference{Namespace: namespace},
		}
	}

	It("may do what it needs to", func(ctx SpecContext) {
		Expect(operator.Get(ctx, client.ObjectKeyFromObject(dd), dd)).To(Succeed())
		Expect(operator.List(ctx, &v1.DeviceDeploymentList{})).To(Succeed())
		watch, err := operator.Watch(ctx, &v1.DeviceDeploymentList{})
		Expect(err).NotTo(HaveOccurred())
		watch.Stop()

		dd.Status = v1.DeviceDeploymentStatus{ObservedGeneration: 1, Phase: v1.Pending, LastTransitionTime: metav1.NowMicro()}
		dd.Spec.Image = "fw:3"
		Expect(operator.Status().Update(ctx, dd)).To(Succeed())
		Expect(dd.Spec.Image).To(Equal("fw:2"), "a write of the status changed the spec")
		Expect(operator.Create(ctx, event())).To(Succeed())
	})

	It("may do nothing else", func(ctx SpecContext) {
		key := client.ObjectKey{Namespace: namespace, Name: "s"}
		patch := client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"image":"fw:3"}}`))
		e := event()
		Expect(admin.Create(ctx, e)).To(Succeed())
		changed := dd.DeepCopy()
		changed.Spec.Image = "fw:3"
		coreEvent := &corev1.Event{
			ObjectMeta:     metav1.ObjectMeta{Namespace: namespace, Name: "core"},
			InvolvedObject: corev1.ObjectReference{Namespace: namespace},
		}
		for what, err := range map[string]error{
			"read a Secret":                   operator.Get(ctx, key, &corev1.Secret{}),
			"list Secrets":                    operator.List(ctx, &corev1.SecretList{}, client.InNamespace(namespace)),
			"read a ConfigMap":                operator.Get(ctx, key, &corev1.ConfigMap{}),
			"list Pods":                       operator.List(ctx, &corev1.PodList{}),
			"list Namespaces":                 operator.List(ctx, &corev1.NamespaceList{}),
			"create a DeviceDeployment":       operator.Create(ctx, deployment(namespace, "press-02")),
			"write a spec":                    operator.Update(ctx, changed),
			"patch a spec":                    operator.Patch(ctx, dd.DeepCopy(), patch),
			"patch a status":                  operator.Status().Patch(ctx, dd.DeepCopy(), patch),
			"delete a DeviceDeployment":       operator.Delete(ctx, dd.DeepCopy()),
			"delete all DeviceDeployments":    operator.DeleteAllOf(ctx, &v1.DeviceDeployment{}, client.InNamespace(namespace)),
			"read an Event":                   operator.Get(ctx, client.ObjectKeyFromObject(e), &eventsv1.Event{}),
			"list Events":                     operator.List(ctx, &eventsv1.EventList{}, client.InNamespace(namespace)),
			"delete an Event":                 operator.Delete(ctx, e.DeepCopy()),
			"patch an Event":                  operator.Patch(ctx, e.DeepCopy(), client.RawPatch("application/merge-patch+json", []byte(`{"note":"x"}`))),
			"create an Event of the old kind": operator.Create(ctx, coreEvent),
			"give itself rights": operator.Create(ctx, &rbacv1.ClusterRoleBinding{
				ObjectMeta: metav1.ObjectMeta{Name: "mine"},
				RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cluster-admin"},
				Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: operatorUser}},
			}),
		} {
			Expect(apierrors.IsForbidden(err)).To(BeTrue(), fmt.Sprintf("to %s was not forbidden: %v", what, err))
		}
		Expect(admin.Create(ctx, coreEvent)).To(Succeed(), "the Event that was refused was sound")

		// A self-review lists the rules of its ClusterRole, besides those that
		// everybody has.
		nobody, err := plane.AddUser("nobody")
		Expect(err).NotTo(HaveOccurred())
		role, err := config.ClusterRole()
		Expect(err).NotTo(HaveOccurred())
		everybody := rulesOf(ctx, clientOf(nobody), namespace)
		var own []authorizationv1.ResourceRule
		for _, rule := range role.Rules {
			own = append(own, authorizationv1.ResourceRule{Verbs: rule.Verbs, APIGroups: rule.APIGroups, Resources: rule.Resources})
		}
		Expect(rulesOf(ctx, operator, namespace)).To(ConsistOf(append(everybody, own...)))
	})

	It("goes on where it was once a right that was taken away comes back", func(ctx SpecContext) {
		const user = "loses-a-right"
		role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: user}, Rules: []rbacv1.PolicyRule{
			{APIGroups: []string{v1.GroupVersion.Group}, Resources: []string{"devicedeployments"}, Verbs: []string{"get"}},
			{APIGroups: []string{v1.GroupVersion.Group}, Resources: []string{"devicedeployments/status"}, Verbs: []string{"update"}},
		}}
		write := authorizationv1.ResourceAttributes{Group: v1.GroupVersion.Group, Resource: "devicedeployments", Subresource: "status", Verb: "update"}
		becomes := func(may bool) {
			GinkgoHelper()
			Eventually(func() bool { return permitted(ctx, admin, user, write) }).WithTimeout(10 * time.Second).Should(Equal(may))
		}
		Expect(admin.Create(ctx, role)).To(Succeed())
		Expect(admin.Create(ctx, &rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: user},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: user},
		})).To(Succeed())
		becomes(true)
		as, err := plane.AddUser(user)
		Expect(err).NotTo(HaveOccurred())
		r := newRollout(ctx, admin, deployment(namespace, "press-02"), "")
		r.reconciler.Client, r.reconciler.Live = clientOf(as), clientOf(as)
		r.until(ctx, v1.Transferring)
		Expect(r.step(ctx)).To(Equal(v1.Transferring))
		Expect(r.requests).To(ContainElement("POST /burn"))
		r.clock.AdvanceTo(r.clock.Now().Add(20 * time.Second))

		rules := role.Rules
		role.Rules = rules[:1]
		Expect(admin.Update(ctx, role)).To(Succeed())
		becomes(false)
		for range 3 {
			_, err := r.reconcile(ctx)
			Expect(apierrors.IsForbidden(err)).To(BeTrue(), "%v", err)
		}
		role.Rules = rules
		Expect(admin.Update(ctx, role)).To(Succeed())
		becomes(true)
		r.until(ctx, v1.Succeeded)
		Expect(r.dd.Status.Attempts).To(BeEquivalentTo(1))
	})
})

// permitted says whether a user may do something, in every namespace.
func permitted(ctx context.Context, admin client.Client, user string, right authorizationv1.ResourceAttributes) bool {
	GinkgoHelper()
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{User: user, ResourceAttributes: &right}}
	Expect(admin.Create(ctx, review)).To(Succeed())
	return review.Status.Allowed
}

// rulesOf returns the rules for a user in a namespace.
func rulesOf(ctx context.Context, user client.Client, namespace string) []authorizationv1.ResourceRule {
	GinkgoHelper()
	review := &authorizationv1.SelfSubjectRulesReview{Spec: authorizationv1.SelfSubjectRulesReviewSpec{Namespace: namespace}}
	Expect(user.Create(ctx, review)).To(Succeed())
	Expect(review.Status.Incomplete).To(BeFalse())
	return review.Status.ResourceRules
}
