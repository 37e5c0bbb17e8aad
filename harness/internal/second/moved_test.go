package second

import (
	"fmt"
	"strings"
	"testing"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/testbed"
	"example.com/edge-device-operator/harness/world"
)

// TestRequestsThatHaveMoved plays commands that say what their requests do, with the
// numbers of another version of the operator.
func TestRequestsThatHaveMoved(t *testing.T) {
	const apply = "apply\n| {apiVersion: v1, kind: ConfigMap, metadata: {name: web, labels: {second.example.com/site: \"\"}}}\n"
	l := scenario.ForOperator(Operator(Reconciler{Mended: true}), world.Hooks{})
	for name, tt := range map[string]struct {
		text   string
		moved  string
		struck string // a line of what happened
		err    string // a part of it
	}{
		"it is where it was": {
			text:   "kill controller after=web#2 restart=10s\n| create Secret web-credentials\n" + apply + "run\n",
			struck: "controller 1 killed after request #2 of web",
		},
		"it comes earlier": {
			text:   "kill controller after=web#4 restart=10s\n| create Secret web-credentials\n" + apply + "run\n",
			moved:  "[line 1: web#4 create Secret web-credentials is web#2 now]",
			struck: "controller 1 killed after request #2 of web",
		},
		"it comes later": {
			text:   "request web#1 refused=500\n| create ConfigMap web-page\n" + apply + "run\n",
			moved:  "[line 1: web#1 create ConfigMap web-page is web#4 now]",
			struck: "web  #4  POST /api/v1/configmaps → 500",
		},
		"a kill that waits": {
			text:   apply + "kill controller before=web#1\n| create ConfigMap web-page\nstart controller\nrun\n",
			moved:  "[line 3: web#1 create ConfigMap web-page is web#4 now]",
			struck: "controller 1 killed before request #4 of web",
		},
		"alone in its block": {
			text:   "run for=1s\n----\n\nrequest web#5 answer=lost\n| create ConfigMap web-page\n----\n\n" + apply + "run\n",
			moved:  "[line 4: web#5 create ConfigMap web-page is web#4 now]",
			struck: "web  #4  POST /api/v1/configmaps → 201, but the answer is lost",
		},
		"two of one command": {
			text:   "watch down from=web#1 to=web#2\n| create Secret web-credentials\n| create ConfigMap web-page\n" + apply + "run\n",
			moved:  "[line 1: web#1 create Secret web-credentials is web#2 now line 1: web#2 create ConfigMap web-page is web#4 now]",
			struck: "controller 1: its watch is down at request #2 of web",
		},
		"a later one that an earlier one moves": {
			text:   "request web#9 refused=500\n| create ConfigMap web-page\nkill controller before=web#1 restart=0s\n| create Secret web-credentials\n" + apply + "run\n",
			moved:  "[line 1: web#9 create ConfigMap web-page is web#5 now line 3: web#1 create Secret web-credentials is web#2 now]",
			struck: "web  #5  POST /api/v1/configmaps → 500",
		},
		"two that do the same": {
			text:   "request web#7 refused=500\n| patch ConfigMap web\nrequest web#8 refused=500\n| patch ConfigMap web\n" + apply + "run\n",
			moved:  "[line 1: web#7 patch ConfigMap web is web#5 now, number 2 of 2 that do the same line 3: web#8 patch ConfigMap web is web#6 now, number 3 of 3 that do the same]",
			struck: "web  #5-6  PATCH /api/v1/configmaps/web → 500",
		},
		"one below what leads to it": {
			text: apply + "request web#1 refused=500\n| create Secret web-credentials\nrequest web#9 refused=500\n| patch ConfigMap site\n" + "run\n",
			err:  "story.txt:3: web has already made 5 requests: say this above the command that leads to it",
		},
		"it is gone": {
			text: "kill controller after=web#2 restart=10s\n| delete Secret web-credentials\n" + apply + "run\n",
			err:  "story.txt:1: web#2 is to be \"delete Secret web-credentials\", and web makes no such request; that number is \"create Secret web-credentials\"; did you mean \"create Secret web-credentials\"?",
		},
	} {
		t.Run(name, func(t *testing.T) {
			text := tt.text + "----\n"
			f, err := l.Parse("story.txt", text)
			if err != nil {
				t.Fatal(err)
			}
			var o scenario.Options
			o.World.REST, o.World.Settle = testbed.Plane().Config(), testbed.Settle
			res, err := f.Run(t.Context(), o)
			if fmt.Sprint(err) != tt.err && (err != nil || tt.err != "") {
				t.Errorf("the error is %v, not %q", err, tt.err)
			}
			if tt.moved == "" {
				tt.moved = "[]"
			}
			if got := fmt.Sprint(res.Moved); got != tt.moved {
				t.Errorf("it has moved %s, not %s", got, tt.moved)
			}
			if !strings.Contains(res.Output, tt.struck+"\n") && tt.err == "" {
				t.Errorf("there is no line %q in\n%s", tt.struck, res.Output)
			}
		})
	}
}
