package envtest

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/rollout"
	"example.com/edge-device-operator/operator/transition"
)

// The bounds of the table. Every status within them is tried.
const (
	maxGeneration = 2
	maxAttempts   = 2 // of every object's retry policy
	maxTried      = maxAttempts + 1
)

var phases = []v1.Phase{v1.Pending, v1.Transferring, v1.Rebooting, v1.Verifying, v1.Succeeded, v1.Failed}

// images is the table of valid and invalid image references. Devices and scenarios are
// tested against it, too.
func images() (table struct{ Good, Bad []string }) {
	GinkgoHelper()
	text, err := os.ReadFile("../../devicesim/testdata/images.yaml")
	Expect(err).NotTo(HaveOccurred())
	Expect(yaml.UnmarshalStrict(text, &table)).To(Succeed())
	Expect(table.Good).NotTo(BeEmpty())
	Expect(table.Bad).NotTo(BeEmpty())
	return table
}

// none stands for an object without a status.
var none transition.Position

// positions returns all positions within the bounds, including none.
func positions() []transition.Position {
	all := []transition.Position{none}
	for g := int64(0); g <= maxGeneration; g++ {
		for a := int32(0); a <= maxTried; a++ {
			for _, p := range phases {
				all = append(all, transition.Position{Generation: g, Attempts: a, Phase: p})
			}
		}
	}
	return all
}

// say formats a position for people.
func say(p transition.Position) string {
	if p == none {
		return "no status yet"
	}
	return fmt.Sprintf("%d/%d/%s", p.Generation, p.Attempts, p.Phase)
}

// allowed says whether the API server has to accept a transition: by the state
// machine's table and the bounds of the spec.
func allowed(from, to transition.Position) bool {
	switch {
	case to.Generation == 0:
		return from == none && to == none
	case !transition.Allowed(from, to):
		return false
	case from != none && from.Attempts == to.Attempts:
	case to.Attempts > maxAttempts:
		return false
	}
	exhausted := to.Attempts >= maxAttempts
	return to.Phase == from.Phase || (to.Phase != v1.Failed || exhausted) && (to.Phase != v1.Pending || to.Attempts == 0 || !exhausted)
}

// ways finds the shortest path of allowed transitions to each position.
func ways() map[transition.Position][]transition.Position {
	all := positions()
	way := map[transition.Position][]transition.Position{none: nil}
	for next := []transition.Position{none}; len(next) > 0; next = next[1:] {
		for _, to := range all {
			if _, known := way[to]; !known && allowed(next[0], to) {
				way[to] = append(slices.Clip(way[next[0]]), to)
				next = append(next, to)
			}
		}
	}
	return way
}

// put writes a position into a status; none writes nothing.
func put(dd *v1.DeviceDeployment, p transition.Position) {
	dd.Status = v1.DeviceDeploymentStatus{}
	if p != none {
		dd.Status = v1.DeviceDeploymentStatus{ObservedGeneration: p.Generation, Phase: p.Phase, Attempts: p.Attempts, LastTransitionTime: metav1.NowMicro()}
	}
}

