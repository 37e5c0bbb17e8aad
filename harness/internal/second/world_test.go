package second

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"example.com/edge-device-operator/harness/instance"
	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/virtualtime"
)

// begin is when virtual time begins.
var begin = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

var mapper = func() meta.RESTMapper {
	m := meta.NewDefaultRESTMapper(nil)
	// As discovery has it, which caches of one namespace go by: lists are kinds, too.
	for _, kind := range []string{"ConfigMap", "ConfigMapList", "Secret", "SecretList"} {
		m.Add(corev1.SchemeGroupVersion.WithKind(kind), meta.RESTScopeNamespace)
	}
	m.Add(corev1.SchemeGroupVersion.WithKind("Namespace"), meta.RESTScopeRoot)
	return m
}()

var worlds atomic.Int64

// world is just enough of one to play the operator in.
type world struct {
	t          *testing.T
	namespace  string
	cfg        instance.Config
	freshness  *instance.Freshness
	operations *instance.Operations
	trace      trace.Trace
	people     client.Client
	lives      map[int]*instance.Instance
	starts     int
}

// newWorld makes a world without a controller. An operator is what Config says
// of one.
func newWorld(t *testing.T, operator instance.Config) *world {
	clk, activity := virtualtime.NewClock(begin), virtualtime.NewActivity()
	w := &world{
		t: t, namespace: fmt.Sprintf("second-%d", worlds.Add(1)), cfg: operator,
		freshness: instance.NewFreshness(activity), operations: instance.NewOperations(), lives: map[int]*instance.Instance{},
	}
	o := &w.cfg
	o.REST, o.Scheme, o.Mapper, o.Namespace, o.Log = plane.Config(), scheme.Scheme, mapper, w.namespace, logr.Discard()
	o.Clock, o.Activity, o.Freshness, o.Operations = clk, activity, w.freshness, w.operations
	o.Disturbances, o.Gate, o.Observe = instance.NewDisturbances(clk), instance.NewGate(0), w.observe
	people := plane.Config()
	people.Wrap(func(base http.RoundTripper) http.RoundTripper { return w.freshness.Noting(base, mapper) })
	var err error
	if w.people, err = client.New(people, client.Options{Scheme: scheme.Scheme, Mapper: mapper}); err != nil {
		t.Fatal(err)
	}
	w.must(w.people.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.namespace}}))
	t.Cleanup(func() {
		for n := range w.lives {
			w.kill(n)
		}
	})
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) start() (n int) {
	if len(w.lives) > 0 {
		w.cfg.Gate.Close()
	}
	w.starts++
	w.say("controller %d started", w.starts)
	cfg := w.cfg
	cfg.Life = w.starts
	i, err := instance.Start(cfg)
	w.must(err)
	w.lives[w.starts] = i
	w.quiet()
	return w.starts
}

func (w *world) kill(n int) {
	w.lives[n].Kill()
	delete(w.lives, n)
	if len(w.lives) < 2 {
		w.cfg.Gate.Open()
	}
}

// killAt lets the world run until a controller has been killed at a crash point.
func (w *world) killAt(side instance.Side, work string, number int) {
	w.t.Helper()
	p := instance.CrashPoint{Operation: instance.Operation{Object: work, Number: number}, Side: side}
	w.must(w.operations.KillAt(p))
	for w.settle(); w.operations.Hit() == 0; w.settle() {
		next, due := w.cfg.Clock.Next()
		if !due {
			w.t.Fatalf("%s was never reached:\n%s", p, w.told())
		}
		w.cfg.Clock.Step(next)
	}
	n := w.operations.Hit()
	w.operations.Disarm()
	w.say("controller %d killed %s #%d of %s", n, side, number, work)
	w.kill(n)
}

// run lets the world run for so long.
func (w *world) run(d time.Duration) {
	w.t.Helper()
	until := w.cfg.Clock.Now().Add(d)
	for w.settle(); ; w.settle() {
		next, due := w.cfg.Clock.Next()
		if !due || next.After(until) {
			w.cfg.Clock.AdvanceTo(until)
			return
		}
		w.cfg.Clock.Step(next)
	}
}

func (w *world) settle() {
	w.t.Helper()
	for steps := 0; ; steps++ {
		w.quiet()
		if w.cfg.Gate.Next() == 0 && w.cfg.Disturbances.Deliver() == 0 {
			return
		}
		if steps > 1000 {
			w.t.Fatalf("the world spins:\n%s", w.told())
		}
	}
}

func (w *world) quiet() {
	w.t.Helper()
	limited, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	if err := w.cfg.Activity.Settle(limited); err != nil {
		w.t.Fatalf("%v\n%s", err, w.told())
	}
}

// patience is how long, by the wall clock, a world may take to settle.
const patience = 20 * time.Second

func (w *world) say(format string, args ...any) {
	w.trace.Add(trace.Line{At: w.cfg.Clock.Since(begin), Early: true, Text: fmt.Sprintf(format, args...)})
}

func (w *world) observe(x instance.Exchange) {
	what := strings.ReplaceAll(x.Request.URL.Path, w.namespace, "W")
	if x.Request.URL.Host != "" && x.Request.URL.Scheme == "http" {
		what = x.Request.URL.Host + what
	}
	outcome := fmt.Sprint(x.Status)
	if x.Err != nil {
		outcome = "no answer"
	}
	w.trace.Add(trace.Line{At: w.cfg.Clock.Since(begin), Object: x.Object, First: x.Number, Last: x.Number,
		Text: fmt.Sprintf("(%d) %s %s → %s", x.Life, x.Request.Method, what, outcome)})
}

// told is the trace so far.
func (w *world) told() string { return trace.Format(w.trace.Take()) }

// site is a ConfigMap that is one.
func (w *world) site(name string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name, Labels: map[string]string{Label: ""}}}
}

// exists says whether an object is there.
func (w *world) exists(o client.Object, name string) bool {
	w.t.Helper()
	err := w.people.Get(w.t.Context(), client.ObjectKey{Namespace: w.namespace, Name: name}, o)
	w.must(client.IgnoreNotFound(err))
	return err == nil
}

// asShipped is the operator with controller-runtime's defaults.
func asShipped(r *Reconciler) instance.Config {
	return instance.Config{Workers: 4, Setup: func(mgr manager.Manager, _ instance.Env) error {
		r.Client = mgr.GetClient()
		return r.SetupWithManager(mgr)
	}}
}
