package explore_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/edge-device-operator/harness/explore"
	"example.com/edge-device-operator/harness/invariant"
	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/testbed"
	"example.com/edge-device-operator/harness/world"
)

// mostLines is how many lines a shrunk file may have.
const mostLines = 12

// TestWhatIsFoundIsShrunk has toys with a bug: all violations of one have one cause, and
// come to a file with the weakest fault that shows it.
func TestWhatIsFoundIsShrunk(t *testing.T) {
	for b, want := range map[bug]struct{ object, shape, fault, noReturn string }{
		forgets: {
			"web-2", "stopped: create ConfigMap NAME-2", "stop controller at=web#5 restart=0s",
			"From the stop at web#5 create ConfigMap web-2 on, it recovers neither undisturbed nor restarted.",
		},
		impatient: {
			"web-3", "lost: create ConfigMap NAME-2", "request web#5 answer=lost",
			"Until web#5 create ConfigMap web-2 it recovers if it is restarted; from web#6 create ConfigMap web-3 on, neither undisturbed nor restarted.",
		},
		yields: {
			"web", "refused: update ConfigMap NAME", "request web#6 refused=409",
			"Until web#6 update ConfigMap web it recovers if it is restarted; from web#7 update ConfigMap web on, neither undisturbed nor restarted.",
		},
		guesses: {
			"web-1", "refused: get ConfigMap policy", "request web#2 refused=500",
			"Until web#2 get ConfigMap policy it recovers if it is restarted; from web#3 create ConfigMap web-1 on, neither undisturbed nor restarted.",
		},
	} {
		t.Run("it "+string(b), func(t *testing.T) {
			r := exploreToy(t, b, explore.Options{})
			if len(r.Groups) != 1 || len(r.Groups[0].Of) != len(r.Violations) {
				t.Fatalf("not one cause of all:\n%s", text(t, r))
			}
			g := r.Groups[0]
			if g.Kind != "ConfigMap" || r.Violations[g.Example].Object != want.object || g.Shape != want.shape || len(g.Shrunk.Faults) != 1 || g.Shrunk.Faults[0].Command != want.fault || g.Shrunk.NoReturn.String() != want.noReturn {
				t.Errorf("want %q by %q, and %q:\n%s", want.shape, want.fault, want.noReturn, text(t, r))
			}
			breaksAgain(t, language(b), r, g)
		})
	}
}

// breaksAgain plays a group's file ten times, and the one without its faults.
func breaksAgain(t *testing.T, l *scenario.Language, r explore.Report, g explore.Group) {
	t.Helper()
	if n := strings.Count(g.Shrunk.File, "\n"); n > mostLines {
		t.Errorf("it has %d lines:\n%s", n, g.Shrunk.File)
	}
	v := r.Violations[g.Example]
	for range 10 {
		err := replay(t, l, g.Shrunk.File)
		if !scenario.IsViolation(err) || !strings.Contains(err.Error(), v.Promise) || !strings.Contains(err.Error(), g.Shrunk.Expected) {
			t.Fatalf("it breaks %q, but when it is played again: %v\n%s", v.Promise, err, g.Shrunk.File)
		}
	}
	if err := replay(t, l, g.Shrunk.Passes); err != nil {
		t.Errorf("without its fault: %v\n%s", err, g.Shrunk.Passes)
	}
}

// replay plays a file as edgesim replay does.
func replay(t *testing.T, l *scenario.Language, text string) error {
	t.Helper()
	f, err := l.Parse("found.txt", text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var o scenario.Options
	o.World.REST, o.World.Settle = testbed.Plane().Config(), testbed.Settle
	res, err := f.Run(t.Context(), o)
	if err == nil {
		err = f.Compare(res)
	}
	return err
}

func text(t *testing.T, r explore.Report) string {
	t.Helper()
	var b strings.Builder
	if err := r.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestTwoCauses has a toy with two bugs.
func TestTwoCauses(t *testing.T) {
	r := exploreToy(t, forgets+" and "+guesses, explore.Options{})
	var shapes []string
	of := 0
	for _, g := range r.Groups {
		shapes = append(shapes, g.Shape)
		of += len(g.Of)
		breaksAgain(t, language(forgets+" and "+guesses), r, g)
	}
	if want := []string{"stopped: create ConfigMap NAME-2", "refused: get ConfigMap policy"}; !slices.Equal(shapes, want) || of != len(r.Violations) {
		t.Errorf("the causes are %q, not %q, and %d of %d violations are of one", shapes, want, of, len(r.Violations))
	}
	if s := text(t, r); !strings.Contains(s, "violations, 2 causes") {
		t.Error(s)
	}
}

// TestShrinkingHasABound gives up in the middle, with a file that breaks it all the same.
func TestShrinkingHasABound(t *testing.T) {
	r := exploreToy(t, impatient, explore.Options{ShrinkRuns: 3})
	if len(r.Groups) != 1 || !r.Groups[0].Shrunk.Spent {
		t.Fatal(text(t, r))
	}
	if err := replay(t, language(impatient), r.Groups[0].Shrunk.File); !scenario.IsViolation(err) {
		t.Errorf("%v\n%s", err, r.Groups[0].Shrunk.File)
	}
	if r := exploreToy(t, impatient, explore.Options{NoShrink: true}); len(r.Groups) != 1 || r.Groups[0].Unshrunk == "" || r.Groups[0].Shrunk.File != "" {
		t.Errorf("it was to be left as it is:\n%s", text(t, r))
	}
}

// TestABrokenPromiseWithoutAFault is shrunk, too.
func TestABrokenPromiseWithoutAFault(t *testing.T) {
	r := testbed.Explore(t, language(restless), "testdata/two-pages-in-a-minute.txt", explore.Options{})
	if len(r.Groups) != 1 || r.Groups[0].Unshrunk != "" || r.Groups[0].Shape != "no fault" || len(r.Groups[0].Shrunk.Faults) > 0 || r.Groups[0].Shrunk.Passes != "" {
		t.Fatal(text(t, r))
	}
	file := r.Groups[0].Shrunk.File
	if err := replay(t, language(restless), file); !scenario.IsViolation(err) || strings.Contains(file, "policy") || strings.Contains(file, "run") {
		t.Errorf("%v\n%s", err, file)
	}
}

// atMostTwo is an invariant that is checked whenever the world is at rest.
type atMostTwo struct {
	mu   sync.Mutex // guards what follows
	made int
}

func (c *atMostTwo) Exchanged(x process.Exchange) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if x.Request.Method == http.MethodPost && x.Status == http.StatusCreated {
		c.made++
	}
}

func (c *atMostTwo) Check() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made <= 2 {
		return nil
	}
	return &world.ViolationError{Violation: invariant.Violation{Promise: "At most two pages are made.", Object: "web", Breach: invariant.Breach{
		At: world.Start, Expected: "two pages", Found: "more",
	}}}
}

