package devicesim

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
)

func TestAPlanIsRead(t *testing.T) {
	got, err := ParsePlan([]byte(`
transfer: 20s..40s
faults:
- {of: transfer, nth: 1, do: break, at: 40%}
- {of: burn, every: 3, from: 10s, until: 1m, p: 0.25, do: status, code: 503, retryAfter: 0, acts: true}
- {of: health, do: wrong, field: healthy, value: false, beyondBound: true}
- {of: any, do: skew-clock, by: -2h}
`))
	if err != nil {
		t.Fatal(err)
	}
	yes, zero := true, 0
	want := Plan{
		Transfer: Range{20 * time.Second, 40 * time.Second},
		Reboot:   DefaultPlan.Reboot,
		Faults: []Fault{
			{Of: "transfer", Nth: 1, Do: "break", At: 40},
			{Of: "burn", Every: 3, From: 10 * time.Second, Until: time.Minute, P: 0.25, Do: "status", Code: 503, RetryAfter: &zero, Acts: &yes},
			{Of: "health", Do: "wrong", Field: "healthy", Value: "false", BeyondBound: true},
			{Of: "any", Do: "skew-clock", By: -2 * time.Hour},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for _, empty := range []string{"", "# nothing\n", "{}", "null", "faults:", "faults: []"} {
		if got, err := ParsePlan([]byte(empty)); err != nil || !reflect.DeepEqual(got, DefaultPlan) {
			t.Errorf("%q: %+v, %v", empty, got, err)
		}
	}
	asJSON, err := ParsePlan([]byte(`{"transfer": "20s..40s", "faults": [{"of": "transfer", "nth": 1, "do": "break", "at": "40%"}]}`))
	if err != nil || !reflect.DeepEqual(asJSON.Faults, want.Faults[:1]) {
		t.Errorf("from JSON: %+v, %v", asJSON, err)
	}
}

func TestAMistakeInAPlanNamesTheFieldAndWhatItMayHold(t *testing.T) {
	const lose = "{of: burn, do: lose-answer}"
	for _, c := range []struct{ plan, want string }{
		{"faults: [" + lose + ", " + lose + ", {of: burn, do: lose}]", `faults[2].do: "lose": expected one of cut-power, refuse, hang, delay, lose-answer, reset, status, redirect, garbage, endless, huge-header, skew-clock with of: burn`},
		{"faults: [{of: transfer, do: hang}]", `faults[0].do: "hang": expected one of break, stall, stage-wrong, corrupt, take, cut-power with of: transfer`},
		{"faults: [{do: hang}]", `faults[0].of: expected one of health, burn, reboot, any, transfer, boot, time`},
		{"faults: [{of: boot}]", `faults[0].do: expected one of take, never-return, roll-back, lose-staged, forget, warm-up, go-back with of: boot`},
		{"faults: [{of: boots, do: forget}]", `faults[0].of: "boots": expected one of health, burn, reboot, any, transfer, boot, time`},
		{"faults: [{of: transfer, do: break}]", `faults[0].at: expected a progress from 1% to 99%`},
		{"faults: [{of: transfer, do: break, at: 100%}]", `faults[0].at: "100%": expected a progress from 1% to 99%`},
		{"faults: [{of: transfer, do: break, at: 40}]", `faults[0].at: "40": expected a text`},
		{"faults: [{of: burn, do: hang, pace: 1s}]", `faults[0]: "pace": expected one of the fields of, do, acts, nth, every, from, until, p with of: burn, do: hang`},
		{"faults: [{of: burn, do: hang, beyondBound: true}]", `faults[0]: "beyondBound": expected one of the fields of, do, acts, nth, every, from, until, p with of: burn, do: hang`},
		{"faults: [{of: burn, do: hang, nht: 1}]", `faults[0]: "nht": expected one of the fields of, do, nth, every, from, until, p, at, for, pace, age, by, acts, code, retryAfter, to, type, image, device, field, value, beyondBound`},
		{"faults: [{of: burn, do: hang, nth: 0}]", `faults[0].nth: "0": expected a whole number from 1 to 1000000000`},
		{"faults: [{of: burn, do: hang, nth: '1'}]", `faults[0].nth: "\"1\"": expected a number`},
		{"faults: [{of: burn, do: hang, nth: 1.5}]", `faults[0].nth: "1.5": expected a whole number from 1 to 1000000000`},
		{"faults: [{of: burn, do: hang, nth: 1, every: 2}]", `faults[0].every: "2": expected either nth or every`},
		{"faults: [{of: burn, do: hang, p: 0}]", `faults[0].p: "0": expected a probability greater than 0 and at most 1, such as 0.1`},
		{"faults: [{of: burn, do: hang, from: 2s, until: 2s}]", `faults[0].until: "2s": expected a time after from`},
		{"faults: [{of: burn, do: hang, from: 1ns}]", `faults[0].from: "1ns": expected a duration such as 30s or 1m30s, of at most a year, in whole microseconds`},
		{"faults: [{of: burn, do: hang, acts: maybe}]", `faults[0].acts: "\"maybe\"": expected true or false`},
		{"faults: [{of: time, do: cut-power}]", `faults[0].from: expected a duration such as 30s or 1m30s, of at most a year, in whole microseconds`},
		{"faults: [{of: time, do: cut-power, from: 1s, nth: 1}]", `faults[0]: "nth": expected one of the fields of, do, from with of: time, do: cut-power`},
		{"faults: [{of: health, do: stale, age: 2h}]", `faults[0].age: "2h": expected a duration from 1ms to 1h, such as 30s`},
		{"faults: [{of: health, do: wrong, field: color, value: red}]", `faults[0].field: "color": expected one of device, bootID, running, healthy, staged, transfer.key, transfer.image, transfer.state, transfer.progress, etag`},
		{"faults: [{of: health, do: wrong, field: healthy, value: ill}]", `faults[0].value: "ill": expected with field: healthy true, false or none`},
		{"faults: [{of: health, do: redirect, to: /elsewhere}]", `faults[0].to: "/elsewhere": expected a URL such as http://elsewhere.example/`},
		{"faults: [{of: health, do: wrong-type, type: \"a\\nb\"}]", `faults[0].type: "a\nb": expected 1 to 512 printable characters`},
		{"faults: [{of: health, do: status, code: 199}]", `faults[0].code: "199": expected a whole number from 200 to 599`},
		{"faults: [{of: burn}", `expected YAML: `},
		{"faults: {of: burn}", `faults: "{\"of\":\"burn\"}": expected a list of faults`},
		{"faults: [burn]", `faults[0]: "\"burn\"": expected a fault, such as {of: burn, nth: 1, do: lose-answer}`},
		{"faults: []\nfaults: []", `expected YAML: `},
		{"transfer: 40s..20s", `transfer: "40s..20s": expected the smaller duration first, as in 20s..40s`},
		{"transfer: 30", `transfer: "30": expected a duration such as 30s, or a range such as 20s..40s, in whole microseconds and of at most a year`},
		{"reboot: soon", `reboot: "soon": expected a duration such as 30s, or a range such as 20s..40s, in whole microseconds and of at most a year`},
		{"transfers: 30s", `"transfers": expected one of the fields transfer, reboot, faults`},
		{"- transfer", `"[\"transfer\"]": expected a plan: transfer, reboot, faults`},
	} {
		_, err := ParsePlan([]byte(c.plan))
		if err == nil || err.Error() != c.want && !(c.want == "expected YAML: " && strings.HasPrefix(err.Error(), c.want)) {
			t.Errorf("%s\n got: %v\nwant: %s", c.plan, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: the error takes more than a line: %q", c.plan, err)
		}
	}
}

func TestTheShortFormOfBreaks(t *testing.T) {
	got, err := ParseBreaks("1st@40%,22nd@1%,every@99%")
	want := []Fault{{Of: "transfer", Do: "break", Nth: 1, At: 40}, {Of: "transfer", Do: "break", Nth: 22, At: 1}, {Of: "transfer", Do: "break", At: 99}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, s := range []string{"", "1st", "1st@", "1st@40", "1st@0%", "1st@100%", "1nd@40%", "0th@40%", "@40%", "first@40%", "1st@40%,"} {
		if _, err := ParseBreaks(s); err == nil {
			t.Errorf("%q is taken", s)
		}
	}
}

// FuzzParsePlan looks for a plan that is taken and then can't be used, and for
// an error that doesn't say where or takes more than a line.
func FuzzParsePlan(f *testing.F) {
	for _, seed := range []string{
		"", "null", "[]", "{transfer: 20s..40s, reboot: 0s}", "transfer: 8760h\nreboot: 1us",
		"faults: [{of: transfer, nth: 1, do: break, at: 40%}]",
		"faults: [{of: transfer, every: 2, do: stall, at: 99%}, {of: transfer, do: cut-power, at: 1%}]",
		"faults: [{of: time, from: 0s, do: cut-power}, {of: boot, p: 0.5, do: forget}]",
		"faults: [{of: health, p: 1e-300, do: wrong, field: transfer.progress, value: -5}]",
		"faults: [{of: any, do: status, code: 204}]", "faults: [{of: health, do: stale, age: 1h, beyondBound: true}]",
		"faults: [{of: burn, do: redirect, to: 'http://[::1]:80/'}]", "a: &a [*a]", "? {}\n: {}", "on: true", "faults: [{of: burn, do: hang, nth: 1e0}]",
		"{\"faults\": [{\"of\": \"transfer\", \"do\": \"take\", \"for\": \"8760h\"}]}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		plan, err := ParsePlan(text)
		if err != nil {
			var wrong *FieldError
			if msg := err.Error(); strings.ContainsAny(msg, "\n\r") || !errors.As(err, &wrong) && !strings.HasPrefix(msg, "expected YAML: ") {
				t.Errorf("a bad message: %q", msg)
			}
			return
		}
		clk := clock.NewMock()
		d := New(Config{Name: "press-01", Running: "fw:1", Plan: plan}, clk)
		d.burn(clk.Now(), "fw:2", "k", false)
		for range 4 {
			clk.Set(clk.Now().Add(maxDuration / 2))
			d.mu.Lock()
			d.catchUp(clk.Now())
			h := d.reading(d.state, clk.Now())
			_, place := d.matchingFault(ofHealth, 1, clk.Now(), client{})
			if place > 0 && deliveries[plan.Faults[0].Do] == nil && len(plan.Faults) == 1 {
				t.Error("nothing does ", plan.Faults[0].Do)
			}
			if !d.down {
				d.reboot(clk.Now(), false)
			}
			d.mu.Unlock()
			if h.Transfer != nil && (h.Transfer.Progress < 0 || h.Transfer.Progress > 100) {
				t.Errorf("progress %d", h.Transfer.Progress)
			}
			if h.Running == "" {
				t.Error("it runs nothing")
			}
		}
	})
}

func TestEveryEffectOfARequestIsDelivered(t *testing.T) {
	for _, e := range allEffects {
		ofRequest := e.isOf(ofHealth) || e.isOf(ofBurn) || e.isOf(ofReboot)
		if delivered := deliveries[e.name] != nil; delivered != ofRequest {
			t.Errorf("%s: of a request: %t, delivered: %t", e.name, ofRequest, delivered)
		}
	}
	if len(effects) != len(allEffects) {
		t.Error("two effects have one name")
	}
}
