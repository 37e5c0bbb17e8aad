package debugger_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/edge-device-operator/harness/debugger"
	"example.com/edge-device-operator/harness/internal/second"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/testbed"
	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/world"
)

func TestMain(m *testing.M) { testbed.Main(m) }

// begin begins to step through a scenario of the second operator.
func begin(t *testing.T, text string) (d *debugger.Debugger, runs *int) {
	t.Helper()
	language := scenario.ForOperator(second.Operator(second.Reconciler{}), world.Hooks{})
	f, err := language.Parse("story.txt", text)
	if err != nil {
		t.Fatal(err)
	}
	runs = new(int)
	d, err = debugger.New(t.Context(), f, debugger.Options{
		Language: language,
		Play: func(ctx context.Context, f *scenario.File) (scenario.Result, error) {
			*runs++
			return f.Run(ctx, scenario.Options{FullTrace: true, World: world.Options{REST: testbed.Plane().Config(), Settle: testbed.Settle, Stored: true}})
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return d, runs
}

// sites is a scenario in which much happens in an instant, and some of it later.
const sites = `# Two sites.

apply
| apiVersion: v1
| kind: ConfigMap
| metadata:
|   name: web
|   labels: {second.example.com/site: ""}
run for=5s
----

apply
| apiVersion: v1
| kind: ConfigMap
| metadata:
|   name: shop
|   labels: {second.example.com/site: ""}
run until=20s
delete configmap/web
run
----
`

// TestWhatIsDoneHereComesHere changes a run at each of its moments. What comes before that
// stays as it is, and the change comes next.
func TestWhatIsDoneHereComesHere(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(*debugger.Debugger, context.Context) error
		kind trace.Kind
	}{
		"a kill": {func(d *debugger.Debugger, ctx context.Context) error { return d.Kill(ctx, 0, 0) }, trace.Kill},
		"a command": {func(d *debugger.Debugger, ctx context.Context) error {
			return d.Insert(ctx, "apply\n| apiVersion: v1\n| kind: ConfigMap\n| metadata: {name: other}")
		}, trace.Write},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := begin(t, sites)
			before := d.Steps()
			done := 0
			for n := range len(before) + 1 {
				d.Move(-len(before))
				d.Move(n)
				now := d.Now()
				if err := tt.do(d, t.Context()); err != nil {
					if n > 0 { // there is no controller yet
						t.Errorf("after %d steps: %v", n, err)
					}
					d.Undo()
					continue
				}
				done++
				after := d.Steps()
				// All that is due at this instant comes first.
				at := n
				for at < len(before) && before[at].Events[0].At == now && alike(after[at], before[at]) {
					at++
				}
				if !slices.EqualFunc(before[:n], after[:n], alike) {
					t.Errorf("after %d steps: what was before is another:\n%s\nand was\n%s", n, texts(after[:n]), texts(before[:n]))
				}
				if len(after) == at || after[at].Events[0].Kind != tt.kind || after[at].Events[0].At != now {
					t.Errorf("after %d steps, at %v: it comes as\n%s", n, now, texts(after[at:min(at+2, len(after))]))
				}
				if !d.Undo() || texts(d.Steps()) != texts(before) || d.Now() != now {
					t.Errorf("after %d steps: undo does not bring back what was", n)
				}
			}
			if done < len(before) {
				t.Errorf("%d moments of %d", done, len(before))
			}
		})
	}
}

// alike says whether two lines say the same, however wide their columns are.
func alike(a, b trace.Line) bool {
	return slices.Equal(strings.Fields(a.Text), strings.Fields(b.Text))
}

func texts(lines []trace.Line) string {
	var all []string
	for _, l := range lines {
		all = append(all, l.Text)
	}
	return strings.Join(all, "\n")
}

// TestMoments goes to times and lines.
func TestMoments(t *testing.T) {
	d, runs := begin(t, sites)
	if err := d.ToTime(12 * time.Second); err != nil || d.Now() != 12*time.Second {
		t.Errorf("%v: %v", d.Now(), err)
	}
	if names := d.Names(); !slices.Equal(names, []string{"web", "web-credentials", "web-page", "shop", "shop-credentials", "shop-page"}) {
		t.Errorf("at 12s there are %v", names)
	}
	d.ToEnd()
	if names := d.Names(); !slices.Equal(names, []string{"shop", "shop-credentials", "shop-page"}) || !d.AtEnd() {
		t.Errorf("in the end there are %v", names)
	}
	if err := d.ToTime(time.Hour); err == nil {
		t.Error("there is a moment after the end")
	}
	d.Move(1)
	if d.Now() != 20*time.Second || !d.AtEnd() {
		t.Errorf("behind the end it is %v", d.Now())
	}
	d.Move(-len(d.Steps()))
	if d.Now() != 0 || len(d.Objects()) > 0 {
		t.Errorf("at the beginning it is %v, with %v", d.Now(), d.Objects())
	}
	if *runs != 1 {
		t.Errorf("%d runs for no change", *runs)
	}
	// At a time between two steps, in the middle of a command.
	if err := d.ToTime(12 * time.Second); err != nil {
		t.Fatal(err)
	}
	if err := d.Insert(t.Context(), "delete configmap/shop"); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(d.Text(), "run until=12s\n----\n") || !strings.Contains(d.Text(), "\ndelete configmap/shop\nrun until=20s\n") {
		t.Errorf("the scenario is\n%s", d.Text())
	}
	d.Move(1)
	if d.Now() != 12*time.Second {
		t.Errorf("it comes at %v", d.Now())
	}
}

