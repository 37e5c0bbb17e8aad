package explore

import (
	"slices"
	"strings"
	"testing"

	"example.com/edge-device-operator/harness/invariant"
	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/world"
)

// TestACandidate is taken apart, and loses commands and faults.
func TestACandidate(t *testing.T) {
	const file = `# A candidate.

seed 7
request web#2 answer=lost
apply
| kind: ConfigMap
----
0s  controller 1 started

# Now.
kill controller before=web#5 restart=0s
run
expect configmap/web absent
----
`
	v := Violation{Scenario: "story", File: file, Faults: []Fault{{Command: "request web#2 answer=lost"}, {Command: "kill controller before=web#5 restart=0s"}}}
	c, err := newCandidate(v)
	if err != nil {
		t.Fatal(err)
	}
	for faults, want := range []string{
		"seed 7\napply\n| kind: ConfigMap\n----\n\nrun\nexpect configmap/web absent\n----\n",
		"seed 7\nrequest web#2 answer=lost\napply\n| kind: ConfigMap\n----\n\nrun\nexpect configmap/web absent\n----\n",
		"seed 7\nrequest web#2 answer=lost\napply\n| kind: ConfigMap\n----\n\nkill controller before=web#5 restart=0s\nrun\nexpect configmap/web absent\n----\n",
	} {
		if got := c.text(faults); got != want {
			t.Errorf("with %d faults\n%s\nwant\n%s", faults, got, want)
		}
	}
	if run := c.at(place{1, 1}); !run.fixed || run.name() != "run" {
		t.Errorf("%q isn't fixed, and the operator may have no time", run.Text)
	}
	second := c.keeping(func(_ place, one command) bool { return one.fault != 1 && one.name() != "seed" })
	if got, want := second.text(1), "apply\n| kind: ConfigMap\n----\n\nkill controller before=web#5 restart=0s\nrun\nexpect configmap/web absent\n----\n"; got != want || second.faults() != 1 {
		t.Errorf("with %d faults\n%s\nwant\n%s", second.faults(), got, want)
	}
	v.Faults[0].Command = "request web#3 answer=lost"
	if _, err := newCandidate(v); err == nil || !strings.Contains(err.Error(), `no line "request web#3 answer=lost"`) {
		t.Errorf("a fault that isn't there: %v", err)
	}
}

// runOf is a run of one work that makes these requests.
func runOf(verbs ...string) (events []trace.Event) {
	for n, verb := range verbs {
		events = append(events, trace.Event{Subject: "web", Number: n + 1, Kind: trace.Write, Verb: verb, Object: trace.Object{Kind: "Secret", Name: "a"}})
	}
	return events
}

// TestAFaultIsAimedAnew has a fault in runs in which its request has another number.
func TestAFaultIsAimedAnew(t *testing.T) {
	v := Violation{File: "request web#4 answer=lost\nrun\n----\n", Faults: []Fault{{Command: "request web#4 answer=lost"}}}
	c, err := newCandidate(v)
	if err != nil {
		t.Fatal(err)
	}
	at := c.fault(1)
	one := c.at(at)
	one.aims = []aim{aimAt(runOf("create", "update", "patch", "update", "update"), process.Operation{Object: "web", Number: 4})}
	if want := (aim{"update Secret a", 2}); one.aims[0] != want {
		t.Fatalf("the aim is %+v, not %+v", one.aims[0], want)
	}
	c = c.with(at, one)
	for _, tt := range []struct{ run, want string }{
		{"create update patch update update", "web#4 web#5"},
		{"update patch update", "web#3"},
		{"create patch update", "web#3"},
		{"update update update update", "web#4 web#2"},
		{"create patch", ""},
	} {
		var got []string
		for _, aimed := range c.aimed(1, runOf(strings.Fields(tt.run)...)) {
			got = append(got, aimed.at(at).Words[1].Text)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: it is aimed at %q, want %q", tt.run, got, tt.want)
		}
	}
}