var _ = Describe("The API server", func() {
	var admin client.WithWatch
	var namespace string

	BeforeEach(func(ctx SpecContext) {
		admin = clientOf(plane.Config())
		namespace = newNamespace(ctx, admin)
	})

	It("allows exactly the transitions of the state machine's table", func(ctx SpecContext) {
		all, way := positions(), ways()
		var unreached []string
		for _, p := range all {
			if _, ok := way[p]; !ok {
				unreached = append(unreached, say(p))
			}
		}
		var mu sync.Mutex
		var wrong []string
		tried, yes := 0, 0
		var work sync.WaitGroup
		busy := make(chan struct{}, 8)
		for n, from := range all {
			steps, reachable := way[from]
			if !reachable {
				continue
			}
			work.Go(func() {
				defer GinkgoRecover()
				busy <- struct{}{}
				defer func() { <-busy }()
				dd := deployment(namespace, fmt.Sprintf("press-%d", n))
				dd.Spec.RetryPolicy.MaxAttempts = maxAttempts
				Expect(admin.Create(ctx, dd)).To(Succeed())
				for _, p := range steps {
					put(dd, p)
					Expect(admin.Status().Update(ctx, dd)).To(Succeed())
				}
				for _, to := range all {
					next := dd.DeepCopy()
					put(next, to)
					err := admin.Status().Update(ctx, next, client.DryRunAll)
					if err != nil {
						Expect(apierrors.IsInvalid(err)).To(BeTrue(), "%s → %s: %v", say(from), say(to), err)
					}
					if (err == nil) != allowed(from, to) {
						mu.Lock()
						wrong = append(wrong, fmt.Sprintf("%s → %s: the table says %t, the API server %v", say(from), say(to), allowed(from, to), err))
						mu.Unlock()
					}
				}
				mu.Lock()
				defer mu.Unlock()
				tried += len(all)
				for _, to := range all {
					if allowed(from, to) {
						yes++
					}
				}
			})
		}
		work.Wait()
		slices.Sort(wrong)
		Expect(wrong).To(BeEmpty())
		Expect(tried).To(Equal(len(all) * len(way)))
		AddReportEntry("transitions tried", fmt.Sprintf("%d, of which %d are allowed; from-states that cannot be reached: %s", tried, yes, strings.Join(unreached, ", ")))
	}, NodeTimeout(limit))
})

// causes are the fields for which the API server refuses a write as invalid.
func causes(err error) (fields []string) {
	GinkgoHelper()
	var status *apierrors.StatusError
	Expect(errors.As(err, &status)).To(BeTrue(), "it was accepted, or: %v", err)
	Expect(apierrors.IsInvalid(err)).To(BeTrue(), "%v", err)
	for _, c := range status.ErrStatus.Details.Causes {
		if !strings.Contains(c.Message, "some validation rules were not checked") {
			fields = append(fields, c.Field)
		}
	}
	return fields
}

