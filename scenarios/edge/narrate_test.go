package edge

import (
	"net/http"
	"testing"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/trace"
)

var (
	one    = trace.Actor{Role: trace.Controller, Number: 1}
	person = trace.Actor{Role: trace.Person}
	press  = trace.Actor{Role: trace.System, Name: "press-01"}
	object = trace.Object{Group: kind.Group, Kind: kind.Kind, Namespace: trace.OwnNamespace, Name: "press-01"}
)

// at returns the fields of a status's position.
func at(phase string, attempt, generation int, more ...trace.Field) []trace.Field {
	return append([]trace.Field{trace.String(phaseField, phase), trace.Int(attemptField, attempt), trace.Int(generationField, generation)}, more...)
}

// changes returns the fields of a write that changed something.
func changes(what string, more ...trace.Field) []trace.Field {
	return at("Transferring", 1, 1, append([]trace.Field{trace.String(changeField, what)}, more...)...)
}

func ok(fields ...trace.Field) trace.Event {
	return trace.Event{Actor: one, Kind: trace.Write, Verb: "update", Object: object, Result: trace.Result{Status: 200}, Fields: fields}
}

func read(fields ...trace.Field) trace.Event {
	return trace.Event{Actor: one, Kind: trace.Read, Verb: "get", Object: object, Result: trace.Result{Status: 200}, Fields: fields}
}

// failed returns an event with that result.
func failed(e trace.Event, status int, f trace.Failure) trace.Event {
	e.Result = trace.Result{Status: status, Failure: f}
	return e
}

func healthRead(fields ...trace.Field) trace.Event {
	return trace.Event{Actor: one, Kind: trace.Request, Verb: http.MethodGet, Target: press, Result: trace.Result{Status: 200}, Fields: fields}
}

func burn(status int, f trace.Failure) trace.Event {
	return trace.Event{
		Actor: one, Kind: trace.Request, Verb: http.MethodPost, Target: press, Result: trace.Result{Status: status, Failure: f},
		Fields: []trace.Field{trace.String(trace.Path, "/burn"), trace.String(imageField, "fw:2")},
	}
}

func byHand(verb, subresource string, fields ...trace.Field) trace.Event {
	e := trace.Event{Actor: person, Kind: trace.Write, Verb: verb, Object: object, Fields: fields}
	e.Object.Subresource = subresource
	return e
}

func state(kind devicesim.ChangeKind, fields ...trace.Field) trace.Event {
	return trace.Event{Actor: press, Kind: trace.State, Verb: string(kind), Fields: fields}
}

