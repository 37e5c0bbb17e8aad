package scenarios

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/benbjohnson/clock"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"go.uber.org/goleak"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/world"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/controller"
	"example.com/edge-device-operator/operator/device"
	"example.com/edge-device-operator/scenarios/edge"
	"example.com/edge-device-operator/scenarios/edge/invariant"
)

// callsPerReconcile is the maximum number of requests to a device in a reconcile: the
// four readings of an observation, and a POST.
const callsPerReconcile = 5

// fieldValues are values for all fields that a fault can need. The delay is just short
// of the client's timeout.
var fieldValues = map[string]string{
	"at": "50%", "for": "4900ms", "pace": "1s", "age": "1m", "by": "-1h", "from": "4s",
	"code": "503", "to": "http://elsewhere.example/", "type": "text/html",
	"image": "fw:9", "device": "press-99", "field": "healthy", "value": "false",
}

// faultOf returns a fault of a shape that always happens.
func faultOf(s devicesim.Shape) devicesim.Fault {
	GinkgoHelper()
	values := map[string]string{"of": s.Of, "do": s.Do}
	for _, name := range s.Needs {
		Expect(fieldValues).To(HaveKey(name))
		values[name] = fieldValues[name]
	}
	f, err := devicesim.ParseFault(values)
	Expect(err).NotTo(HaveOccurred())
	return f
}

// openWorld creates a world with a controller of so many workers, in which each phase
// has a deadline of a minute.
func openWorld(ctx context.Context, general world.Options) *edge.World {
	GinkgoHelper()
	o := edge.Options{Options: general, Timing: edge.DefaultTiming}
	o.REST, o.Seed = session.plane.Config(), 1
	o.Timing.Transfer, o.Timing.Reboot, o.Timing.Verify = time.Minute, time.Minute, time.Minute
	o.Settle = func(ctx context.Context) (context.Context, context.CancelFunc) {
		return context.WithTimeout(ctx, world.SettleLimit)
	}
	w, err := edge.New(ctx, o)
	Expect(err).NotTo(HaveOccurred())
	Expect(w.StartController(ctx)).To(Succeed())
	return w
}

// addDevice adds a device to a world, with faults from its start, and deploys to it.
func addDevice(ctx context.Context, w *edge.World, name string, faults ...devicesim.Fault) {
	GinkgoHelper()
	seconds := func(n time.Duration) devicesim.Range {
		return devicesim.Range{Min: n * time.Second, Max: n * time.Second}
	}
	Expect(w.AddDevice(name, "fw:1", devicesim.Plan{Transfer: seconds(5), Reboot: seconds(5), Faults: faults})).To(Succeed())
	backoff := int32(10)
	Expect(w.Deploy(ctx, v1.DeviceDeploymentSpec{
		Image: "fw:2", DeviceRef: name, RetryPolicy: v1.RetryPolicy{MaxAttempts: 1, BackoffSeconds: &backoff},
	})).To(Succeed())
}

// stopwatch measures the duration of each object's reconciles, in virtual time.
type stopwatch struct {
	mu      sync.Mutex
	count   map[string]int
	longest map[string]time.Duration
}

func newStopwatch() *stopwatch {
	return &stopwatch{count: map[string]int{}, longest: map[string]time.Duration{}}
}

func (s *stopwatch) around(r *controller.Reconciler) reconcile.Reconciler {
	return reconcile.Func(func(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
		began := r.Clock.Now()
		defer func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.count[req.Name]++
			s.longest[req.Name] = max(s.longest[req.Name], r.Clock.Now().Sub(began))
		}()
		return r.Reconcile(ctx, req)
	})
}

