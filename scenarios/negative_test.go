package scenarios

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/virtualtime"
	"example.com/edge-device-operator/harness/world"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/controller"
	"example.com/edge-device-operator/operator/device"
	"example.com/edge-device-operator/scenarios/edge"
	"example.com/edge-device-operator/scenarios/edge/invariant"
)

// oneDevice is a rollout to one device that takes about 50 s.
const oneDevice = `# One device.
device press-01 transfer=30s reboot=15s
deploy press-01 image=fw:2 maxAttempts=2 backoffSeconds=10
run
----
`

// variant replaces a reconcile; it returns false to leave it to the operator's own
// reconciler.
type variant func(context.Context, broken) (reconcile.Result, error, bool)

// broken is what a variant works with: the operator's own reconciler, and the object.
type broken struct {
	*controller.Reconciler
	object *v1.DeviceDeployment
	device device.Name
}

// phase returns the object's phase, empty if it has no status.
func (b broken) phase() v1.Phase {
	if b.object.Status.ObservedGeneration == 0 {
		return ""
	}
	return b.object.Status.Phase
}

// key returns the key of an attempt.
func (b broken) key(attempt int32) string {
	return fmt.Sprintf("%s/%d/%d", b.object.UID, b.object.Generation, attempt)
}

// guarded observes the device and reads the object again, as is required before every
// POST, and returns the observation's ETag.
func (b broken) guarded(ctx context.Context) (etag string, err error) {
	seen := b.Devices.Observe(ctx, b.device)
	return seen.ETag, b.Live.Get(ctx, client.ObjectKeyFromObject(b.object), &v1.DeviceDeployment{})
}

// write stores a phase without checking anything.
func (b broken) write(ctx context.Context, phase v1.Phase, attempts int32) error {
	dd := b.object.DeepCopy()
	dd.Status = v1.DeviceDeploymentStatus{
		ObservedGeneration: dd.Generation, Phase: phase, Attempts: attempts,
		LastTransitionTime: metav1.NewMicroTime(b.Clock.Now()),
	}
	return b.Client.Status().Update(ctx, dd)
}

// with replaces the operator's reconciler by a variant.
func with(v variant) func(reconcile.Reconciler) reconcile.Reconciler {
	return edge.Around(func(r *controller.Reconciler) reconcile.Reconciler {
		return reconcile.Func(func(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
			b := broken{Reconciler: r, object: &v1.DeviceDeployment{}}
			if err := r.Client.Get(ctx, req.NamespacedName, b.object); err != nil {
				return reconcile.Result{}, client.IgnoreNotFound(err)
			}
			b.device = device.Name{Namespace: req.Namespace, Device: b.object.Spec.DeviceRef}
			if result, err, taken := v(ctx, b); taken {
				return result, err
			}
			return r.Reconcile(ctx, req)
		})
	})
}

// play plays a text with a variant of the reconciler.
func play(ctx context.Context, text string, o world.Options) (scenario.Result, error) {
	GinkgoHelper()
	f, err := edge.Language.Parse("story.txt", text)
	Expect(err).NotTo(HaveOccurred())
	o.Workers = 4
	return session.Run(ctx, f, scenario.Options{World: o, FullTrace: true})
}

// beReported expects a run to end with the violation of one invariant: with what was
// expected, what was found, and these lines of the trace, in this order.
func beReported(err error, promise interface{ Promise() string }, expected, found string, lines ...string) {
	GinkgoHelper()
	var violation *world.ViolationError
	Expect(errors.As(err, &violation)).To(BeTrue(), "no violation, but: %v", err)
	Expect(violation.Promise).To(Equal(promise.Promise()))
	Expect(violation.Expected).To(ContainSubstring(expected))
	Expect(violation.Found).To(ContainSubstring(found))
	text := err.Error()
	GinkgoWriter.Println(text)
	Expect(text).To(MatchRegexp(`^story\.txt:[3-7]: invariant broken: `+regexp.QuoteMeta(promise.Promise())), "it names the file, the line and the promise")
	Expect(scenario.IsViolation(err)).To(BeTrue())
	rest := text
	for _, line := range append([]string{"  expected: " + violation.Expected, "  found:    " + violation.Found}, lines...) {
		_, after, ok := strings.Cut(rest, line)
		Expect(ok).To(BeTrue(), "%q is not, or not in this place, in:\n%s", line, text)
		rest = after
	}
}

