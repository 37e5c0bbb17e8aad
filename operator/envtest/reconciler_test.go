package envtest

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/go-logr/logr/funcr"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/transition"
)

var _ = Describe("A single reconcile", func() {
	var admin client.WithWatch
	var r *stepped
	var logged []string

	BeforeEach(func(ctx SpecContext) {
		admin = clientOf(plane.Config())
		r = newRollout(ctx, admin, deployment(newNamespace(ctx, admin), "press-01"), "")
		logged = nil
		r.log = funcr.New(func(_, args string) { logged = append(logged, args) }, funcr.Options{})
	})

	annotate := func(ctx context.Context) error {
		return admin.Patch(ctx, r.dd.DeepCopy(), client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"annotations":{"a":"b"}}}`)))
	}
	recreate := func(ctx context.Context) error {
		other := deployment(r.dd.Namespace, r.dd.Name)
		return errors.Join(admin.Delete(ctx, r.dd.DeepCopy()), admin.Create(ctx, other))
	}
	beforeWrite := func(f func(context.Context) error) {
		r.reconciler.Client = interceptor.NewClient(clientOf(asOperator), interceptor.Funcs{
			SubResourceUpdate: func(ctx context.Context, c client.Client, _ string, o client.Object, opts ...client.SubResourceUpdateOption) error {
				if err := f(ctx); err != nil {
					return err
				}
				return c.Status().Update(ctx, o, opts...)
			},
		})
	}
	withEvents := func(f func(context.Context, client.Client, *eventsv1.Event) error) {
		r.reconciler.Client = interceptor.NewClient(clientOf(asOperator), interceptor.Funcs{
			Create: func(ctx context.Context, c client.WithWatch, o client.Object, _ ...client.CreateOption) error {
				return f(ctx, c, o.(*eventsv1.Event))
			},
		})
	}

	It("logs one line a transition", func(ctx SpecContext) {
		r.until(ctx, v1.Succeeded)
		for n, to := range []string{"Pending", "Transferring", "Rebooting", "no progress", "Verifying", "Succeeded"} {
			if to == "no progress" { // while the device reboots
				Expect(logged[n]).To(And(ContainSubstring(to), ContainSubstring("the device could not be reached")))
				continue
			}
			Expect(logged[n]).To(ContainSubstring(`"msg"="transition"`))
			Expect(logged[n]).To(ContainSubstring(`"to"="` + to + `"`))
		}
		Expect(logged).To(HaveLen(6))
	})

	It("logs one line a poll while nothing moves, and reports it in the status once", func(ctx SpecContext) {
		r.until(ctx, v1.Transferring)
		poll, events := r.reconciler.Timing.Poll, 0
		withEvents(func(context.Context, client.Client, *eventsv1.Event) error {
			events++
			return nil
		})
		r.reconciler.Devices.URL += "/elsewhere"
		before := r.dd.DeepCopy()
		for n := range 3 {
			logged = nil
			Expect(r.reconcile(ctx)).To(Equal(ctrl.Result{RequeueAfter: poll}))
			Expect(logged).To(ConsistOf(And(ContainSubstring("no progress"), ContainSubstring("the device answered 404 to GET /health"), ContainSubstring(`"statusNotWritten"=null`))))
			Expect(admin.Get(ctx, client.ObjectKeyFromObject(r.dd), r.dd)).To(Succeed())
			if n == 0 {
				Expect(r.dd.ResourceVersion).NotTo(Equal(before.ResourceVersion))
				before.ResourceVersion = r.dd.ResourceVersion
			}
			Expect(r.dd.ResourceVersion).To(Equal(before.ResourceVersion))
			r.clock.AdvanceTo(r.clock.Now().Add(poll))
		}
		Expect(r.dd.Status.DeviceErrors.Observe).To(Equal("the device answered 404 to GET /health"))
		Expect(r.dd.Status.LastTransitionTime).To(Equal(before.Status.LastTransitionTime))
		Expect(events).To(BeZero())
	})

	It("waits for the next poll if the API server refuses a report of device errors, and logs that", func(ctx SpecContext) {
		r.until(ctx, v1.Transferring)
		r.reconciler.Devices.URL += "/elsewhere"
		for _, refuse := range []func(context.Context) error{annotate, func(context.Context) error { return errors.New("the API server is out of reach") }} {
			beforeWrite(refuse)
			logged = nil
			Expect(r.reconcile(ctx)).To(Equal(ctrl.Result{RequeueAfter: r.reconciler.Timing.Poll}))
			Expect(logged).To(ConsistOf(And(ContainSubstring("no progress"), ContainSubstring("404"), MatchRegexp(`"statusNotWritten"=".*(modified|out of reach)`))))
		}
		beforeWrite(func(ctx context.Context) error { return admin.Delete(ctx, r.dd.DeepCopy()) })
		logged = nil
		Expect(r.reconcile(ctx)).To(Equal(ctrl.Result{RequeueAfter: r.reconciler.Timing.Poll}))
		Expect(logged).To(ConsistOf(ContainSubstring(`"statusNotWritten"=null`)))
	})

	It("touches nothing where the status is ahead of its object", func(ctx SpecContext) {
		r.step(ctx)
		put(r.dd, transition.Position{Generation: 7, Phase: v1.Pending})
		Expect(admin.Status().Update(ctx, r.dd)).To(Succeed())
		version := r.dd.ResourceVersion
		logged, r.requests = nil, nil
		Expect(r.reconcile(ctx)).To(Equal(ctrl.Result{}))
		Expect(logged).To(ConsistOf(ContainSubstring("status.observedGeneration is ahead")))
		Expect(r.requests).To(BeEmpty())
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(r.dd), r.dd)).To(Succeed())
		Expect(r.dd.ResourceVersion).To(Equal(version))
	})

	It("comes back after a conflict, and calls it no error", func(ctx SpecContext) {
		beforeWrite(annotate)
		result, err := r.reconcile(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(result.RequeueAfter).To(BeNumerically(">", 0))
		Expect(logged).To(ConsistOf(ContainSubstring("the status was not written: somebody else wrote first")))
		beforeWrite(func(context.Context) error { return nil })
		Expect(r.step(ctx)).To(Equal(v1.Pending))
	})

	It("lets an object go that is deleted before its status is written", func(ctx SpecContext) {
		beforeWrite(func(ctx context.Context) error { return admin.Delete(ctx, r.dd.DeepCopy()) })
		Expect(r.reconcile(ctx)).To(Equal(ctrl.Result{RequeueAfter: r.reconciler.Timing.Poll}))
		Expect(logged).To(BeEmpty())
		Expect(r.reconcile(ctx)).To(Equal(ctrl.Result{}))
	})

	It("waits 10 s for the API server at most, and returns an error", func(ctx SpecContext) {
		r.step(ctx)
		Expect(r.step(ctx)).To(Equal(v1.Transferring))
		began, hangs := r.clock.Now(), make(chan struct{})
		r.reconciler.Live = interceptor.NewClient(clientOf(asOperator), interceptor.Funcs{
			Get: func(ctx context.Context, _ client.WithWatch, _ client.ObjectKey, _ client.Object, _ ...client.GetOption) error {
				close(hangs)
				<-ctx.Done()
				return ctx.Err()
			},
		})
		go func() {
			<-hangs
			r.clock.AdvanceTo(began.Add(10 * time.Second))
		}()
		_, err := r.reconcile(ctx)
		Expect(err).To(MatchError(context.DeadlineExceeded))
		Expect(r.requests).NotTo(ContainElement("POST /burn"))
	})

	It("asks the API server whether an object is gone that its cache has no answer for within 10 s", func(ctx SpecContext) {
		r.step(ctx)
		reconcile := func() (ctrl.Result, error) {
			began, hangs := r.clock.Now(), make(chan struct{})
			r.reconciler.Client = interceptor.NewClient(clientOf(asOperator), interceptor.Funcs{
				Get: func(ctx context.Context, _ client.WithWatch, _ client.ObjectKey, _ client.Object, _ ...client.GetOption) error {
					close(hangs)
					<-ctx.Done()
					return ctx.Err()
				},
			})
			go func() {
				<-hangs
				r.clock.AdvanceTo(began.Add(10 * time.Second))
			}()
			return r.reconcile(ctx)
		}
		r.requests = nil
		_, err := reconcile()
		Expect(err).To(MatchError(context.DeadlineExceeded), "it is there")
		Expect(admin.Delete(ctx, r.dd.DeepCopy())).To(Succeed())
		Expect(reconcile()).To(Equal(ctrl.Result{}), "it is gone")
		Expect(r.requests).To(BeEmpty())
	})

	It("is silent when the manager stops in the middle of it", func(ctx SpecContext) {
		r.step(ctx)
		Expect(r.step(ctx)).To(Equal(v1.Transferring))
		logged = nil
		for n := range 2 { // during the observation, and between that and the POST
			stopping, stop := context.WithCancel(ctx)
			r.during = func(*http.Request) {
				if n == 0 {
					stop()
				}
			}
			r.reconciler.Live = interceptor.NewClient(clientOf(asOperator), interceptor.Funcs{
				Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
					stop()
					return c.Get(ctx, key, o, opts...)
				},
			})
			Expect(r.reconcile(stopping)).To(Equal(ctrl.Result{}))
			Expect(stopping.Err()).To(HaveOccurred())
		}
		Expect(logged).To(BeEmpty())
		Expect(r.requests).NotTo(ContainElement("POST /burn"))
	})

	for _, other := range []struct {
		what   string
		change func(context.Context) error
	}{
		{"is being deleted", func(ctx context.Context) error {
			return errors.Join(
				admin.Patch(ctx, r.dd.DeepCopy(), client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":["example.com/somebody"]}}`))),
				admin.Delete(ctx, r.dd.DeepCopy()))
		}},
		{"is deleted", func(ctx context.Context) error { return admin.Delete(ctx, r.dd.DeepCopy()) }},
		{"is deleted and created again", recreate},
		{"has another spec", func(ctx context.Context) error {
			return admin.Patch(ctx, r.dd.DeepCopy(), client.RawPatch(types.MergePatchType, []byte(`{"spec":{"image":"fw:3"}}`)))
		}},
	} {
		It("sends no burn for an object that, since the observation, "+other.what, func(ctx SpecContext) {
			r.step(ctx)
			Expect(r.step(ctx)).To(Equal(v1.Transferring))
			logged, r.requests = nil, nil
			var once bool
			var changed error
			r.during = func(*http.Request) {
				if !once {
					once, changed = true, other.change(ctx)
				}
			}
			_, err := r.reconcile(ctx)
			Expect(errors.Join(changed, err)).NotTo(HaveOccurred())
			Expect(r.requests).To(Equal([]string{"GET /health", "GET /health"}))
			Expect(logged).To(BeEmpty())
		})
	}

	It("judges a deadline only on an observation that was made after it", func(ctx SpecContext) {
		r.step(ctx)
		Expect(r.step(ctx)).To(Equal(v1.Transferring))
		deadline := r.dd.Status.LastTransitionTime.Add(r.reconciler.Timing.Transfer)
		r.clock.AdvanceTo(deadline.Add(-time.Millisecond))
		r.during = func(*http.Request) { r.clock.AdvanceTo(deadline) }
		Expect(r.step(ctx)).To(Equal(v1.Transferring))
		Expect(r.requests).To(ContainElement("POST /burn"), "the time for it was not over when the observation began")
	})

	It("is not held up longer than 2 s by an Event that hangs", func(ctx SpecContext) {
		began := r.clock.Now()
		hangs := make(chan struct{})
		withEvents(func(ctx context.Context, _ client.Client, _ *eventsv1.Event) error {
			close(hangs)
			<-ctx.Done()
			return ctx.Err()
		})
		go func() {
			<-hangs
			r.clock.AdvanceTo(began.Add(1999 * time.Millisecond))
			r.clock.AdvanceTo(began.Add(2 * time.Second))
		}()
		Expect(r.step(ctx)).To(Equal(v1.Pending))
		Expect(r.clock.Since(began)).To(Equal(2 * time.Second))
		Expect(logged).To(ConsistOf(ContainSubstring(`"msg"="transition"`), ContainSubstring("was not written")))
	})

	It("is not failed by an Event that is refused", func(ctx SpecContext) {
		withEvents(func(ctx context.Context, c client.Client, e *eventsv1.Event) error {
			e.Type = "refused"
			return c.Create(ctx, e)
		})
		Expect(r.step(ctx)).To(Equal(v1.Pending))
		Expect(logged).To(ConsistOf(ContainSubstring(`"msg"="transition"`), ContainSubstring("was not written")))
	})

	It("says nothing of an Event that is there already", func(ctx SpecContext) {
		withEvents(func(ctx context.Context, c client.Client, e *eventsv1.Event) error {
			Expect(c.Create(ctx, e.DeepCopy())).To(Succeed())
			return c.Create(ctx, e)
		})
		Expect(r.step(ctx)).To(Equal(v1.Pending))
		Expect(logged).To(HaveLen(1))
	})

	It("writes one Event a transition, at the transition's time", func(ctx SpecContext) {
		var written []*eventsv1.Event
		withEvents(func(ctx context.Context, c client.Client, e *eventsv1.Event) error {
			written = append(written, e)
			return c.Create(ctx, e)
		})
		for n, phase := range []v1.Phase{v1.Pending, v1.Transferring, v1.Rebooting, v1.Verifying, v1.Succeeded} {
			r.until(ctx, phase)
			Expect(written).To(HaveLen(n + 1))
			Expect(written[n].EventTime.Time).To(BeTemporally("==", r.dd.Status.LastTransitionTime.Time))
			Expect(written[n].Regarding.UID).To(Equal(r.dd.UID))
			Expect(written[n].Name).To(HavePrefix("press-01." + strings.Split(string(r.dd.UID), "-")[0] + ".0000000001-00"))
		}
		Expect(written[4].Name).To(HaveSuffix(".0000000001-001-5"))
	})
})