// TestTheShell types words.
func TestTheShell(t *testing.T) {
	d, _ := begin(t, sites)
	var out strings.Builder
	shell := &debugger.Shell{Debugger: d, Out: &out}
	saved := t.TempDir() + "/saved.txt"
	for _, tt := range []struct{ line, says, err string }{
		{"", "controller 1 started", ""},
		{"next 2", "web  #1  PATCH", ""},
		{"back", "web      applied", ""},
		{"back 100", "This is the beginning.", ""},
		{"show", "There is no object yet.", ""},
		{"to web#2", "POST /api/v1/secrets", ""},
		{"show web-credentials", "# Secret web-credentials\n", ""},
		{"show shop", "", `there is no object "shop" at this moment`},
		{"list", ">  9  run for=5s", ""},
		{"kill", "controller 1 killed after request #2 of web", ""},
		{"next", "controller 2 started", ""},
		{"undo", "POST /api/v1/secrets", ""},
		{"undo", "", "nothing was changed"},
		{"kill 10s", "controller 1 killed after request #2 of web", ""},
		{"save " + saved, "replay it: edgesim replay " + saved, ""},
		{"to controller 2", "controller 2 started", ""},
		{"to shop#99", "", `no step is shop#99`},
		{"to nowhere", "", `nothing ahead has "nowhere"; to start goes back`},
		{"to 12", "", `"12": expected a time with its unit, such as 12s`},
		{"truth web", "", `"web": expected nothing after truth`},
		{"save a b", "", `"a b": expected a file, without blanks in its name`},
		{"seed 3", "", `"seed": that stands at the top of a file`},
		{"cut x", "", `"x": expected the number of a controller`},
		{"to 1000h", "", "the run ends at 20s"},
		{"to", "", "expected a time such as 12s"},
		{"next none", "", `"none": expected a number of steps from 1`},
		{"nxet", "", `did you mean next?`},
		{"watch sideways", "", `"sideways": expected the word down, cut or up`},
		{"kill soon", "", `"soon": expected the number of a controller, a time such as 10s, or both`},
		{"truth", "There is no external system", ""},
		{"cut", "controller 2: cut off from the API server", ""},
		{"save " + saved, "replay it", ""},
		{"save /", "", "/ is there already"},
		{"help", "right after the request that this step is", ""},
		{"to end", "That is the end, at 20s.", ""},
		{"quit", "", debugger.ErrQuit.Error()},
	} {
		out.Reset()
		err := shell.Do(t.Context(), tt.line)
		if said := ""; err != nil {
			said = err.Error()
			if tt.err == "" || !strings.Contains(said, tt.err) {
				t.Errorf("%s: %v", tt.line, err)
			}
		} else if tt.err != "" {
			t.Errorf("%s: no error", tt.line)
		}
		if !strings.Contains(out.String(), tt.says) {
			t.Errorf("%s:\n%s", tt.line, &out)
		}
	}
	text, err := os.ReadFile(saved)
	if err != nil || string(text) != d.Text() {
		t.Errorf("%v: saved is\n%s", err, text)
	}
	if err := shell.End(); err != nil || strings.Contains(out.String(), "what you did") {
		t.Errorf("%v: it is saved twice:\n%s", err, &out)
	}
	t.Setenv("TMPDIR", t.TempDir())
	if err := shell.Do(t.Context(), "undo"); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if err := shell.End(); err != nil || !strings.Contains(out.String(), "what you did: ") {
		t.Errorf("%v: it is lost:\n%s", err, &out)
	}
}

// TestWhoIsKilled kills where the last step is no request, and where two controllers run.
func TestWhoIsKilled(t *testing.T) {
	for name, tt := range map[string]struct {
		at         time.Duration
		script     string
		controller int
		restart    time.Duration
		want       string
		err        string
	}{
		"for a while, within a command":  {12 * time.Second, sites, 0, 3 * time.Second, "12s  controller 1 killed\n15s  controller 2 started", ""},
		"for a while, beyond a command":  {3 * time.Second, sites, 0, 4 * time.Second, "3s  controller 1 killed\n7s  controller 2 started", ""},
		"for a while, at the end":        {20 * time.Second, sites, 0, 4 * time.Second, "20s  controller 1 killed after request #8 of web\n24s  controller 2 started", ""},
		"one of two, though not which":   {3 * time.Second, "start controller\nstart another controller\nrun for=9s\n----\n", 0, 0, "", "controllers 1 and 2 are running: say which"},
		"one of two":                     {3 * time.Second, "start controller\nstart another controller\nrun for=9s\n----\n", 2, 0, "3s  controller 2 killed\n3s  controller 3 started", ""},
		"one that a later line kills":    {3 * time.Second, "start controller\nrun for=9s\nkill controller\n----\n", 0, 0, "3s  controller 1 killed\n3s  controller 2 started\n9s  controller 2 killed", ""},
		"for good, as a later line does": {3 * time.Second, "start controller\nrun for=9s\nkill controller\n----\n", 0, time.Hour, "3s  controller 1 killed", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := begin(t, tt.script)
			if err := d.ToTime(tt.at); err != nil {
				t.Fatal(err)
			}
			err := d.Kill(t.Context(), tt.controller, tt.restart)
			if said := ""; err != nil {
				said = err.Error()
				if tt.err == "" || !strings.Contains(said, tt.err) {
					t.Error(err)
				}
			} else if tt.err != "" {
				t.Error("no error")
			}
			var got []string
			for _, l := range d.Steps() {
				if k := l.Events[0].Kind; l.Events[0].At >= tt.at && (k == trace.Kill || k == trace.Start) {
					got = append(got, strings.TrimSpace(l.Text))
				}
			}
			if tt.err == "" && strings.Join(got, "\n") != tt.want {
				t.Errorf("it comes as\n%s\nof\n%s", strings.Join(got, "\n"), d.Text())
			}
		})
	}
}
