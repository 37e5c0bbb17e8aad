package second

import (
	"cmp"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/testbed"
	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/world"
)

func TestMain(m *testing.M) { testbed.Main(m) }

func TestScenarios(t *testing.T) {
	testbed.Play(t, scenario.ForOperator(Operator(Reconciler{}), world.Hooks{}), "testdata/*.txt")
}

// story is a test's world. Its methods end the test where they can't do what they
// are for.
type story struct {
	*testing.T
	world *world.World
	told  []trace.Event
}

// begin makes a world with one controller of an operator.
func begin(t *testing.T, o world.Operator) *story {
	t.Helper()
	return beginWith(t, o, world.Options{})
}

// beginWith is begin with some options.
func beginWith(t *testing.T, o world.Operator, options world.Options) *story {
	t.Helper()
	s := newStory(t, o, options, world.Hooks{})
	s.start()
	return s
}

// newStory makes a world without a controller.
func newStory(t *testing.T, o world.Operator, options world.Options, h world.Hooks) *story {
	t.Helper()
	options.REST, options.Workers = testbed.Plane().Config(), cmp.Or(options.Workers, 4)
	if options.Settle == nil {
		options.Settle = testbed.Settle
	}
	w, err := world.New(t.Context(), options, o, h)
	if err != nil {
		t.Fatal(err)
	}
	return &story{T: t, world: w}
}

func (s *story) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatalf("%v\n%s", err, s.trace())
	}
}

func (s *story) end() {
	s.Helper()
	s.must(s.world.Close(s.Context()))
}

func (s *story) start() {
	s.Helper()
	s.must(s.world.StartController(s.Context()))
}

// create makes a site.
func (s *story) create(name string) {
	s.Helper()
	site := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{Label: ""}}}
	s.must(s.world.Create(s.Context(), site))
}

func (s *story) delete(name string) {
	s.Helper()
	site := &corev1.ConfigMap{}
	s.must(s.world.Get(s.Context(), name, site))
	s.must(s.world.Delete(s.Context(), site))
}

// run lets the world run for so long.
func (s *story) run(d time.Duration) {
	s.Helper()
	s.must(s.world.RunUntil(s.Context(), s.world.Now()+d))
}

// arm has a controller killed at a crash point; kill lets the world run until one
// was.
func (s *story) arm(side process.Side, work string, number int) process.CrashPoint {
	s.Helper()
	p := process.CrashPoint{Operation: process.Operation{Object: work, Number: number}, Side: side}
	s.must(s.world.KillAt(p))
	return p
}

func (s *story) kill(p process.CrashPoint) {
	s.Helper()
	s.must(s.world.RunUntilCrash(s.Context(), p))
}

// exists says whether an object is there.
func (s *story) exists(o client.Object, name string) bool {
	s.Helper()
	err := s.world.Client().Get(s.Context(), client.ObjectKey{Namespace: s.world.Namespace(), Name: name}, o)
	s.must(client.IgnoreNotFound(err))
	return err == nil
}

func (s *story) trace() string {
	s.told = append(s.told, s.world.Trace()...)
	return s.world.Format(s.told)
}

func TestASiteIsMadeAndRemoved(t *testing.T) {
	s := begin(t, Operator(Reconciler{}))
	defer s.end()
	s.create("web")
	s.run(time.Minute)
	if !s.exists(&corev1.Secret{}, "web-credentials") || !s.exists(&corev1.ConfigMap{}, "web-page") {
		t.Errorf("not all was made:\n%s", s.trace())
	}
	s.delete("web")
	s.run(time.Minute)
	if s.exists(&corev1.ConfigMap{}, "web") || s.exists(&corev1.Secret{}, "web-credentials") || s.exists(&corev1.ConfigMap{}, "web-page") {
		t.Errorf("something is left:\n%s", s.trace())
	}
	const want = `  0s  controller 1 started
  0s  web      created
  0s  web  #1  PATCH /api/v1/configmaps/web → 200
  0s  web  #2  POST /api/v1/secrets → 201
  0s  web  #3  PUT /api/v1/configmaps/web → 200
  0s  web  #4  POST /api/v1/configmaps → 201
  0s  web  #5  PATCH /api/v1/configmaps/web → 200
1m0s  web      deleted, but held by a finalizer
1m0s  web  #6  DELETE /api/v1/configmaps/web-page → 200
1m0s  web  #7  DELETE /api/v1/secrets/web-credentials → 200
1m0s  web  #8  PUT /api/v1/configmaps/web → 200
`
	if got := s.trace(); got != want {
		t.Errorf("the trace is\n%swant\n%s", got, want)
	}
}

