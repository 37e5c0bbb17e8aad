package edge

import (
	"errors"
	"testing"

	"example.com/edge-device-operator/harness/scenario/syntax"
)

func TestAFaultInAScenario(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"fault press-01 of=burn nth=1 do=lose-answer", ""},
		{"fault press-01 press-{02..03} of=transfer every=2 do=break at=40%", ""},
		{"fault press-01 of=health p=0.5 do=wrong field=healthy value=false beyondBound=true", ""},
		{"fault press-09 of=burn do=hang", `x.txt:2:7: "press-09": expected the name of a device that an earlier line declares`},
		{"fault of=burn do=hang", `x.txt:2:1: "fault": expected a device's name after it, such as press-01 or press-{01..20}`},
		{"fault press-01 do=hang", `x.txt:2:1: "fault": expected of= with it: one of health, burn, reboot, any, transfer, boot, time`},
		{"fault press-01 of=transfer do=break", `x.txt:2:1: "fault": expected at= with it: a progress from 1% to 99%`},
		{"fault press-01 of=boot do=lose", `x.txt:2:27: "lose": expected one of take, never-return, roll-back, lose-staged, forget, warm-up, go-back with of: boot`},
		{"fault press-01 of=burn do=hang nht=1", `x.txt:2:32: "nht": expected one of the fields of, do, nth, every, from, until, p, at, for, pace, age, by, acts, code, retryAfter, to, type, image, device, field, value, beyondBound`},
		{"fault press-01 of=burn do=hang pace=1s", `x.txt:2:32: "pace": expected one of the fields of, do, acts, nth, every, from, until, p with of: burn, do: hang`},
		{"fault press-01 of=burn do=hang nth=", `x.txt:2:36: "": expected a whole number from 1 to 1000000000`},
		{"fault press-01 of=health do=wrong field=healthy value=healthy", `x.txt:2:55: "healthy": expected with field: healthy true, false or none`},
	} {
		_, err := Language.Parse("x.txt", "device press-{01..03}\n"+c.line+"\n----\n")
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s\n got: %s\nwant: %s", c.line, got, c.want)
		}
		var parse *syntax.Error
		if err != nil && !errors.As(err, &parse) {
			t.Errorf("%T", err)
		}
	}
}