// Operators that can be broken by an edit are in scenarios/mutants. These need more
// than that, or show what a report looks like.
var _ = Describe("A broken reconciler is found out:", func() {
	It("one that burns whatever the observation shows", func(ctx SpecContext) {
		_, err := play(ctx, oneDevice, world.Options{Reconciler: with(func(ctx context.Context, b broken) (reconcile.Result, error, bool) {
			if b.phase() != v1.Transferring {
				return reconcile.Result{}, nil, false
			}
			etag, err := b.guarded(ctx)
			if err == nil {
				b.Devices.Burn(ctx, b.device, b.object.Spec.Image, b.key(b.object.Status.Attempts), etag)
			}
			return reconcile.Result{RequeueAfter: b.Timing.Poll}, err, true
		})})
		beReported(err, invariant.OncePerAttempt{}, "1 burn for attempt 1 of generation 1", "double burn: the device started 2",
			"Pending → Transferring, attempt 1", "POST /burn fw:2 → 202", "device: starts burning fw:2",
			"POST /burn fw:2 → 202", "device: starts burning fw:2")
	})

	It("one that reboots twice", func(ctx SpecContext) {
		text := strings.Replace(oneDevice, "reboot=15s", "reboot=4s", 1) // it is back at the next observation
		_, err := play(ctx, text, world.Options{Reconciler: with(func(ctx context.Context, b broken) (reconcile.Result, error, bool) {
			if b.phase() != v1.Rebooting {
				return reconcile.Result{}, nil, false
			}
			// It reboots whatever the device shows, as long as it shows anything.
			if etag, err := b.guarded(ctx); err == nil && etag != "" {
				b.Devices.Reboot(ctx, b.device, etag)
			}
			return reconcile.Result{RequeueAfter: b.Timing.Poll}, nil, true
		})})
		beReported(err, invariant.OncePerAttempt{}, "1 reboot in attempt 1 of generation 1", "double reboot: the device started 2",
			"POST /reboot → 202", "device: goes down to reboot",
			"device: is back, runs fw:2", "POST /reboot → 202", "device: goes down to reboot")
	})

	It("one that goes on without the image on the device", func(ctx SpecContext) {
		next := map[v1.Phase]v1.Phase{
			v1.Transferring: v1.Rebooting, v1.Rebooting: v1.Verifying, v1.Verifying: v1.Succeeded,
		}
		_, err := play(ctx, oneDevice, world.Options{Reconciler: with(func(ctx context.Context, b broken) (reconcile.Result, error, bool) {
			to, goes := next[b.phase()]
			if !goes {
				return reconcile.Result{}, nil, false
			}
			return reconcile.Result{}, b.write(ctx, to, 1), true
		})})
		beReported(err, invariant.Advances{}, "fw:2 staged by generation 1 at the observation before Transferring → Rebooting", "the device was not observed",
			"Pending → Transferring, attempt 1", "Transferring → Rebooting, attempt 1")
	})

	It("one that writes over what it has not seen", func(ctx SpecContext) {
		text := strings.NewReplacer("transfer=30s", "transfer=10s", "\ndeploy ", "\nfault press-01 of=health nth=6 do=delay for=3s\ndeploy ",
			"\nrun\n", "\nrun until=11s\nedit press-01 image=fw:3\nrun\n").Replace(oneDevice)
		_, err := play(ctx, text, world.Options{Reconciler: with(func(ctx context.Context, b broken) (reconcile.Result, error, bool) {
			if b.phase() != v1.Transferring || b.Clock.Since(b.object.Status.LastTransitionTime.Time) < 10*time.Second {
				return reconcile.Result{}, nil, false
			}
			b.Devices.Observe(ctx, b.device)
			newest := &v1.DeviceDeployment{}
			if err := b.Live.Get(ctx, client.ObjectKeyFromObject(b.object), newest); err != nil {
				return reconcile.Result{}, err, true
			}
			b.object.ResourceVersion = newest.ResourceVersion
			return reconcile.Result{}, b.write(ctx, v1.Rebooting, 1), true
		})})
		beReported(err, invariant.OptimisticConcurrency{}, "a resourceVersion that was stored before request #9 (health)",
			"request #12 (write) names that of Transferring (generation 1, attempt 1), which came later",
			"spec changed: image=fw:3", "Transferring → Rebooting, attempt 1")
	})

	It("one that burns for an attempt before it is stored", func(ctx SpecContext) {
		_, err := play(ctx, oneDevice, world.Options{Reconciler: with(func(ctx context.Context, b broken) (reconcile.Result, error, bool) {
			if b.phase() != v1.Pending {
				return reconcile.Result{}, nil, false
			}
			b.Devices.Burn(ctx, b.device, b.object.Spec.Image, b.key(b.object.Status.Attempts+1), "")
			return reconcile.Result{RequeueAfter: b.Timing.Poll}, nil, true
		})})
		beReported(err, invariant.WriteAhead{}, "Transferring (generation 1, attempt 1) is stored before the burn for it", "request #2 (burn) left when Pending (generation 1, attempt 0) was stored",
			"Pending", "POST /burn fw:2 → 202", "device: starts burning fw:2")
	})

	It("one that burns twice, though the first answer was lost with its controller", func(ctx SpecContext) {
		text := strings.Replace(oneDevice, "\nrun\n", "\nkill controller after=press-01#6\nstart controller\nrun\n", 1)
		_, err := play(ctx, text, world.Options{Reconciler: with(func(ctx context.Context, b broken) (reconcile.Result, error, bool) {
			if b.phase() != v1.Transferring {
				return reconcile.Result{}, nil, false
			}
			// It burns once per process, and there is more than one.
			etag, err := b.guarded(ctx)
			if err == nil {
				b.Devices.Burn(ctx, b.device, b.object.Spec.Image, b.key(b.object.Status.Attempts), etag)
			}
			return reconcile.Result{}, err, true
		})})
		var violation *world.ViolationError
		Expect(errors.As(err, &violation)).To(BeTrue(), "no violation, but: %v", err)
		Expect(violation.Found).To(ContainSubstring("double burn"))
	})
})

