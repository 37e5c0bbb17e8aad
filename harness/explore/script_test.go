package explore

import (
	"testing"
	"time"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/scenario/syntax"
	"example.com/edge-device-operator/harness/world"
)

// TestAFaultStandsBeforeItsCommand puts faults before each command of a scenario.
func TestAFaultStandsBeforeItsCommand(t *testing.T) {
	const text = `# A story.

seed 7
apply
| kind: ConfigMap
| apiVersion: v1
| metadata: {name: web}
# Now.
kill controller after=web#1
----
0s  controller 1 started
0s  controller 1 killed after request #1 of web

kill controller before=web#2
start controller
run
----
`
	f, err := scenario.ForOperator(world.Operator{}, world.Hooks{}).Parse("story.txt", text)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newScript(f, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		line int
		want string
	}{
		{4, `# A story.

seed 7
FAULT
apply
| kind: ConfigMap
| apiVersion: v1
| metadata: {name: web}
# Now.
kill controller after=web#1
----

kill controller before=web#2
start controller
run
----

rest within=1h
----
`},
		{9, `# A story.

seed 7
FAULT
apply
| kind: ConfigMap
| apiVersion: v1
| metadata: {name: web}
# Now.
kill controller after=web#1
----

kill controller before=web#2
start controller
run
----

rest within=1h
----
`},
		{12, `# A story.

seed 7
apply
| kind: ConfigMap
| apiVersion: v1
| metadata: {name: web}
# Now.
kill controller after=web#1
----

FAULT
kill controller before=web#2
start controller
run
----

rest within=1h
----
`},
		{14, `# A story.

seed 7
apply
| kind: ConfigMap
| apiVersion: v1
| metadata: {name: web}
# Now.
kill controller after=web#1
----

kill controller before=web#2
start controller
FAULT
run
----

rest within=1h
----
`},
	} {
		faults := []Fault{{Command: "FAULT", Line: tt.line}}
		if got := s.text(faults); got != tt.want {
			t.Errorf("before line %d:\n%s\nwant\n%s", tt.line, got, tt.want)
		}
		if run := s.lines(faults)[15]; run != 14 {
			t.Errorf("with a fault before line %d, line 15 is taken for line %d", tt.line, run)
		}
	}
	const want = `# A story.

seed 7
apply
| kind: ConfigMap
| apiVersion: v1
| metadata: {name: web}
# Now.
kill controller after=web#1
----

FAULT
kill controller before=web#2
start controller
run
expect configmap/web absent
----
`
	if got := s.expecting([]Fault{{Command: "FAULT", Line: 12}}, 14, []syntax.Line{{Text: "expect configmap/web absent"}}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 10 * time.Second: "10s", time.Minute: "1m", time.Hour: "1h", 90 * time.Minute: "1h30m", time.Hour + time.Second: "1h0m1s", 20 * time.Hour: "20h", 10 * time.Minute: "10m",
	} {
		if got := short(d); got != want {
			t.Errorf("%v is %q, not %q", d, got, want)
		}
	}
}