func TestNarrate(t *testing.T) {
	image := trace.String(imageField, "fw:2")
	healthy := func(is bool) trace.Field { return trace.Bool(healthyField, is) }
	running := trace.String(runningField, "fw:1")
	transfer := func(state string) []trace.Field {
		return []trace.Field{running, healthy(true), trace.String(transferField, state), trace.String(transferImageField, "fw:2"), trace.Int(progressField, 40)}
	}
	for _, tt := range []struct {
		event trace.Event
		want  string
	}{
		{read(at("Pending", 0, 1)...), "reads the object again: Pending"},
		{read(at("Pending", 0, 2)...), "reads the object again: Pending, generation 2"},
		{read(at("Verifying", 3, 2)...), "reads the object again: Verifying, attempt 3"},
		{read(at("Verifying", 3, 2, trace.Bool(deletingField, true))...), "reads the object again: Verifying, attempt 3, being deleted"},
		{read(), "reads the object again: no status"},
		{failed(read(), 404, trace.Refused), "reads the object again: refused with 404"},
		{failed(read(), 200, trace.Unreadable), "reads the object again: unreadable answer"},
		{ok(changes(transitionChange)...), "Transferring, attempt 1"},
		{ok(changes(transitionChange, trace.String(fromField, "Pending"))...), "Pending → Transferring, attempt 1"},
		{ok(changes(transitionChange, trace.String(fromField, "Pending"), trace.String(lastErrorField, "why"))...), "Pending → Transferring, attempt 1: why"},
		{ok(changes(deviceErrorsChange, trace.String(observeField, "no answer"))...), "reports: no answer"},
		{ok(changes(deviceErrorsChange, trace.String(postField, "refused"))...), "reports: refused"},
		{ok(changes(deviceErrorsChange, trace.String(observeField, "no answer"), trace.String(postField, "refused"))...), "reports: no answer; refused"},
		{ok(changes(deviceErrorsChange)...), "reports: no more errors"},
		{ok(changes(deletionChange)...), "reports the deletion: Transferring, attempt 1"},
		{ok(changes(timeChange)...), "resets lastTransitionTime: Transferring, attempt 1"},
		{failed(ok(), 0, trace.Timeout), "writes the status: no answer"},
		{failed(ok(), 409, trace.Conflict), "writes the status: refused, somebody else wrote first"},
		{failed(ok(), 422, trace.Invalid), "writes the status: refused as invalid"},
		{failed(ok(), 422, trace.Refused), "writes the status: refused with 422"},

		{healthRead(running, healthy(true)), "GET /health → runs fw:1, idle"},
		{healthRead(running, healthy(false)), "GET /health → runs fw:1, not healthy, idle"},
		{healthRead(running, healthy(true), trace.String(stagedField, "fw:2")), "GET /health → runs fw:1, fw:2 is staged"},
		{healthRead(transfer("running")...), "GET /health → runs fw:1, transferring fw:2, 40 %"},
		{healthRead(transfer("failed")...), "GET /health → runs fw:1, transfer of fw:2 broke at 40 %"},
		{failed(healthRead(), 503, trace.Refused), "GET /health → 503"},
		{failed(healthRead(), 503, trace.Truncated), "GET /health → 503"},
		{failed(healthRead(), 200, trace.Truncated), "GET /health → an answer that breaks off"},
		{failed(healthRead(), 200, trace.Endless), "GET /health → an answer without end"},
		{failed(healthRead(), 0, trace.NoSuchHost), "GET /health → no such host"},
		{failed(healthRead(trace.String(reasonField, wrongType), trace.String(contentTypeField, "text/html")), 200, trace.Unreadable), "GET /health → an answer of type text/html"},
		{failed(healthRead(trace.String(reasonField, notJSON)), 200, trace.Unreadable), "GET /health → an answer that is no JSON"},
		{failed(healthRead(trace.String(reasonField, otherDevice), trace.String(deviceField, "press-02")), 200, trace.Unreadable), "GET /health → the answer of another device, press-02"},
		{failed(healthRead(trace.String(reasonField, brokenAPI)), 200, trace.Unreadable), "GET /health → an answer that breaks the device's API"},
		{burn(202, ""), "POST /burn fw:2 → 202"},
		{burn(412, trace.Refused), "POST /burn fw:2 → 412"},
		{burn(202, trace.Truncated), "POST /burn fw:2 → 202, then it breaks off"},
		{burn(202, trace.Endless), "POST /burn fw:2 → 202, without end"},
		{burn(0, trace.ConnectionRefused), "POST /burn fw:2 → connection refused"},
		{trace.Event{Actor: person, Kind: trace.Request, Verb: "POST", Fields: []trace.Field{trace.String(trace.Path, "/reboot")}, Result: trace.Result{Status: 202}}, "somebody asks the device by hand: POST /reboot → 202"},

		{byHand("create", "", image), "created: fw:2"},
		{byHand("update", "", trace.String(specPrefix+"image", "fw:3"), trace.String(specPrefix+"maxAttempts", "2")), "spec changed: image=fw:3 maxAttempts=2"},
		{byHand("update", "", trace.String(finalizerField, "added")), "somebody adds a finalizer"},
		{byHand("update", "", trace.String(finalizerField, "removed")), "its finalizer is removed"},
		{byHand("update", "status", at("Failed", 2, 1)...), "somebody writes its status: Failed, attempt 2"},
		{byHand("delete", ""), "deleted"},
		{byHand("delete", "", trace.Bool(trace.HeldByFinalizer, true)), "deleted, but held by a finalizer"},
		{byHand("apply", ""), "applied"},
		{byHand("patch", "", trace.String("spec.image", "fw:3")), "edited: spec.image=fw:3"},
		{trace.Event{Actor: person, Kind: trace.Write, Verb: "create", Object: trace.Object{Kind: "ConfigMap", Name: "press-01"}}, "created"},
		{trace.Event{Kind: trace.Refusal, Result: trace.Result{Status: 422, Failure: trace.Invalid}}, "the API server refuses that"},

		{state(devicesim.BurnStarted, image), "device: starts burning fw:2"},
		{state(devicesim.TransferFailed, image), "device: the transfer breaks"},
		{state(devicesim.TransferStalled, image), "device: the transfer stalls"},
		{state(devicesim.PowerCut), "device: loses power"},
		{state(devicesim.StateLost), "device: forgets everything but what it runs"},
		{state(devicesim.ImageStaged, image), "device: fw:2 is staged"},
		{state(devicesim.RebootStarted), "device: goes down to reboot"},
		{state(devicesim.Booted, image, healthy(true)), "device: is back, runs fw:2"},
		{state(devicesim.Booted, image, healthy(false)), "device: is back, runs fw:2, which is not healthy"},
		{state(devicesim.Booted, image, healthy(false), trace.String(faultField, "warm-up")), "device: is back, runs fw:2, which is not healthy yet"},
		{state(devicesim.BecameHealthy, healthy(true)), "device: is healthy now"},
		{trace.Event{Kind: trace.Fault, Verb: "dns", Target: press}, "its name has no address any more"},
		{trace.Event{Kind: trace.Repaired, Verb: "dns", Target: press}, "its name has an address again"},
		{trace.Event{Kind: trace.Kill, Target: one}, "controller 1 killed"},
	} {
		if got := Narrate(tt.event); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

// TestShows tests the filters of the command show.
func TestShows(t *testing.T) {
	succeeds := ok(at("Succeeded", 1, 1, trace.String(changeField, transitionChange), trace.String(fromField, "Verifying"))...)
	transfers := ok(changes(transitionChange, trace.String(fromField, "Pending"))...)
	report := ok(at("Failed", 1, 1, trace.String(changeField, deviceErrorsChange))...)
	written := byHand("update", "status", at("Failed", 2, 1)...)
	killed := trace.Event{Kind: trace.Kill, Target: one}
	for n, tt := range []struct {
		event                 trace.Event
		transitions, outcomes bool
	}{
		{succeeds, true, true}, {transfers, true, false}, {report, true, false}, {written, true, false}, {burn(202, ""), true, false},
		{healthRead(), false, false}, {failed(healthRead(), 0, trace.Timeout), false, false}, {read(at("Succeeded", 1, 1)...), false, false},
		{failed(succeeds, 409, trace.Conflict), true, false}, {killed, true, true},
	} {
		if tt.event.Kind != trace.Kill {
			tt.event.Subject = "press-01"
		}
		if tt.event.Result.Failure == trace.Conflict {
			tt.event.Fields = nil
		}
		for _, show := range shows {
			if want := map[string]bool{"transitions": tt.transitions, "outcomes": tt.outcomes}[show.Name]; show.Shows(tt.event) != want {
				t.Errorf("%d: show %s: %t for %q", n, show.Name, !want, Narrate(tt.event))
			}
		}
	}
}
