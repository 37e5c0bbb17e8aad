package second

import (
	"strings"
	"testing"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/testbed"
	"example.com/edge-device-operator/harness/world"
)

// TestArmedKills has other commands meet kills that are armed.
func TestArmedKills(t *testing.T) {
	const apply = "apply\n| {apiVersion: v1, kind: ConfigMap, metadata: {name: web, labels: {second.example.com/site: \"\"}}}\n"
	l := scenario.ForOperator(Operator(Reconciler{Mended: true}), world.Hooks{})
	for name, tt := range map[string]struct {
		text   string
		err    string // a part of it
		starts int
	}{
		"one is killed, and another starts":     {"kill controller after=web#2 restart=10s\n" + apply + "run\nexpect configmap/web-page\n", "", 2},
		"at once":                               {"kill controller after=web#2 restart=0s\n" + apply + "expect configmap/web-page\n", "", 2},
		"a script starts one itself":            {"kill controller after=web#2 restart=1h\n" + apply + "start controller\nrun for=2h\n", "", 2},
		"a script starts one beside it":         {"kill controller after=web#2 restart=1h\nstart controller\nstart another controller\n" + apply + "start another controller\nrun for=2h\n", "", 3},
		"a script kills whom nobody has":        {"kill controller after=web#2 restart=10s\n" + apply + "kill controller\n", "story.txt:4: no controller is running: it was killed at web#2/after, and another starts at 10s", 1},
		"a script waits for another kill":       {"kill controller after=web#2 restart=10s\n" + apply + "kill controller before=web#3\nstart controller\nrun\nexpect configmap/web-page\n", "", 3},
		"one is killed while it stops":          {"request web#2 delayed=3s\nkill controller after=web#2 restart=10s\n" + apply + "stop controller\nrun\nexpect configmap/web-page\n", "", 2},
		"a request that has been":               {apply + "kill controller before=web#2 restart=0s\n", "story.txt:3: web has already made 5 requests: say this above the command that leads to it", 1},
		"a request that never comes":            {apply + "kill controller before=web#9 restart=0s\n", "story.txt:3: web#9/before was never reached: web made 5 requests", 1},
		"a request that never comes, and one":   {"kill controller before=web#9 restart=0s\nkill controller after=web#5 restart=0s\n" + apply, "story.txt:1: web#9/before was never reached: web made 5 requests", 2},
		"it has to be there in the end":         {apply + "kill controller\nexpect configmap/web-page absent\n", "story.txt:4: invariant broken: What is there is what is expected.", 1},
		"it has to be as it is expected":        {apply + "expect configmap/web\n| metadata: {annotations: {second.example.com/pages: \"2\"}}\n", `expected: ConfigMap web metadata annotations second.example.com/pages: "2"`, 1},
		"it has to be of a kind that is known":  {"expect pod/web\n", "story.txt:1: what becomes of each Pod isn't known here: the operator's Kinds don't have it", 0},
		"none is to start once all has come":    {"kill controller after=web#5 restart=10s\n" + apply + "rest\n", "", 3},
		"a world at rest, without a controller": {apply + "kill controller after=web#6\n", "web#6/after was never reached", 1},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := l.Parse("story.txt", tt.text+"----\n")
			if err != nil {
				t.Fatal(err)
			}
			var o scenario.Options
			o.World.REST, o.World.Settle = testbed.Plane().Config(), testbed.Settle
			res, err := f.Run(t.Context(), o)
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("the error is %v, not %q\n%s", err, tt.err, res.Output)
			}
			if res.Starts != tt.starts {
				t.Errorf("%d controllers started, not %d\n%s", res.Starts, tt.starts, res.Output)
			}
		})
	}
}
