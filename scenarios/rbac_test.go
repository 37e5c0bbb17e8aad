package scenarios

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/world"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/config"
	"example.com/edge-device-operator/scenarios/edge"
)

// clientOf returns a client that keeps no cache.
func clientOf(c *rest.Config) client.WithWatch {
	GinkgoHelper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{v1.AddToScheme, corev1.AddToScheme, eventsv1.AddToScheme, rbacv1.AddToScheme, authorizationv1.AddToScheme} {
		Expect(add(scheme)).To(Succeed())
	}
	made, err := client.NewWithWatch(c, client.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())
	return made
}

// newNamespace makes a namespace with a name that no other spec has.
func newNamespace(ctx SpecContext, admin client.Client) string {
	GinkgoHelper()
	n := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "spec-"}}
	Expect(admin.Create(ctx, n)).To(Succeed())
	return n.Name
}

// deployment returns a DeviceDeployment that the API server accepts.
func deployment(namespace, device string) *v1.DeviceDeployment {
	return &v1.DeviceDeployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: device},
		Spec:       v1.DeviceDeploymentSpec{DeviceRef: device, Image: "fw:2"},
	}
}

var _ = Describe("The operator's user, who is the controller in every scenario,", func() {
	var admin, operator client.WithWatch
	var namespace string
	var dd *v1.DeviceDeployment

	BeforeEach(func(ctx SpecContext) {
		admin, operator = clientOf(session.plane.Config()), clientOf(session.operator)
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

		// And by its own account it has its ClusterRole's rules, besides what
		// everybody has.
		nobody, err := session.plane.AddUser("nobody")
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
		as, err := session.plane.AddUser(user)
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

	It("needs each of its rights", func(ctx SpecContext) {
		rights, err := config.Rights()
		Expect(err).NotTo(HaveOccurred())
		Expect(rolls(ctx, admin, "lacks-nothing", rights)).To(Succeed())
		for n, lacking := range rights {
			user := fmt.Sprintf("lacks-%s-%s", lacking.Verb, lacking.Resource)
			err := rolls(ctx, admin, user, slices.Delete(slices.Clone(rights), n, n+1))
			Expect(err).To(HaveOccurred(), "a rollout needs no right to %s %s/%s", lacking.Verb, lacking.Resource, lacking.Subresource)
			GinkgoWriter.Println(user, err)
		}
	}, NodeTimeout(limit))
})

// permitted says whether a user may do something, in every namespace.
func permitted(ctx context.Context, admin client.Client, user string, right authorizationv1.ResourceAttributes) bool {
	GinkgoHelper()
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{User: user, ResourceAttributes: &right}}
	Expect(admin.Create(ctx, review)).To(Succeed())
	return review.Status.Allowed
}

// rulesOf are the rules by which a user may do something to what is in a
// namespace.
func rulesOf(ctx context.Context, user client.Client, namespace string) []authorizationv1.ResourceRule {
	GinkgoHelper()
	review := &authorizationv1.SelfSubjectRulesReview{Spec: authorizationv1.SelfSubjectRulesReviewSpec{Namespace: namespace}}
	Expect(user.Create(ctx, review)).To(Succeed())
	Expect(review.Status.Incomplete).To(BeFalse())
	return review.Status.ResourceRules
}

// rolls returns an error unless a rollout succeeds, and has its Events, whose
// controller is a user of that name with some rights. The device has the user's
// name.
func rolls(ctx context.Context, admin client.Client, name string, rights []authorizationv1.ResourceAttributes) error {
	GinkgoHelper()
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: name}}
	for _, r := range rights {
		role.Rules = append(role.Rules, rbacv1.PolicyRule{
			APIGroups: []string{r.Group}, Resources: []string{strings.TrimSuffix(r.Resource+"/"+r.Subresource, "/")}, Verbs: []string{r.Verb},
		})
	}
	Expect(admin.Create(ctx, role)).To(Succeed())
	Expect(admin.Create(ctx, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: name}},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name},
	})).To(Succeed())
	for _, r := range rights {
		Eventually(func() bool { return permitted(ctx, admin, name, r) }).WithTimeout(10*time.Second).Should(BeTrue(), "%+v", r)
	}
	user, err := session.plane.AddUser(name)
	Expect(err).NotTo(HaveOccurred())
	// The second controller fills its cache by a list, as with an API server that
	// doesn't stream what there is to a watch.
	f, err := edge.Language.Parse(name, strings.ReplaceAll(`device X
deploy X image=fw:2
run for=1s
kill controller
start controller sees=1s
watch up
run for=2m
----
`, "X", name))
	Expect(err).NotTo(HaveOccurred())
	o := scenario.Options{World: world.Options{REST: session.plane.Config(), Controller: user}}
	o.World.Settle = func(ctx context.Context) (context.Context, context.CancelFunc) {
		return context.WithTimeout(ctx, 2*time.Second)
	}
	res, err := f.Run(ctx, o)
	if err != nil {
		return err
	}
	if len(res.Endings) != 1 || !strings.Contains(res.Endings[0], "Succeeded") {
		return fmt.Errorf("it ended so: %q", res.Endings)
	}
	var all eventsv1.EventList
	Expect(admin.List(ctx, &all)).To(Succeed())
	n := 0
	for _, e := range all.Items {
		if e.Regarding.Name == name {
			n++
		}
	}
	if n != 5 {
		return fmt.Errorf("it has %d Events, not 5", n)
	}
	return nil
}
