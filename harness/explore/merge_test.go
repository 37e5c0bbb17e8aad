package explore

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/world"
)

// TestWhatIsTheSame has two reads and a write in one instant, and then something about
// the second read that sets kills apart.
func TestWhatIsTheSame(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(r *recording)
		want   string // the kills that are played
	}{
		"nothing": {func(*recording) {}, "1/before 3/after"},
		"the second takes a second": {func(r *recording) {
			r.operations[1].At, r.operations[2].Began, r.operations[2].At = time.Second, time.Second, time.Second
		}, "1/before 2/after 3/after"},
		"the second is made a second later": {func(r *recording) {
			for n := range 2 {
				r.operations[n+1].Began, r.operations[n+1].At = time.Second, time.Second
			}
		}, "1/before 2/before 3/after"},
		"the second is over in the run of another command": {func(r *recording) {
			r.operations[1].over, r.operations[2].line, r.operations[2].over = 5, 5, 5
		}, "1/before 2/after 3/after"},
		"the second has an effect":                 {func(r *recording) { r.operations[1].Effect = true }, "1/before 2/after 3/after"},
		"the second is another controller's":       {func(r *recording) { r.operations[1].Actor.Number = 2 }, "1/before 2/before 3/before 3/after"},
		"the second is not the only one in flight": {func(r *recording) { r.operations[1].FannedOut = true }, "1/before 2/before 2/after 3/after"},
		"the script names the second":              {func(r *recording) { r.script.named = []process.Operation{{Object: "web", Number: 2}} }, "1/before 2/before 2/after 3/after"},
		"the script names the third":               {func(r *recording) { r.script.named = []process.Operation{{Object: "web", Number: 3}} }, "1/before 2/before 3/before 3/after"},
		"the script names one of another":          {func(r *recording) { r.script.named = []process.Operation{{Object: "site", Number: 3}} }, "1/before 3/after"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &recording{script: &script{}, result: scenario.Result{Schedule: world.Parallel}}
			for n := range 3 {
				r.operations = append(r.operations, operation{
					Operation: process.Operation{Object: "web", Number: n + 1}, Event: trace.Event{Effect: n == 2, Actor: trace.Actor{Number: 1}}, line: 4, over: 4,
				})
			}
			tt.change(r)
			x := &exploration{}
			var got []string
			for _, f := range x.crashes(r) {
				got = append(got, fmt.Sprintf("%d/%s", f.point.Number, f.point.Side))
			}
			if !slices.Equal(got, strings.Fields(tt.want)) {
				t.Errorf("played are %s, not %s", got, tt.want)
			}
		})
	}
}