// TestALaterFaultThatComesFirst has the second fault befall an earlier request than the
// first, which is then aimed at a number that does something else.
func TestALaterFaultThatComesFirst(t *testing.T) {
	v := Violation{File: "request web#4 refused=500\nrequest web#2 refused=500\nrun\n----\n", Faults: []Fault{{Command: "request web#4 refused=500"}, {Command: "request web#2 refused=500"}}}
	c, err := newCandidate(v)
	if err != nil {
		t.Fatal(err)
	}
	c.blocks[0][0].aims, c.blocks[0][1].aims = []aim{{"create Secret a", 2}}, []aim{{"update Secret a", 1}}
	for run, want := range map[string]bool{"create update patch create": true, "create update create update": false, "create update": true} {
		var o outcome
		o.result.Events = runOf(strings.Fields(run)...)
		if got := c.hits(o); got != want {
			t.Errorf("%s: each fault befalls what it is aimed at: %t", run, got)
		}
	}
}

func TestFewerNames(t *testing.T) {
	for names, want := range map[string]string{
		"01..20": "01..10 11..20 01..19 02..20", "3..4": "3 4 3 4", "7..7": "7", "a,b,c": "b,c a,c a,b", "a": "", "x..y": "",
	} {
		if got := strings.Join(fewerOf(names), " "); got != want {
			t.Errorf("%s: %q, want %q", names, got, want)
		}
	}
}

func TestYAMLOnALine(t *testing.T) {
	one := command{}.words([]string{"apply"}).under(map[string]any{
		"metadata": map[string]any{"name": "web", "labels": map[string]any{"a.b/c": "", "n": "5"}}, "kind": "ConfigMap", "apiVersion": "v1",
		"data": map[string]any{"list": []any{"x: y", float64(3), true, nil}, "no": "yes"},
	})
	const want = `| apiVersion: v1
| kind: ConfigMap
| metadata: {name: web, labels: {a.b/c: "", "n": "5"}}
| data: {list: ["x: y", 3, true, null], "no": "yes"}
`
	var got strings.Builder
	for _, l := range one.Body {
		got.WriteString(l.Text + "\n")
	}
	if got.String() != want {
		t.Errorf("got\n%swant\n%s", got.String(), want)
	}
}

// TestTheLadder has the faults of a request from the weakest to the strongest, and what
// is weaker than each.
func TestTheLadder(t *testing.T) {
	events := runOf("create", "update")
	events[len(events)-1].TimesOut = true
	for _, tt := range []struct {
		now    string
		weaker []string
	}{
		{"request web#1 delayed=5s", nil},
		{"request web#1 refused=429", []string{"request web#1 delayed=2s", "request web#2 delayed=2s", "request web#2 late=20s", "request web#1 refused=500"}},
		{"request web#2 late=5s", []string{"request web#1 delayed=2s", "request web#2 delayed=2s"}},
		{"kill controller before=web#1 restart=1h", []string{
			"request web#1 delayed=2s", "request web#2 delayed=2s", "request web#2 late=20s", "request web#1 refused=500", "request web#1 refused=429", "request web#2 refused=409", "request web#2 refused=500", "request web#2 refused=429",
			"request web#1 answer=lost", "request web#2 answer=lost", "request web#2 answer=never",
			"watch down from=web#1 for=10s", "watch down from=web#2 for=10s", "stop controller at=web#1 restart=0s", "stop controller at=web#2 restart=0s",
		}},
	} {
		one := command{}.words(strings.Fields(tt.now))
		var got []string
		for _, weaker := range (&shrinker{}).weaker(one, events, rungOf(one)) {
			got = append(got, weaker.Text)
		}
		if !slices.Equal(got, tt.weaker) {
			t.Errorf("%s: weaker are\n%q, want\n%q", tt.now, got, tt.weaker)
		}
	}
	for n, text := range []string{
		"request web#1 delayed=1s", "request web#1 late=5s", "request web#1 refused=500", "request web#1 answer=lost", "request web#1 answer=never",
		"watch cut from=web#1 to=web#2", "stop controller at=web#1 restart=10s", "kill controller before=web#1 restart=0s", "kill controller after=web#1 restart=0s",
		"start another controller at=web#1",
	} {
		if got := rungOf(command{}.words(strings.Fields(text))); got != n {
			t.Errorf("%s stands at %d, not %d", text, got, n)
		}
	}
	if got := rungOf(command{}.words([]string{"watch", "down"})); got >= 0 {
		t.Errorf("what befalls no request stands at %d", got)
	}
}

