package world

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"example.com/edge-device-operator/harness/controlplane"
	"example.com/edge-device-operator/harness/invariant"
	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/trace"
)

var plane = sync.OnceValues(func() (*controlplane.ControlPlane, error) {
	assets, err := controlplane.Binaries(context.Background(), os.Stderr)
	if err != nil {
		return nil, err
	}
	return controlplane.Start(context.Background(), controlplane.Options{Assets: assets})
})

func TestMain(m *testing.M) {
	log.SetLogger(logr.Discard())
	code := m.Run()
	if p, err := plane(); err == nil {
		if err := p.Stop(); err != nil && code == 0 {
			code = 1
		}
	}
	os.Exit(code)
}

// open makes a world with the issuer and its vault.
func open(t *testing.T, h Hooks) (*World, *vault) {
	t.Helper()
	if err := controlplane.RequireTime(t.Deadline()); err != nil {
		t.Fatal(err)
	}
	p, err := plane()
	if err != nil {
		t.Fatal(err)
	}
	w, err := New(t.Context(), Options{
		REST: p.Config(), ControlPlane: p, Workers: 2,
		Settle: func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 30*time.Second)
		},
	}, theIssuer(), h)
	if err != nil {
		t.Fatal(err)
	}
	v := &vault{world: w}
	w.AddSystem(v)
	t.Cleanup(func() {
		if err := w.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return w, v
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func wantStory(t *testing.T, w *World, want string) {
	t.Helper()
	if got := story(w); got != strings.TrimSpace(want) {
		t.Errorf("it went so:\n%s\nand not so:\n%s", got, strings.TrimSpace(want))
	}
}

// TestAnOperatorOfOtherKinds plays one over built-in kinds, with nothing added that
// knows it: what it does is told in the words of HTTP, and the world comes to rest.
func TestAnOperatorOfOtherKinds(t *testing.T) {
	w, v := open(t, Hooks{})
	ctx := t.Context()
	point := process.CrashPoint{Operation: process.Operation{Object: "b", Number: 2}, Side: process.After}
	must(t, w.StartController(ctx), w.Create(ctx, configMap("a", nil)), w.RunUntilEnded(ctx))
	wantStory(t, w, `
0s controller 1 started
0s a created
0s a #1 POST vault/word → 200
0s a #2 POST /api/v1/secrets → 201
0s vault gives word=1
`)

	must(t, w.KillAt(point), w.Create(ctx, configMap("b", nil)), w.RunUntilCrash(ctx, point),
		w.StartController(ctx), w.RunUntilEnded(ctx))
	wantStory(t, w, `
0s controller 2 started
0s b created
0s b #1 POST vault/word → 200
0s b #2 POST /api/v1/secrets → 201
0s vault gives word=2
0s controller 1 killed after request #2 of b
`)

	apply := client.RawPatch(types.ApplyPatchType, []byte(`{"apiVersion":"v1","kind":"ConfigMap","data":{"x":"y"}}`))
	var a corev1.ConfigMap
	must(t, w.Patch(ctx, configMap("a", nil), apply, nil, client.FieldOwner("somebody")),
		w.Get(ctx, "a", &a), w.Delete(ctx, &a), w.RunUntilEnded(ctx))
	wantStory(t, w, `
0s a applied
0s a deleted
`)
	if v.given != 2 {
		t.Errorf("the vault has given %d words, not one for each ConfigMap", v.given)
	}
	histories, err := w.Histories()
	must(t, err)
	var names []string
	for _, h := range histories {
		names = append(names, h.Versions[0].Object.GetName())
	}
	if got := strings.Join(names, " "); got != "a b a b" || len(histories[0].Versions) != 2 || histories[0].Deleted.IsZero() || !histories[2].Deleted.IsZero() {
		t.Errorf("histories of %s: %+v", got, histories)
	}
}

// TestWithoutAGoalAWorldIsWaitedForUntilItRests is about an operator that looks
// again for ever.
func TestWithoutAGoalAWorldIsWaitedForUntilItRests(t *testing.T) {
	w, _ := open(t, Hooks{})
	ctx := t.Context()
	must(t, w.StartController(ctx), w.Create(ctx, configMap("a", map[string]string{"poll": "yes"})))
	var unended *UnendedError
	if err := w.RunUntilEnded(ctx); !errors.As(err, &unended) || unended.Why != "it goes on for longer than 24h0m0s; name a time with run until= or for=" {
		t.Errorf("it ends with %v", err)
	}
	must(t, w.RunUntil(ctx, w.Now()+time.Minute))
}

// sealed is the goal that every ConfigMap has the label sealed, which nobody gives
// it; and a Checker that says when it is asked.
type sealed struct {
	world  *World
	checks int
	seen   []string
}

func (*sealed) Promise() string                   { return "every ConfigMap is sealed in the end" }
func (*sealed) Expected() string                  { return "sealed" }
func (*sealed) State(client.Object) string        { return "not sealed" }
func (*sealed) Patience(obstructed bool) Patience { return Patience{For: time.Hour, Why: "an hour"} }

func (s *sealed) Unended() (all []client.Object, err error) {
	present, err := s.world.Present()
	for _, o := range present {
		if _, is := o.(*corev1.ConfigMap); is && o.GetLabels()["sealed"] == "" {
			all = append(all, o)
		}
	}
	return all, err
}

func (s *sealed) Describe(x process.Exchange, e *trace.Event) {
	e.Add(trace.Bool("described", true))
}
func (s *sealed) Exchanged(x process.Exchange) { s.seen = append(s.seen, x.Object) }
func (s *sealed) Check() error {
	s.checks++
	return nil
}

// TestAGoalThatIsNotReachedIsABrokenPromise also shows what hooks are asked.
func TestAGoalThatIsNotReachedIsABrokenPromise(t *testing.T) {
	s := &sealed{}
	w, _ := open(t, Hooks{Goal: s, Checker: s, Describer: s, Narrator: func(e trace.Event) string {
		if e.Bool("described") {
			return "asks for something"
		}
		return trace.Text(e)
	}})
	s.world = w
	ctx := t.Context()
	must(t, w.StartController(ctx), w.Create(ctx, configMap("a", nil)))
	err := w.RunUntilEnded(ctx)
	var violation *ViolationError
	want := invariant.Violation{Promise: s.Promise(), Object: "a", Breach: invariant.Breach{At: w.Clock().Now(), Expected: "sealed", Found: "not sealed, and nothing more happens"}}
	if !errors.As(err, &violation) || violation.Violation != want {
		t.Errorf("%v", err)
	}
	if s.checks == 0 || strings.Join(s.seen, " ") != "a a" {
		t.Errorf("%d checks, requests of %v", s.checks, s.seen)
	}
	wantStory(t, w, `
0s controller 1 started
0s a created
0s a #1 asks for something
0s a #2 asks for something
0s vault gives word=1
`)

	must(t, w.KillController(0))
	var unended *UnendedError
	if err := w.RunUntilEnded(ctx); !errors.As(err, &unended) || !strings.Contains(unended.Why, "a does not end: not sealed, and nothing more happens, since no controller is running") {
		t.Errorf("without a controller: %v", err)
	}
}
