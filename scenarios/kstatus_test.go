package scenarios

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	lua "github.com/yuin/gopher-lua"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"
	luajson "layeh.com/gopher-json"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/world"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

// toolsSee are scenarios in which every phase, every kind of change and every end
// occurs.
var toolsSee = []string{
	"controller-killed-mid-transfer.txt", "fails-then-recovers.txt", "fails-permanently.txt", "spec-changes-to-another-image.txt",
	"max-attempts-is-lowered.txt", "held-by-a-finalizer.txt", "deleted-in-each-phase.txt", "nobody-else-writes-status.txt", "nothing-to-do.txt",
}

var _ = Describe("Other tools understand the status:", Ordered, func() {
	var versions []*unstructured.Unstructured // all versions of all objects in those scenarios

	BeforeAll(func(ctx SpecContext) {
		admin := adminClient()
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(v1.GroupVersion.WithKind("DeviceDeploymentList"))
		Expect(admin.List(ctx, list)).To(Succeed())
		now := &metav1.ListOptions{ResourceVersion: list.GetResourceVersion()}
		history, err := admin.Watch(ctx, list, &client.ListOptions{Raw: now})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(history.Stop)
		var namespaces sync.Map // those of these worlds; others may run at the same time
		noted := with(func(_ context.Context, b broken) (reconcile.Result, error, bool) {
			namespaces.Store(b.object.Namespace, true)
			return reconcile.Result{}, nil, false
		})
		for _, path := range toolsSee {
			_, err := run(ctx, parse(path), scenario.Options{World: world.Options{Reconciler: noted}})
			Expect(err).NotTo(HaveOccurred(), path)
		}
		// An object that a person's finalizer holds. Versions after it don't belong to
		// these scenarios.
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "spec-"}}
		Expect(admin.Create(ctx, namespace)).To(Succeed())
		last := &v1.DeviceDeployment{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace.Name, Name: "press-01", Finalizers: []string{"example.com/somebody"}},
			Spec:       v1.DeviceDeploymentSpec{DeviceRef: "press-01", Image: "fw:2"},
		}
		namespaces.Store(last.Namespace, true)
		Expect(admin.Create(ctx, last)).To(Succeed())
		Expect(admin.Delete(ctx, last)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) {
			Expect(admin.Patch(ctx, last, client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`)))).To(Succeed())
		})
		for {
			var e watch.Event
			Eventually(ctx, history.ResultChan()).Should(Receive(&e))
			u, ok := e.Object.(*unstructured.Unstructured)
			Expect(ok).To(BeTrue(), "%v", e.Object)
			if _, ours := namespaces.Load(u.GetNamespace()); ours && e.Type != watch.Deleted {
				versions = append(versions, u)
			}
			if u.GetUID() == last.UID && u.GetDeletionTimestamp() != nil {
				return
			}
		}
	}, NodeTimeout(limit))

	// told compares what a tool says about every version with what is right, and counts
	// the answers.
	told := func(tool func(*unstructured.Unstructured) string, is func(*unstructured.Unstructured) string) map[string]int {
		GinkgoHelper()
		said := map[string]int{}
		for _, u := range versions {
			word := tool(u)
			text, err := json.Marshal(u.Object)
			Expect(err).NotTo(HaveOccurred())
			Expect(word).To(Equal(is(u)), string(text))
			said[word]++
		}
		return said
	}
	// ended returns the phase in which a rollout has ended, empty if it hasn't.
	ended := func(u *unstructured.Unstructured) string {
		phase, _, _ := unstructured.NestedString(u.Object, "status", "phase")
		observed, _, _ := unstructured.NestedInt64(u.Object, "status", "observedGeneration")
		if observed != u.GetGeneration() || phase != string(v1.Succeeded) && phase != string(v1.Failed) {
			return ""
		}
		return phase
	}

	It("kstatus, and what goes by it: Flux, and Helm's --wait", func() {
		ahead := 0
		said := told(func(u *unstructured.Unstructured) string {
			result, err := status.Compute(u)
			Expect(err).NotTo(HaveOccurred())
			if observed, _, _ := unstructured.NestedInt64(u.Object, "status", "observedGeneration"); observed > u.GetGeneration() {
				ahead++
			}
			return result.Status.String()
		}, func(u *unstructured.Unstructured) string {
			switch {
			case u.GetDeletionTimestamp() != nil:
				return "Terminating"
			case ended(u) == string(v1.Succeeded):
				return "Current"
			case ended(u) == string(v1.Failed):
				return "Failed"
			}
			return "InProgress"
		})
		Expect(said).To(And(HaveKey("Terminating"), HaveKey("Current"), HaveKey("Failed"), HaveKey("InProgress")))
		Expect(ahead).To(BeNumerically(">", 0))
		AddReportEntry("what kstatus said, and how often", said)
	})

	It("Argo CD, with the script of docs/trade-offs.md", func() {
		page, err := os.ReadFile("../docs/trade-offs.md")
		Expect(err).NotTo(HaveOccurred())
		_, script, found := strings.Cut(string(page), "```lua\n")
		Expect(found).To(BeTrue())
		script, _, _ = strings.Cut(script, "```")

		said := told(func(u *unstructured.Unstructured) string {
			if u.GetDeletionTimestamp() != nil {
				return "Progressing" // Argo CD doesn't run the script
			}
			l := lua.NewState()
			defer l.Close()
			text, err := json.Marshal(u.Object)
			Expect(err).NotTo(HaveOccurred())
			obj, err := luajson.Decode(l, text)
			Expect(err).NotTo(HaveOccurred())
			l.SetGlobal("obj", obj)
			Expect(l.DoString(script)).To(Succeed())
			health := l.CheckTable(-1)
			Expect(health.RawGetString("message").Type()).To(Equal(lua.LTString))
			return health.RawGetString("status").String()
		}, func(u *unstructured.Unstructured) string {
			switch {
			case u.GetDeletionTimestamp() != nil:
			case ended(u) == string(v1.Succeeded):
				return "Healthy"
			case ended(u) == string(v1.Failed):
				return "Degraded"
			}
			return "Progressing"
		})
		Expect(said).To(And(HaveKey("Progressing"), HaveKey("Healthy"), HaveKey("Degraded")))
	})
})