// deviceConnections returns the goroutines that serve or use a connection to a device
// of any world.
func deviceConnections() []string {
	stacks := make([]byte, 16<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	var serving []string
	for g := range strings.SplitSeq(string(stacks), "\n\n") {
		if strings.Contains(g, "bufconn.(*pipe)") || strings.Contains(g, "devicesim.") {
			serving = append(serving, g)
		}
	}
	return serving
}

var _ = Describe("Devices that are hostile without a pause, each in its way", Label(long), func() {
	It("hold no reconcile longer than its calls may take, cause no more looks than polls, and leave nothing behind", func(ctx SpecContext) {
		shapes := devicesim.Shapes()
		live := func(check func(*edge.World, *stopwatch)) {
			s := newStopwatch()
			w := openWorld(ctx, world.Options{Workers: 2 * len(shapes), Reconciler: edge.Around(s.around)})
			defer func() { Expect(w.Close(ctx)).To(Succeed()) }()
			check(w, s)
		}
		// The connections to the API server stay open: each controller opens them once.
		live(func(w *edge.World, _ *stopwatch) {
			addDevice(ctx, w, "press-01")
			Expect(w.RunUntilEnded(ctx)).To(Succeed())
		})
		before := goleak.IgnoreCurrent()

		began := time.Now()
		live(func(w *edge.World, s *stopwatch) {
			var names []string
			for _, shape := range shapes {
				name := shape.Of + "-" + shape.Do
				addDevice(ctx, w, name, faultOf(shape))
				names = append(names, name)
			}
			Expect(w.RunUntilEnded(ctx)).To(Succeed(), "every one ends, as Succeeded or as Failed")
			Eventually(deviceConnections).WithTimeout(5*time.Second).Should(BeEmpty(), "in a world that lives on")

			looks := map[string]int{}
			for _, e := range w.Trace() {
				if isHealth(e) {
					looks[e.Subject]++
				}
			}
			reconciles, worst := 0, time.Duration(0)
			for _, name := range names {
				Expect(s.longest[name]).To(BeNumerically("<=", callsPerReconcile*edge.CallTimeout), name)
				// Three phases of a minute each, and an observation for each
				// transition.
				polls := int(w.Now()/edge.DefaultTiming.Poll) + 5
				Expect(s.count[name]).To(BeNumerically("<=", polls+3), name)
				Expect(looks[name]).To(And(BeNumerically(">", 0), BeNumerically("<=", 4*polls)), name)
				reconciles += s.count[name]
				worst = max(worst, s.longest[name])
			}
			AddReportEntry("hostile devices", fmt.Sprintf("%d shapes of faults, %d reconciles, the longest %v of virtual time; %v of virtual time in %.2fs of wall time",
				len(shapes), reconciles, worst, w.Now(), time.Since(began).Seconds()))
		})
		Eventually(func() error { return goleak.Find(before) }).WithTimeout(5 * time.Second).Should(Succeed())
	})

	// Over a real connection, since a world reads an answer before the client does, and
	// no further than it needs.
	It("cost the client less than 1 MiB, and half a second, for each answer without end", func(ctx SpecContext) {
		before := goleak.IgnoreCurrent()
		endless := devicesim.New(devicesim.Config{Name: "press-01", Running: "fw:1", Plan: devicesim.Plan{
			Faults: []devicesim.Fault{faultOf(shapeOf("any", "endless"))},
		}}, clock.New())
		server := httptest.NewServer(endless)
		defer server.Close()
		client := device.Client{
			Transport: device.NewTransport(new(net.Dialer).DialContext), Clock: clock.New(), Timeout: time.Second,
			URL: server.URL, UserAgent: "hostile",
		}
		var most uint64
		began := time.Now()
		const looks = 50
		for range looks {
			// Everything that is allocated, even if it is freed at once, including the
			// device's own memory.
			var start, end runtime.MemStats
			runtime.ReadMemStats(&start)
			client.Observe(ctx, device.Name{Device: "press-01"})
			runtime.ReadMemStats(&end)
			most = max(most, end.TotalAlloc-start.TotalAlloc)
			Expect(most).To(BeNumerically("<", 1<<20))
		}
		wall := time.Since(began) / looks
		server.Close()

		Expect(endless.Truth().Requests["health"]).To(Equal(looks), "one request for each look")
		AddReportEntry("an answer without end", fmt.Sprintf("%d KiB at most, %.1f ms on average", most>>10, wall.Seconds()*1000))
		Expect(wall).To(BeNumerically("<", time.Second/2))
		Eventually(func() error { return goleak.Find(before) }).WithTimeout(5 * time.Second).Should(Succeed())
	})

	// The faults that hold a worker longest or keep it busiest.
	for _, do := range []string{"hang", "drip", "endless"} {
		It("delay none of 99 others by a moment: one that does "+do, func(ctx SpecContext) {
			Expect(othersOf(ctx, do)).To(Equal(honestOthers(ctx)))
		})
	}
})

// isHealth says whether an event is a GET /health, isPost whether it is a POST to a
// device.
func isHealth(e trace.Event) bool { return e.Kind == trace.Request && e.Verb == http.MethodGet }

func isPost(e trace.Event) bool { return e.Kind == trace.Request && e.Verb == http.MethodPost }

// shapeOf returns a shape.
func shapeOf(of, do string) devicesim.Shape {
	GinkgoHelper()
	for _, s := range devicesim.Shapes() {
		if s.Of == of && s.Do == do {
			return s
		}
	}
	Fail(fmt.Sprintf("no fault of %s does %s", of, do))
	return devicesim.Shape{}
}

// honestOthers are the traces of 99 devices next to an honest one.
var honestOthers = func() func(context.Context) string {
	var once sync.Once
	var traces string
	return func(ctx context.Context) string {
		once.Do(func() { traces = othersOf(ctx, "") })
		return traces
	}
}()

// othersOf returns the traces of 99 devices next to one whose readings are wrong in
// some way, or that is honest.
func othersOf(ctx context.Context, do string) string {
	GinkgoHelper()
	const hostile = "press-50"
	w := openWorld(ctx, world.Options{Workers: 64})
	defer func() { Expect(w.Close(ctx)).To(Succeed()) }()
	for n := range 100 {
		var faults []devicesim.Fault
		name := fmt.Sprintf("press-%02d", n)
		if name == hostile && do != "" {
			faults = append(faults, faultOf(shapeOf("health", do)))
		}
		addDevice(ctx, w, name, faults...)
	}
	Expect(w.RunUntilEnded(ctx)).To(Succeed())
	var others []trace.Event
	for _, e := range w.Trace() {
		if e.Subject != hostile {
			others = append(others, e)
		}
	}
	return w.Format(others)
}

// liar is a device that always reports that it runs the image.
const liar = `# A liar.
device press-01 transfer=30s reboot=15s
fault press-01 of=health do=wrong field=running value=fw:2 BEYOND
deploy press-01 image=fw:2
run
----
`

var _ = Describe("A device that always says that it runs the image", func() {
	It("is not believed within the bound", func(ctx SpecContext) {
		res, err := play(ctx, strings.Replace(liar, " BEYOND", "", 1), world.Options{})
		Expect(err).NotTo(HaveOccurred())
		burned := slices.ContainsFunc(res.Events, func(e trace.Event) bool {
			return isPost(e) && e.String(trace.Path) == "/burn" && e.String("image") == "fw:2" && e.Result.Status == http.StatusAccepted
		})
		succeeded := slices.ContainsFunc(res.Events, func(e trace.Event) bool {
			return e.Kind == trace.Write && e.String("from") == "Verifying" && e.String("phase") == "Succeeded" && e.Int("attempt") == 1
		})
		Expect([]bool{burned, succeeded}).To(Equal([]bool{true, true}), res.Trace)
	})

	It("makes Succeeded a lie beyond it, and nothing else", func(ctx SpecContext) {
		res, err := play(ctx, strings.Replace(liar, "BEYOND", "beyondBound=true", 1), world.Options{})
		var violation *world.ViolationError
		Expect(errors.As(err, &violation)).To(BeTrue(), "no violation, but: %v", err)
		Expect(scenario.IsViolation(err)).To(BeTrue())
		Expect(violation.Promise).To(Equal(invariant.SucceededRuns{}.Promise()))
		Expect(violation.Expected).To(Equal("the device runs fw:2, healthy, at the observation before Succeeded"))
		Expect(violation.Found).To(Equal("the device runs fw:1"))
		Expect(slices.ContainsFunc(res.Events, isHealth)).To(BeTrue(), res.Trace)
		Expect(slices.ContainsFunc(res.Events, isPost)).To(BeFalse(), res.Trace)
	})
})
