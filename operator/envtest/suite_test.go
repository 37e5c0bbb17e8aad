package envtest

import (
	"testing"
	"time"

	"github.com/go-logr/logr"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"example.com/edge-device-operator/harness/controlplane"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/config"
)

// limit bounds a spec, in wall time.
const limit = 2 * time.Minute

func TestOperator(t *testing.T) {
	deadline, ok := t.Deadline()
	if err := controlplane.RequireTime(deadline, ok); err != nil {
		t.Fatal(err)
	}
	RegisterFailHandler(Fail)
	RunSpecs(t, "The operator at an API server")
}

// operatorUser is the operator's user name.
const operatorUser = "edge-device-operator"

var (
	plane *controlplane.ControlPlane
	// asOperator has exactly the permissions of the generated ClusterRole.
	asOperator *rest.Config
)

var _ = BeforeSuite(func(ctx SpecContext) {
	log.SetLogger(logr.Discard())
	assets, err := controlplane.Binaries(ctx, GinkgoWriter)
	Expect(err).NotTo(HaveOccurred())
	crd, err := config.CRD()
	Expect(err).NotTo(HaveOccurred())
	plane, err = controlplane.Start(ctx, controlplane.Options{Assets: assets, CRDs: []*apiextensionsv1.CustomResourceDefinition{crd}})
	Expect(err).NotTo(HaveOccurred())
	role, err := config.ClusterRole()
	Expect(err).NotTo(HaveOccurred())
	asOperator, err = plane.AddUserWith(ctx, operatorUser, role.Rules)
	Expect(err).NotTo(HaveOccurred())
})

var _ = AfterSuite(func() {
	if plane != nil {
		Expect(plane.Stop()).To(Succeed())
	}
})

// clientOf returns a client without a cache.
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

// newNamespace creates a namespace with a unique name.
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