// TestWhatIsBrokenAtOnce is lost from the request on that breaks it, though nobody can
// be killed after that request any more.
func TestWhatIsBrokenAtOnce(t *testing.T) {
	l := scenario.ForEachWorld(func() (world.Operator, world.Hooks) {
		return toyOperator(impatient), world.Hooks{Checker: &atMostTwo{}}
	})
	r := testbed.Explore(t, l, "testdata/two-pages.txt", explore.Options{Away: []time.Duration{0}})
	const want = "Until web#5 create ConfigMap web-2 it recovers if it is restarted; from web#6 create ConfigMap web-3 on, neither undisturbed nor restarted."
	if len(r.Groups) != 1 || r.Groups[0].Shrunk.NoReturn.String() != want {
		t.Errorf("want %s\n%s", want, text(t, r))
	}
}

// TestFaultsOfAScenario are shrunk like those of explore: one of them does it, and then
// its request has another number.
func TestFaultsOfAScenario(t *testing.T) {
	const story = `# Two requests go wrong.

request web#1 refused=500
request web#6 answer=lost
apply
| {apiVersion: v1, kind: ConfigMap, metadata: {name: policy}}
apply
| {apiVersion: v1, kind: ConfigMap, metadata: {name: web}}
run
expect configmap/web-3 absent
----
`
	path := filepath.Join(t.TempDir(), "story.txt")
	if err := os.WriteFile(path, []byte(story), 0o600); err != nil {
		t.Fatal(err)
	}
	r := testbed.Explore(t, language(impatient), path, explore.Options{})
	if len(r.Groups) != 1 || len(r.Groups[0].Shrunk.Faults) != 1 || r.Groups[0].Shrunk.Faults[0].Command != "request web#5 answer=lost" || r.Groups[0].Shape != "lost: create ConfigMap NAME-2" {
		t.Fatal(text(t, r))
	}
	if g := r.Groups[0]; len(g.Shrunk.NoReturn.Tries) == 0 || strings.Contains(g.Shrunk.File, "policy") {
		t.Error(text(t, r))
	}
	breaksAgain(t, language(impatient), r, r.Groups[0])
}

// TestFilesOfAReport are all there, and say what they are called for.
func TestFilesOfAReport(t *testing.T) {
	r, folder := exploreToy(t, yields, explore.Options{}), filepath.Join(t.TempDir(), "new")
	if err := r.WriteFiles(folder); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"summary.txt": text(t, r), "1-two-pages.txt": r.Groups[0].Shrunk.File, "1-two-pages-passes.txt": r.Groups[0].Shrunk.Passes, "1-two-pages.html": r.Groups[0].Shrunk.Page} {
		if b, err := os.ReadFile(filepath.Join(folder, name)); err != nil || string(b) != want || want == "" {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, b, want)
		}
	}
	if all, err := os.ReadDir(folder); err != nil || len(all) != 4 {
		t.Error(fmt.Sprint(all), err)
	}
}

// TestTwoFaultsAreShrunk has a toy that only breaks under two, the second of which comes
// while it recovers: nothing is lost before that.
func TestTwoFaultsAreShrunk(t *testing.T) {
	r := exploreToy(t, relapses, explore.Options{Depth: 2, Faults: basic})
	const (
		shape    = "stopped: create ConfigMap NAME-2; refused: create ConfigMap NAME-2"
		noReturn = "Until web#6 patch ConfigMap web it recovers undisturbed; from web#7 create ConfigMap web-2 on, neither undisturbed nor restarted."
	)
	if len(r.Groups) != 1 || r.Groups[0].Shape != shape || r.Groups[0].Shrunk.NoReturn.String() != noReturn {
		t.Fatalf("want %q, and %q\n%s", shape, noReturn, text(t, r))
	}
	breaksAgain(t, language(relapses), r, r.Groups[0])
}
