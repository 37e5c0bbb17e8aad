package envtest

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/go-logr/logr"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/virtualtime"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/controller"
	"example.com/edge-device-operator/operator/device"
	"example.com/edge-device-operator/operator/rollout"
)

// begin is the start of virtual time.
var begin = time.Date(2026, time.January, 1, 0, 0, 0, 123456000, time.UTC)

// timing is the reconciler's timing.
var timing = rollout.Timing{Poll: 5 * time.Second, Transfer: 10 * time.Minute, Reboot: 5 * time.Minute, Verify: 2 * time.Minute, Stall: 2 * time.Minute}

// stepped is one rollout to a simulated device. The test triggers each reconcile, so
// that it can try kubectl between any two.
type stepped struct {
	clock      *virtualtime.Clock
	reconciler *controller.Reconciler
	dd         *v1.DeviceDeployment

	log      logr.Logger
	requests []string            // that the device got
	during   func(*http.Request) // called with each of them, before the device acts
}

// newRollout creates dd, and a device that takes 20 s for a transfer and 10 s for a
// reboot. breaks lists the transfers that break, as in a scenario.
func newRollout(ctx SpecContext, admin client.Client, dd *v1.DeviceDeployment, breaks string) *stepped {
	GinkgoHelper()
	clk := virtualtime.NewClock(begin)
	plan := devicesim.Plan{
		Transfer: devicesim.Range{Min: 20 * time.Second, Max: 20 * time.Second},
		Reboot:   devicesim.Range{Min: 10 * time.Second, Max: 10 * time.Second},
	}
	if breaks != "" {
		var err error
		plan.Faults, err = devicesim.ParseBreaks(breaks)
		Expect(err).NotTo(HaveOccurred())
	}
	d := devicesim.New(devicesim.Config{Name: dd.Name, Running: "fw:1", Plan: plan}, clk)
	r := &stepped{clock: clk, dd: dd, log: logr.Discard(), during: func(*http.Request) {}}
	server := httptest.NewServer(http.StripPrefix("/"+dd.Name, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.requests = append(r.requests, req.Method+" "+req.URL.Path)
		r.during(req)
		d.ServeHTTP(w, req)
	})))
	DeferCleanup(server.Close)
	Expect(admin.Create(ctx, dd)).To(Succeed())
	operator := clientOf(asOperator)
	r.reconciler = &controller.Reconciler{
		Client: operator, Live: operator, Clock: clk, Instance: "spec", Timing: timing,
		Devices: &device.Client{
			Transport: device.NewTransport(new(net.Dialer).DialContext), Clock: clk, Timeout: time.Second,
			URL: server.URL + "/{device}", UserAgent: "spec",
		},
	}
	return r
}

// reconcile reconciles once.
func (r *stepped) reconcile(ctx context.Context) (ctrl.Result, error) {
	return r.reconciler.Reconcile(log.IntoContext(ctx, r.log), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(r.dd)})
}

// step reconciles once, after the pause that the last reconcile asked for.
func (r *stepped) step(ctx SpecContext) v1.Phase {
	GinkgoHelper()
	key := client.ObjectKeyFromObject(r.dd)
	result, err := r.reconcile(ctx)
	Expect(err).NotTo(HaveOccurred())
	r.clock.AdvanceTo(r.clock.Now().Add(result.RequeueAfter))
	r.dd = &v1.DeviceDeployment{}
	Expect(r.reconciler.Live.Get(ctx, key, r.dd)).To(Succeed())
	return r.dd.Status.Phase
}

// until reconciles until a phase of the present generation.
func (r *stepped) until(ctx SpecContext, phase v1.Phase) {
	GinkgoHelper()
	for range 200 {
		if r.step(ctx) == phase && r.dd.Status.ObservedGeneration == r.dd.Generation {
			return
		}
	}
	Fail("it never came to be " + string(phase))
}