// The API server's own rules prevent these, so no history can show them. Hand-made
// evidence tests that the other invariants would detect them.
var _ = Describe("The API server refuses a reconciler", func() {
	refused := func(ctx SpecContext, v variant, after, said string) {
		GinkgoHelper()
		_, err := play(ctx, oneDevice, world.Options{Reconciler: with(v)})
		beReported(err, invariant.NeverInvalid{}, "a write that the API server accepts after "+after, said, "writes the status: refused as invalid")
	}

	It("that goes back", func(ctx SpecContext) {
		refused(ctx, func(ctx context.Context, b broken) (reconcile.Result, error, bool) {
			if b.phase() != v1.Transferring {
				return reconcile.Result{}, nil, false
			}
			return reconcile.Result{}, b.write(ctx, v1.Pending, 0), true
		}, "Transferring (generation 1, attempt 1)", "request #3 (write), of Pending (generation 1, attempt 0), is refused: status: status may only move forward")
	})

	It("that skips a phase", func(ctx SpecContext) {
		refused(ctx, func(ctx context.Context, b broken) (reconcile.Result, error, bool) {
			if b.phase() != v1.Pending {
				return reconcile.Result{}, nil, false
			}
			return reconcile.Result{}, b.write(ctx, v1.Succeeded, 1), true
		}, "Pending (generation 1, attempt 0)", "request #2 (write), of Succeeded (generation 1, attempt 1), is refused: status: status may only move forward")
	})

	It("that counts an attempt twice", func(ctx SpecContext) {
		refused(ctx, func(ctx context.Context, b broken) (reconcile.Result, error, bool) {
			if b.phase() != v1.Pending {
				return reconcile.Result{}, nil, false
			}
			return reconcile.Result{}, b.write(ctx, v1.Transferring, 2), true
		}, "Pending (generation 1, attempt 0)", "request #2 (write), of Transferring (generation 1, attempt 2), is refused: status: status may only move forward")
	})

	It("that begins with an attempt", func(ctx SpecContext) {
		refused(ctx, func(ctx context.Context, b broken) (reconcile.Result, error, bool) {
			if b.phase() != "" {
				return reconcile.Result{}, nil, false
			}
			return reconcile.Result{}, b.write(ctx, v1.Transferring, 1), true
		}, "no status", "request #1 (write), of Transferring (generation 1, attempt 1), is refused: status: status may only move forward")
	})

})