var _ = Describe("The API server", func() {
	var admin client.WithWatch
	var namespace string
	var dd *v1.DeviceDeployment

	BeforeEach(func(ctx SpecContext) {
		admin = clientOf(plane.Config())
		namespace = newNamespace(ctx, admin)
		dd = deployment(namespace, "press-01")
	})

	// patched patches the object with JSON, so that zero values are not omitted.
	patched := func(ctx SpecContext, patch string) error {
		return admin.Patch(ctx, dd.DeepCopy(), client.RawPatch("application/merge-patch+json", []byte(patch)))
	}
	at := func(ctx SpecContext, steps ...transition.Position) {
		GinkgoHelper()
		for _, p := range steps {
			put(dd, p)
			Expect(admin.Status().Update(ctx, dd)).To(Succeed(), say(p))
		}
	}

	It("fills in the retry policy", func(ctx SpecContext) {
		Expect(admin.Create(ctx, dd)).To(Succeed())
		Expect(dd.Spec.RetryPolicy.MaxAttempts).To(BeEquivalentTo(3))
		Expect(dd.Spec.RetryPolicy.BackoffSeconds).To(HaveValue(BeEquivalentTo(10)))
		Expect(dd.Spec.ConcurrencyHint).To(BeNil())
	})

	It("bounds the numbers of a spec", func(ctx SpecContext) {
		Expect(admin.Create(ctx, dd)).To(Succeed())
		for field, bounds := range map[string][2]int{
			"retryPolicy.maxAttempts":    {1, 100},
			"retryPolicy.backoffSeconds": {0, 86400},
			"concurrencyHint":            {1, 10000},
		} {
			for value, ok := range map[int]bool{bounds[0] - 1: false, bounds[0]: true, bounds[1]: true, bounds[1] + 1: false} {
				patch := fmt.Sprintf(`{"spec":{"%s":%d`, strings.ReplaceAll(field, ".", `":{"`), value)
				err := patched(ctx, patch+strings.Repeat("}", strings.Count(patch, "{")))
				if ok {
					Expect(err).NotTo(HaveOccurred(), "%s %d", field, value)
				} else {
					Expect(causes(err)).To(ConsistOf("spec." + field))
				}
			}
		}
	})

	It("takes every image reference, as devices and scenarios do, and nothing else", func(ctx SpecContext) {
		table := images()
		for _, image := range table.Good {
			dd.Spec.Image = image
			Expect(admin.Create(ctx, dd.DeepCopy(), client.DryRunAll)).To(Succeed(), image)
		}
		for _, image := range table.Bad {
			dd.Spec.Image = image
			Expect(causes(admin.Create(ctx, dd.DeepCopy(), client.DryRunAll))).To(ConsistOf("spec.image"), "%q", image)
		}
	})

	It("rolls out every image that it takes", func(ctx SpecContext) {
		table := images()
		dd.Spec.Image = table.Good[0]
		r := newRollout(ctx, admin, dd, "")
		for _, image := range table.Good {
			Expect(patched(ctx, `{"spec":{"image":"`+image+`"}}`)).To(Succeed())
			r.until(ctx, v1.Succeeded)
			Expect(r.dd.Status.Attempts).To(BeEquivalentTo(1), image)
		}
	})

	It("takes no deviceRef that could steer a request elsewhere", func(ctx SpecContext) {
		for _, ref := range []string{
			"", ".", "..", "../press-01", "press-01/", "/press-01", "press-01/../x", "press-01:80", "press-01:80/", "10.0.0.1", "127.0.0.1:6443", "[::1]", "::1",
			"press-01.kube-system", "press-01.kube-system.svc#", "metadata.google.internal", "user@host", "user:pw@host", "@", "press-01@evil", "press-01?x=", "press-01#",
			"press-01%2f", "%2e%2e", "http://evil", "evil\\", "press 01", "press-01\n", "press-01\r\nHost: evil", "press-01\x00", "Press-01", "press_01", "-press", "press-",
			"préss", "ⅼocalhost", "ｐress-01", "press\u200b-01", "press。example", "press／x", "pⓡess", "{device}", "{namespace}", "*", strings.Repeat("x", 64),
		} {
			dd.Spec.DeviceRef = ref
			Expect(causes(admin.Create(ctx, dd.DeepCopy(), client.DryRunAll))).To(ContainElement("spec.deviceRef"), "%q", ref)
		}
		for _, ref := range []string{"x", strings.Repeat("x", 63)} {
			Expect(admin.Create(ctx, deployment(namespace, ref), client.DryRunAll)).To(Succeed(), ref)
		}
	})

	It("holds a device to the one object of its name, for good", func(ctx SpecContext) {
		other := deployment(namespace, "press-02")
		other.Name = "press-03"
		err := admin.Create(ctx, other)
		Expect(causes(err)).To(HaveLen(1))
		Expect(err).To(MatchError(ContainSubstring("metadata.name must be the same as spec.deviceRef")))

		Expect(admin.Create(ctx, dd)).To(Succeed())
		err = patched(ctx, `{"spec":{"deviceRef":"press-02"}}`)
		Expect(causes(err)).To(ContainElement("spec.deviceRef"))
		Expect(err).To(MatchError(ContainSubstring("deviceRef cannot be changed")))
	})

	It("keeps a status that a PUT of the whole object leaves out", func(ctx SpecContext) {
		Expect(admin.Create(ctx, dd)).To(Succeed())
		pending := transition.Position{Generation: 1, Phase: v1.Pending}
		at(ctx, pending)
		put(dd, none)
		Expect(admin.Update(ctx, dd)).To(Succeed())
		Expect(dd.Status.ObservedGeneration).To(BeEquivalentTo(1))
		put(dd, none)
		err := admin.Status().Update(ctx, dd)
		Expect(causes(err)).NotTo(BeEmpty())
		Expect(err).To(MatchError(ContainSubstring("status may only move forward")))
	})

	It("fills in what is no status yet, whatever was sent", func(ctx SpecContext) {
		put(dd, transition.Position{Generation: 1, Phase: v1.Succeeded, Attempts: 1})
		Expect(admin.Create(ctx, dd)).To(Succeed())
		unwritten := v1.DeviceDeploymentStatus{Phase: v1.Pending}
		Expect(dd.Status).To(Equal(unwritten))
		Expect(patched(ctx, `{"metadata":{"labels":{"a":"b"}},"status":null}`)).To(Succeed())
		Expect(patched(ctx, `{"spec":{"image":"fw:3"},"status":{"observedGeneration":1,"phase":"Succeeded"}}`)).To(Succeed())
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(dd), dd)).To(Succeed())
		Expect(dd.Status).To(Equal(unwritten))
	})

	It("has nobody write what is no status yet, and no status without its time", func(ctx SpecContext) {
		Expect(admin.Create(ctx, dd)).To(Succeed())
		write := func(patch string) error {
			return admin.Status().Patch(ctx, dd.DeepCopy(), client.RawPatch("application/merge-patch+json", []byte(`{"status":`+patch+`}`)))
		}
		const at = `"lastTransitionTime":"2026-01-01T00:00:00.000000Z"`
		changes := []string{`{"observedGeneration":-1}`, `{"observedGeneration":1}`, `{"observedGeneration":1,"phase":"Pending","attempts":0}`}
		for _, more := range []string{at, `"lastError":"x"`, `"phase":"Transferring","attempts":1`, `"attempts":1`, `"phase":"Succeeded"`,
			`"conditions":[{"type":"Succeeded","status":"True","reason":"Forged","message":"","lastTransitionTime":"2026-01-01T00:00:00Z"}]`} {
			changes = append(changes, "{"+more+"}", `{"observedGeneration":0,`+more+"}")
		}
		for _, c := range changes {
			Expect(causes(write(c))).NotTo(BeEmpty(), c)
		}
		Expect(write("{}")).To(Succeed())
		Expect(write("null")).To(Succeed())
		Expect(write(`{"observedGeneration":1,` + at + `}`)).To(Succeed())
		for _, c := range []string{"null", `{"observedGeneration":0}`, `{"observedGeneration":null}`, `{"lastTransitionTime":null}`,
			`{"observedGeneration":0,"phase":"Pending","attempts":0,"lastTransitionTime":null}`} {
			Expect(causes(write(c))).NotTo(BeEmpty(), c)
		}
	})

	It("lets a user lower maxAttempts below the attempts made, and counts none above it", func(ctx SpecContext) {
		Expect(admin.Create(ctx, dd)).To(Succeed())
		at(ctx,
			transition.Position{Generation: 1, Phase: v1.Pending},
			transition.Position{Generation: 1, Phase: v1.Transferring, Attempts: 1},
			transition.Position{Generation: 1, Phase: v1.Pending, Attempts: 1},
			transition.Position{Generation: 1, Phase: v1.Transferring, Attempts: 2},
			transition.Position{Generation: 1, Phase: v1.Pending, Attempts: 2})
		Expect(patched(ctx, `{"spec":{"retryPolicy":{"maxAttempts":1}}}`)).To(Succeed())
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(dd), dd)).To(Succeed())
		put(dd, transition.Position{Generation: 1, Phase: v1.Transferring, Attempts: 3})
		err := admin.Status().Update(ctx, dd.DeepCopy())
		Expect(causes(err)).NotTo(BeEmpty())
		Expect(err).To(MatchError(ContainSubstring("must not be raised over spec.retryPolicy.maxAttempts")))
		at(ctx, transition.Position{Generation: 2, Phase: v1.Pending})
	})

	It("takes a raised maxAttempts on what has Failed", func(ctx SpecContext) {
		dd.Spec.RetryPolicy.MaxAttempts = 1
		Expect(admin.Create(ctx, dd)).To(Succeed())
		at(ctx,
			transition.Position{Generation: 1, Phase: v1.Pending},
			transition.Position{Generation: 1, Phase: v1.Transferring, Attempts: 1},
			transition.Position{Generation: 1, Phase: v1.Failed, Attempts: 1})
		Expect(patched(ctx, `{"spec":{"retryPolicy":{"maxAttempts":5}}}`)).To(Succeed())
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(dd), dd)).To(Succeed())
		at(ctx, transition.Position{Generation: 2, Phase: v1.Pending})
	})

	It("takes the key of any attempt as that of a transfer, and a percentage as its progress", func(ctx SpecContext) {
		Expect(admin.Create(ctx, dd)).To(Succeed())
		put(dd, transition.Position{Generation: 1, Phase: v1.Pending})
		dd.Status.Transfer = &v1.UnfinishedTransfer{Progress: 100, Key: rollout.Rollout{UID: string(dd.UID), Generation: math.MaxInt64, Attempts: math.MaxInt32}.Key()}
		Expect(admin.Status().Update(ctx, dd.DeepCopy(), client.DryRunAll)).To(Succeed())
		dd.Status.Transfer = &v1.UnfinishedTransfer{Progress: 101, Key: strings.Repeat("k", 81)}
		Expect(causes(admin.Status().Update(ctx, dd, client.DryRunAll))).To(ConsistOf("status.transfer.key", "status.transfer.progress"))
	})

	It("takes device errors of 128 characters, not of 129, and none without a time", func(ctx SpecContext) {
		Expect(admin.Create(ctx, dd)).To(Succeed())
		put(dd, transition.Position{Generation: 1, Phase: v1.Pending})
		most := strings.Repeat("é", 128)
		dd.Status.DeviceErrors = &v1.DeviceErrors{Observe: most, Post: most, Time: metav1.NowMicro()}
		Expect(admin.Status().Update(ctx, dd.DeepCopy(), client.DryRunAll)).To(Succeed())
		dd.Status.DeviceErrors.Observe += "é"
		dd.Status.DeviceErrors.Post += "é"
		Expect(causes(admin.Status().Update(ctx, dd.DeepCopy(), client.DryRunAll))).To(ConsistOf("status.deviceErrors.observe", "status.deviceErrors.post"))
		dd.Status.DeviceErrors = &v1.DeviceErrors{Observe: "x"}
		Expect(causes(admin.Status().Update(ctx, dd, client.DryRunAll))).To(ConsistOf("status.deviceErrors.time"))
	})

	It("takes a lastError of 256 characters, not of 257", func(ctx SpecContext) {
		Expect(admin.Create(ctx, dd)).To(Succeed())
		put(dd, transition.Position{Generation: 1, Phase: v1.Pending})
		dd.Status.LastError = strings.Repeat("é", 256)
		Expect(admin.Status().Update(ctx, dd.DeepCopy(), client.DryRunAll)).To(Succeed())
		dd.Status.LastError += "é"
		Expect(causes(admin.Status().Update(ctx, dd, client.DryRunAll))).To(ConsistOf("status.lastError"))
	})

	// This ensures that a refusal as invalid, which breaks an invariant in every
	// scenario, never comes from a stale copy.
	It("refuses a write from an old copy for that, whatever else is wrong", func(ctx SpecContext) {
		Expect(admin.Create(ctx, dd)).To(Succeed())
		pending := transition.Position{Generation: 1, Phase: v1.Pending}
		for n := range 20 {
			old := dd.DeepCopy()
			put(dd, pending)
			dd.Status.LastError = fmt.Sprint("change ", n)
			Expect(admin.Status().Update(ctx, dd)).To(Succeed())
			for _, wrong := range []transition.Position{{Generation: 1, Phase: v1.Succeeded, Attempts: 1}, {Generation: 1, Phase: "Nonsense", Attempts: -1}, none} {
				copied := dd.DeepCopy()
				put(copied, wrong)
				Expect(apierrors.IsInvalid(admin.Status().Update(ctx, copied))).To(BeTrue(), "%v", wrong)
				put(old, wrong)
				Expect(apierrors.IsConflict(admin.Status().Update(ctx, old))).To(BeTrue(), "%v", wrong)
			}
		}
	})
})