// TestTheSameViolation is one of the same promise for the same object, and of what is
// expected the same.
func TestTheSameViolation(t *testing.T) {
	s := &shrinker{of: Violation{Promise: world.Expected, Object: "web", Expected: "Secret web"}}
	rests := &shrinker{of: Violation{Promise: world.Rests, Object: "web", Expected: "no change from 10s on"}}
	broken := func(promise, object, expected string) outcome {
		return outcome{Violation: &invariant.Violation{Promise: promise, Object: object, Breach: invariant.Breach{Expected: expected}}}
	}
	for n, tt := range []struct {
		s    *shrinker
		o    outcome
		want bool
	}{
		{s, broken(world.Expected, "web", "Secret web"), true},
		{s, broken(world.Expected, "web", "ConfigMap web"), false},
		{s, broken(world.Expected, "shop", "Secret web"), false},
		{s, broken(world.Rests, "web", "Secret web"), false},
		{s, outcome{}, false},
		{rests, broken(world.Rests, "web", "no change from 1h on"), true},
	} {
		if got := tt.s.breaks(tt.o); got != tt.want {
			t.Errorf("%d: %t", n, got)
		}
	}
}

func TestTheShapeOfAFault(t *testing.T) {
	for want, faults := range map[string][]Fault{
		"no fault":                             nil,
		"refused: create Secret NAME-a":        {{Kind: Refused, What: "web#3 create Secret web-a"}},
		"lost: POST NAME/burn; late: get web1": {{Kind: Lost, What: "press-01#6 POST press-01/burn"}, {Kind: "late", What: "sites:WORLD/web#2 get web1"}},
		"watch down":                           {{Command: "watch down"}},
	} {
		if got := shape(faults); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestThePointOfNoReturnIsTold(t *testing.T) {
	try := func(what string, undisturbed, restarted Verdict) Recovery {
		return Recovery{what, undisturbed, restarted}
	}
	for want, tries := range map[string][]Recovery{
		"": nil,
		"From web#1 on, it recovers neither undisturbed nor restarted.":                                                       {try("web#1", Broken, Broken), try("web#2", Broken, Broken)},
		"Until web#2 it recovers if it is restarted; from web#3 on, neither undisturbed nor restarted.":                       {try("web#1", Recovers, Recovers), try("web#2", Broken, Recovers), try("web#3", Broken, Broken)},
		"Until web#1 it recovers undisturbed; from web#2 on, neither undisturbed nor restarted.":                              {try("web#1", Recovers, Broken), try("web#2", Broken, Broken)},
		"From web#1 on, it recovers neither undisturbed nor restarted. But it recovers again after web#3 if it is restarted.": {try("web#1", Broken, Broken), try("web#2", Broken, Unknown), try("web#3", Broken, Recovers)},
		"There is no point of no return: after each request it recovers if it is restarted.":                                  {try("web#1", Broken, Recovers), try("web#2", Recovers, Recovers)},
		"Until web#2 it recovers one way or the other; from web#3 on, neither undisturbed nor restarted.":                     {try("web#1", Recovers, Broken), try("web#2", Broken, Recovers), try("web#3", Broken, Broken)},
		"No point of no return was found.": {try("web#1", Broken, Unknown)},
	} {
		if got := (NoReturn{tries}).String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
