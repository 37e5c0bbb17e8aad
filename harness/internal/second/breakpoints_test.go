package second

import (
	"regexp"
	"strings"
	"testing"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/testbed"
	"example.com/edge-device-operator/harness/world"
)

// spaces are those that only align a trace.
var spaces = regexp.MustCompile(`[ \n]+`)

// TestBreakpoints has much come about when a request is about to be sent.
func TestBreakpoints(t *testing.T) {
	const apply = "apply\n| {apiVersion: v1, kind: ConfigMap, metadata: {name: web, labels: {second.example.com/site: \"\"}}}\n"
	l := scenario.ForOperator(Operator(Reconciler{Mended: true}), world.Hooks{})
	for name, tt := range map[string]struct {
		text  string
		want  string // lines of the trace, in this order, or of the error
		lacks string
	}{
		"a controller is stopped, and another starts": {
			"stop controller at=web#2 restart=10s\n" + apply + "run\nexpect configmap/web-page\n",
			"controller 1 is told to stop at request #2 of web;web #2 ;controller 1 has stopped;10s  controller 2 started;POST", "",
		},
		"a script waits for its end": {
			apply + "stop controller at=web#2\nstart controller\nrun\nexpect configmap/web-page\n",
			"controller 1 is told to stop at request #2 of web;controller 1 has stopped; 0s controller 2 started", "",
		},
		"a script waits for one that never comes": {
			apply + "stop controller at=web#9\n", "story.txt:3: web#9 was never reached: web made 5 requests", "",
		},
		"a script starts one in its place": {
			"stop controller at=web#2 restart=1h\n" + apply + "start controller\nrun for=2h\n", "has stopped;controller 2 started", "controller 3 started",
		},
		"one that is stopped at a request that never comes": {
			"stop controller at=web#9 restart=10s\n" + apply, "story.txt:1: web#9 was never reached: web made 5 requests", "",
		},
		"a second controller starts": {
			"start another controller at=web#2\n" + apply + "run\nexpect configmap/web-page\n",
			"controller 2 started at request #2 of web;web #2 ", "has stopped",
		},
		"a request that has been": {
			apply + "start another controller at=web#2\n", "story.txt:3: web has already made 5 requests: say this above the command that leads to it", "",
		},
		"the watch is down up to a request": {
			"watch down from=web#2 to=web#4\n" + apply + "run\n",
			"controller 1: its watch is down at request #2 of web;web #2 ;web #3 ;controller 1: its watch is back, with a new list at request #4 of web;web #4 ", "",
		},
		"the watch is down for a time": {
			"watch down from=web#2 for=10s\n" + apply + "run\n", "0s controller 1: its watch is down at request #2 of web;10s  controller 1: its watch is back", "back, with a new list at",
		},
		"the watch is cut": {
			"watch cut from=web#2 for=10s\n" + apply + "run\n", "0s controller 1: its watch is down at request #2 of web;10s  controller 1: its watch is back", "",
		},
		"its controller is killed meanwhile": {
			"watch down from=web#2 for=10s\nkill controller before=web#4 restart=5s\n" + apply + "run\nexpect configmap/web-page\n",
			"its watch is down at request #2 of web;controller 1 killed before request #4 of web; 5s controller 2 started", "its watch is back",
		},
		"up to a request that never comes": {
			"watch down from=web#2 to=web#99\n" + apply + "run for=1m\n", "story.txt:1: web#99 was never reached", "",
		},
		"up to one that need not come": {
			"watch down from=web#2 to=web#99 for=10s\n" + apply + "run\n", "10s  controller 1: its watch is back", "never reached",
		},
		"several things at one request": {
			"watch down from=web#2 for=10s\nstart another controller at=web#2\n" + apply + "run\n", "its watch is down at request #2 of web;controller 2 started at request #2 of web;web #2 ", "",
		},
		"a request is delayed at which one is stopped": {
			"request web#2 delayed=20s\nstop controller at=web#2 restart=10s\n" + apply + "run\nexpect configmap/web-page\n", "is told to stop at request #2 of web;controller 1 has stopped;10s  controller 2 started", "",
		},
		"a request is delayed at which another one starts": {
			"request web#2 delayed=20s\nstart another controller at=web#2\n" + apply + "run\n", "controller 2 started at request #2 of web;20s web #2 ", "",
		},
		"a request is delayed from which on the watch is down": {
			"request web#2 delayed=20s\nwatch down from=web#2 for=10s\n" + apply + "run\n", "its watch is down at request #2 of web;10s  controller 1: its watch is back;20s web #2 ", "",
		},
		"a request is delayed": {
			"request web#2 delayed=20s\n" + apply + "run\nexpect configmap/web-page\n", "0s web ;20s web #2 ", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := l.Parse("story.txt", tt.text+"----\n")
			if err != nil {
				t.Fatal(err)
			}
			o := scenario.Options{FullTrace: true}
			o.World.REST, o.World.Settle = testbed.Plane().Config(), testbed.Settle
			res, err := f.Run(t.Context(), o)
			told := res.Trace
			if err != nil {
				told += err.Error()
			}
			rest := spaces.ReplaceAllString("\n"+told, " ")
			for line := range strings.SplitSeq(tt.want, ";") {
				line = spaces.ReplaceAllString(line, " ")
				_, after, found := strings.Cut(rest, line)
				if !found {
					t.Fatalf("%q isn't told, or not in its place:\n%s", line, told)
				}
				rest = after
			}
			if tt.lacks != "" && strings.Contains(told, tt.lacks) {
				t.Errorf("%q is told:\n%s", tt.lacks, told)
			}
			if err != nil && !strings.Contains(tt.want, "story.txt:") {
				t.Errorf("%v\n%s", err, told)
			}
		})
	}
}