var _ = Describe("A world without an end says so:", func() {
	It("one whose reconciler does nothing", func(ctx SpecContext) {
		_, err := play(ctx, oneDevice, world.Options{Reconciler: with(func(context.Context, broken) (reconcile.Result, error, bool) {
			return reconcile.Result{}, nil, true
		})})
		beReported(err, invariant.Terminates{}, "Succeeded or Failed, in the end", "no status, and nothing more happens", "created: fw:2")
	})

	It("one whose reconciler waits for ever", func(ctx SpecContext) {
		_, err := play(ctx, oneDevice, world.Options{Reconciler: with(func(_ context.Context, b broken) (reconcile.Result, error, bool) {
			return reconcile.Result{RequeueAfter: time.Hour}, nil, b.phase() == v1.Pending
		})})
		beReported(err, invariant.Terminates{}, "Succeeded or Failed, in the end", "Pending, and it goes on for longer than 25h23m20s, twice what its retry policy can take and a day", "Pending")
	})

	// Pending: each reconcile takes a nanosecond of virtual time, so no instant has
	// more than one, and they continue for years.
	It("one whose reconciler spins at one instant, by asking for the next one at once", SpecTimeout(20*time.Second), func(ctx SpecContext) {
		_, err := play(ctx, oneDevice, world.Options{Reconciler: with(func(context.Context, broken) (reconcile.Result, error, bool) {
			return reconcile.Result{RequeueAfter: time.Nanosecond}, nil, true
		})})
		Expect(err).To(MatchError(ContainSubstring("the world spins")))
		Expect(err).To(MatchError(HavePrefix("story.txt:4: ")))
	})

	It("one whose reconciler never returns", func(ctx SpecContext) {
		began := time.Now()
		_, err := play(ctx, oneDevice, world.Options{
			Settle: func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, 300*time.Millisecond)
			},
			Reconciler: with(func(ctx context.Context, b broken) (reconcile.Result, error, bool) {
				if b.phase() != v1.Transferring {
					return reconcile.Result{}, nil, false
				}
				<-ctx.Done()
				return reconcile.Result{}, ctx.Err(), true
			}),
		})
		var unsettled *virtualtime.UnsettledError
		Expect(errors.As(err, &unsettled)).To(BeTrue(), "settled, or: %v", err)
		GinkgoWriter.Println(err)
		Expect(unsettled.Running).To(ContainElement(And(ContainSubstring("queue"), ContainSubstring("press-01"))))
		Expect(err).To(MatchError(context.DeadlineExceeded))
		Expect(time.Since(began)).To(BeNumerically("<", world.SettleLimit/2), "the limit given is the one that counts")
	})
})
