package second

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/invariant"
	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/world"
)

// TestWithoutAGoalAWorldIsWaitedForUntilItRests is about an operator that looks
// again for ever, or fails for ever.
func TestWithoutAGoalAWorldIsWaitedForUntilItRests(t *testing.T) {
	for what, fails := range map[string]error{
		"the last reconcile was one of web":                       nil,
		`the last reconcile, of web, failed: no such size: "two"`: errors.New(`no such size: "two"`),
	} {
		s := begin(t, shape(func(mgr manager.Manager) error {
			return ctrl.NewControllerManagedBy(mgr).For(&corev1.ConfigMap{}).
				Complete(reconcile.Func(func(context.Context, reconcile.Request) (reconcile.Result, error) {
					return reconcile.Result{RequeueAfter: time.Minute}, fails
				}))
		}))
		s.create("web")
		var unended *world.UnendedError
		if err := s.world.RunUntilEnded(t.Context()); !errors.As(err, &unended) || unended.Error() != "it goes on for longer than 24h0m0s; name a time with run until= or for=; "+what {
			t.Errorf("it ends with %v", err)
		}
		s.run(time.Minute)
		s.end()
	}
}

// sealed is the goal that every site has the label sealed, which nobody gives it; a
// Checker that counts when it is asked; and a Describer.
type sealed struct {
	world  *world.World
	checks int
	seen   []string
}

func (*sealed) Promise() string            { return "every site is sealed in the end" }
func (*sealed) Expected() string           { return "sealed" }
func (*sealed) State(client.Object) string { return "not sealed" }
func (*sealed) Patience(obstructed bool) world.Patience {
	return world.Patience{For: time.Hour, Why: "an hour"}
}

func (s *sealed) Unended() (all []client.Object, err error) {
	present, err := s.world.Present()
	for _, o := range present {
		if _, is := o.GetLabels()[Label]; is && o.GetLabels()["sealed"] == "" {
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
	goal := &sealed{}
	s := newStory(t, Operator(Reconciler{}), world.Options{}, world.Hooks{Goal: goal, Checker: goal, Describer: goal, Narrator: func(e trace.Event) string {
		if e.Bool("described") {
			return "asks for something"
		}
		return trace.Text(e)
	}})
	defer s.end()
	goal.world = s.world
	s.start()
	s.create("web")
	err := s.world.RunUntilEnded(t.Context())
	var violation *world.ViolationError
	want := invariant.Violation{Promise: goal.Promise(), Object: "web", Breach: invariant.Breach{At: s.world.Clock().Now(), Expected: "sealed", Found: "not sealed, and nothing more happens"}}
	if !errors.As(err, &violation) || violation.Violation != want {
		t.Errorf("%v", err)
	}
	if goal.checks == 0 || !slices.Equal(goal.seen, []string{"web", "web", "web", "web", "web"}) {
		t.Errorf("%d checks, requests of %v", goal.checks, goal.seen)
	}
	if got := s.trace(); !strings.Contains(got, "0s  web  #5  asks for something\n") {
		t.Errorf("the trace is\n%s", got)
	}
	s.must(s.world.KillController(0))
	var unended *world.UnendedError
	if err := s.world.RunUntilEnded(t.Context()); !errors.As(err, &unended) || !strings.Contains(unended.Why, "web does not end: not sealed, and nothing more happens, since no controller is running") {
		t.Errorf("without a controller: %v", err)
	}
}

// TestHistories has the world keep each version of each object, of those that were
// deleted and made again, too.
func TestHistories(t *testing.T) {
	s := begin(t, Operator(Reconciler{}))
	defer s.end()
	for range 2 {
		s.create("web")
		s.run(time.Minute)
		s.delete("web")
		s.run(time.Minute)
	}
	histories, err := s.world.Histories()
	s.must(err)
	var got []string
	for _, h := range histories {
		line := h.Versions[0].Object.GetName()
		for _, v := range h.Versions {
			line += " " + v.At.Sub(world.Start).String()
		}
		got = append(got, line+", deleted "+h.Deleted.Sub(world.Start).String())
	}
	want := []string{
		"web 0s 0s 0s 0s 1m0s, deleted 1m0s", "web-page 0s, deleted 1m0s",
		"web 2m0s 2m0s 2m0s 2m0s 3m0s, deleted 3m0s", "web-page 2m0s, deleted 3m0s",
		"web-credentials 0s, deleted 1m0s", "web-credentials 2m0s, deleted 3m0s",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the histories are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
