package scenarios

import (
	"errors"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// limit bounds one of the longer specs, in wall time.
const limit = 2 * time.Minute

// adminClient returns an admin's client without a cache.
func adminClient() client.WithWatch {
	GinkgoHelper()
	scheme := runtime.NewScheme()
	Expect(errors.Join(v1.AddToScheme(scheme), corev1.AddToScheme(scheme), eventsv1.AddToScheme(scheme))).To(Succeed())
	admin, err := client.NewWithWatch(session.plane.Config(), client.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())
	return admin
}
