package scenarios

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// limit is how long one of the longer specs may take, by the wall clock.
const limit = 2 * time.Minute

// clientOf returns a client that keeps no cache.
func clientOf(c *rest.Config) client.WithWatch {
	GinkgoHelper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{v1.AddToScheme, corev1.AddToScheme, eventsv1.AddToScheme} {
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