// TestTheSameBytes plays a story of many sites, a kill at a create, a restart and
// deletions again and again.
func TestTheSameBytes(t *testing.T) {
	for _, schedule := range []world.Schedule{world.Parallel, world.Sequential} {
		for name, options := range map[string]func(*manager.Options){"read-your-writes off": nil, "read-your-writes on": readYourWrites} {
			t.Run(fmt.Sprintf("%s, %s", schedule, name), func(t *testing.T) {
				first := manySites(t, schedule, options)
				for n := range 29 {
					if got := manySites(t, schedule, options); got != first {
						t.Fatalf("run %d gives\n%s\nthe first\n%s", n+2, got, first)
					}
				}
			})
		}
	}
}

// manySites plays that story once, and returns its trace.
func manySites(t *testing.T, schedule world.Schedule, options func(*manager.Options)) string {
	operator := Operator(Reconciler{Mended: true})
	operator.Schedule, operator.Options = schedule, options
	s := beginWith(t, operator, world.Options{Seed: 1})
	defer s.end()
	p := s.arm(process.After, "site-3", 2)
	for n := range 5 {
		s.create(fmt.Sprintf("site-%d", n))
	}
	s.kill(p)
	s.start()
	s.run(time.Minute)
	for n := range 5 {
		s.delete(fmt.Sprintf("site-%d", n))
	}
	s.run(time.Minute)
	return s.trace()
}

func readYourWrites(o *manager.Options) {
	o.Client.Cache = &client.CacheOptions{EnableReadYourWritesConsistency: new(true)}
}

// TestThePlantedBug kills the controller at each of its requests: only between
// the two creates does a site never get its page.
func TestThePlantedBug(t *testing.T) {
	for mended, want := range map[bool]string{false: "after #2, before #3, after #3, before #4", true: ""} {
		var lost []string
		for number := 1; number <= 4; number++ {
			for _, side := range []process.Side{process.Before, process.After} {
				s := begin(t, Operator(Reconciler{Mended: mended}))
				p := s.arm(side, "web", number)
				s.create("web")
				s.kill(p)
				s.start()
				s.run(time.Hour)
				if !s.exists(&corev1.ConfigMap{}, "web-page") {
					lost = append(lost, fmt.Sprintf("%s #%d", side, number))
				}
				s.end()
			}
		}
		if got := strings.Join(lost, ", "); got != want {
			t.Errorf("mended %t: no page after a kill %q, want %q", mended, got, want)
		}
	}
}

// TestTwoControllersAreKilledAtOnce arms a crash point for each of two controllers
// before either has come to its own.
func TestTwoControllersAreKilledAtOnce(t *testing.T) {
	s := begin(t, Operator(Reconciler{Mended: true}))
	defer s.end()
	s.start()
	first, second := s.arm(process.Before, "web", 1), s.arm(process.After, "web", 3)
	s.create("web")
	s.kill(first)
	s.kill(second)
	s.start()
	s.run(time.Minute)
	if !s.exists(&corev1.ConfigMap{}, "web-page") {
		t.Errorf("there is no page:\n%s", s.trace())
	}
	var killed []string
	text := s.trace()
	for _, e := range s.told {
		if e.Kind == trace.Kill {
			killed = append(killed, fmt.Sprintf("%s %s %s#%d", e.Target, e.String(trace.Side), e.String(trace.RequestSubject), e.Int(trace.RequestNumber)))
		}
	}
	if got, want := strings.Join(killed, ", "), "controller 1 before web#1, controller 2 after web#3"; got != want {
		t.Errorf("killed were %s, not %s:\n%s", got, want, text)
	}
}

// maxGlue is how many lines may stand between an operator and the harness.
const maxGlue = 60

func TestTheGlueIsShort(t *testing.T) {
	source, err := os.ReadFile("glue.go")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(source), "\n"); n > maxGlue {
		t.Errorf("glue.go has %d lines, more than %d", n, maxGlue)
	}
}
