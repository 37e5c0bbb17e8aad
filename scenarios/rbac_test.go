package scenarios

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// clientOf returns a client that keeps no cache.
func clientOf(c *rest.Config) client.WithWatch {
	GinkgoHelper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{v1.AddToScheme, corev1.AddToScheme, eventsv1.AddToScheme, rbacv1.AddToScheme} {
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

		dd.Status = &v1.DeviceDeploymentStatus{ObservedGeneration: 1, Phase: v1.Pending, LastTransitionTime: metav1.NowMicro()}
		dd.Spec.Image = "fw:3"
		Expect(operator.Status().Update(ctx, dd)).To(Succeed())
		Expect(dd.Spec.Image).To(Equal("fw:2"), "a write of the status changed the spec")
		patch := client.RawPatch("application/merge-patch+json", []byte(`{"status":{"phase":"Transferring","attempts":1}}`))
		Expect(operator.Status().Patch(ctx, dd, patch)).To(Succeed())
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
	})
})
