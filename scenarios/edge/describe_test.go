package edge

import (
	"encoding/json"
	"net/http"
	"reflect"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/trace"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

// status returns a status of an object's first generation.
func status(phase v1.Phase, attempts int32, second int) v1.DeviceDeploymentStatus {
	return v1.DeviceDeploymentStatus{
		Phase: phase, Attempts: attempts, ObservedGeneration: 1, LastTransitionTime: metav1.NewMicroTime(time.Unix(int64(second), 0)),
	}
}

// with returns the status with device errors that were reported at a time.
func with(s v1.DeviceDeploymentStatus, second int, observe, post string) v1.DeviceDeploymentStatus {
	s.DeviceErrors = &v1.DeviceErrors{Time: metav1.NewMicroTime(time.Unix(int64(second), 0)), Observe: observe, Post: post}
	return s
}

func TestChanged(t *testing.T) {
	pending, moving := status(v1.Pending, 0, 0), status(v1.Transferring, 1, 5)
	later := moving
	later.ObservedGeneration = 2
	failed := status(v1.Failed, 1, 9)
	failed.LastError = "why"
	stale := status(v1.Verifying, 1, 9)
	stale.LastError = "of an attempt before"
	is := func(what string, more ...trace.Field) []trace.Field {
		return append([]trace.Field{trace.String(changeField, what)}, more...)
	}
	from := func(phase v1.Phase) trace.Field { return trace.String(fromField, string(phase)) }
	for name, tt := range map[string]struct {
		before, after v1.DeviceDeploymentStatus
		deleting      bool
		want          []trace.Field
	}{
		"the first":                   {v1.DeviceDeploymentStatus{}, pending, false, is(transitionChange)},
		"a transition":                {pending, moving, false, is(transitionChange, from(v1.Pending))},
		"another generation":          {moving, later, false, is(transitionChange, from(v1.Transferring))},
		"a transition to Failed":      {moving, failed, false, is(transitionChange, from(v1.Transferring), trace.String(lastErrorField, "why"))},
		"with an error of before":     {moving, stale, false, is(transitionChange, from(v1.Transferring))},
		"an error":                    {moving, with(moving, 7, "no answer", ""), false, is(deviceErrorsChange, trace.String(observeField, "no answer"))},
		"another error":               {with(moving, 7, "no answer", ""), with(moving, 8, "", "refused"), false, is(deviceErrorsChange, trace.String(postField, "refused"))},
		"none any more":               {with(moving, 7, "no answer", ""), with(moving, 9, "", ""), false, is(deviceErrorsChange)},
		"a transition with errors":    {pending, with(moving, 7, "no answer", ""), false, is(transitionChange, from(v1.Pending))},
		"a deletion":                  {moving, moving, true, is(deletionChange)},
		"a time":                      {moving, status(v1.Transferring, 1, 6), false, is(timeChange)},
		"a time of one with an error": {with(moving, 7, "no answer", ""), with(status(v1.Transferring, 1, 6), 7, "no answer", ""), false, is(timeChange)},
	} {
		dd := v1.DeviceDeployment{Status: tt.after}
		if tt.deleting {
			dd.DeletionTimestamp = &metav1.Time{}
		}
		if got := changed(tt.before, dd); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

// exchanged returns an exchange with an answer.
func exchanged(t *testing.T, api bool, method, path string, body any) process.Exchange {
	t.Helper()
	req, err := http.NewRequest(method, "http://press-01.world-7.example"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	x := process.Exchange{
		Operation: process.Operation{Object: "press-01", Number: 1}, API: api, Request: req, Status: http.StatusOK,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: answer,
	}
	if dd, is := body.(v1.DeviceDeployment); is {
		x.Answer = &dd
	}
	return x
}

// TestDescribeAWrite describes consecutive writes: the event of each has what it changed
// since the last one that was answered.
func TestDescribeAWrite(t *testing.T) {
	w := &World{statuses: &statuses{last: map[string]v1.DeviceDeploymentStatus{}}}
	write := func(s v1.DeviceDeploymentStatus, f trace.Failure) trace.Event {
		e := trace.Event{Kind: trace.Write, Object: object, Result: trace.Result{Status: 200, Failure: f}}
		w.Describe(exchanged(t, true, http.MethodPut, "/apis", v1.DeviceDeployment{Status: s}), &e)
		return e
	}
	if e := write(status(v1.Pending, 0, 0), ""); e.String(phaseField) != "Pending" || e.Has(fromField) || e.String(changeField) != transitionChange {
		t.Errorf("the first: %+v", e.Fields)
	}
	if e := write(status(v1.Transferring, 1, 1), trace.Conflict); len(e.Fields) != 0 {
		t.Errorf("a refused one: %+v", e.Fields)
	}
	if e := write(status(v1.Transferring, 1, 1), ""); e.String(fromField) != "Pending" || e.Int(attemptField) != 1 || e.Int(generationField) != 1 {
		t.Errorf("a transition: %+v", e.Fields)
	}
	w.statuses.forget("press-01")
	if e := write(status(v1.Pending, 0, 2), ""); e.Has(fromField) {
		t.Errorf("the first of another object of that name: %+v", e.Fields)
	}

	unreadable := trace.Event{Kind: trace.Write, Object: object, Result: trace.Result{Status: 200}}
	w.Describe(exchanged(t, true, http.MethodPut, "/apis", "no object"), &unreadable)
	if unreadable.Result.Failure != trace.Unreadable || len(unreadable.Fields) != 0 {
		t.Errorf("an answer that is no object: %+v", unreadable)
	}
	another := trace.Event{Kind: trace.Write, Object: trace.Object{Kind: "ConfigMap"}, Result: trace.Result{Status: 200}}
	w.Describe(exchanged(t, true, http.MethodPut, "/api", v1.DeviceDeployment{Status: status(v1.Pending, 0, 0)}), &another)
	if len(another.Fields) != 0 {
		t.Errorf("another kind: %+v", another)
	}
}

func TestDescribeARequestToADevice(t *testing.T) {
	healthy := devicesim.Health{Device: "press-01", Running: "fw:1", Healthy: true}
	of := func(change func(*process.Exchange)) trace.Event {
		x := exchanged(t, false, http.MethodGet, "/health", healthy)
		change(&x)
		e := trace.Event{Kind: trace.Request, Verb: x.Request.Method, Target: press, Result: trace.Result{Status: x.Status}}
		(&World{}).Describe(x, &e)
		return e
	}
	if e := of(func(*process.Exchange) {}); e.String(runningField) != "fw:1" || !e.Bool(healthyField) || e.Has(stagedField) || e.Has(transferField) || e.Result.Failure != "" {
		t.Errorf("%+v", e)
	}
	for why, change := range map[string]func(*process.Exchange){
		wrongType:   func(x *process.Exchange) { x.Header.Set("Content-Type", "text/html") },
		notJSON:     func(x *process.Exchange) { x.Body = x.Body[1:] },
		otherDevice: func(x *process.Exchange) { x.Body = []byte(`{"device":"press-02"}`) },
		brokenAPI:   func(x *process.Exchange) { x.Body = []byte(`{"device":"press-01","running":"fw:1"}`) },
	} {
		if e := of(change); e.String(reasonField) != why || e.Result.Failure != trace.Unreadable || e.Has(runningField) {
			t.Errorf("%s: %+v", why, e)
		}
	}
	if e := of(func(x *process.Exchange) { x.Status = 503 }); len(e.Fields) != 0 {
		t.Errorf("a 503 says: %+v", e)
	}

	// The key contains the object's uid.
	x := exchanged(t, false, http.MethodPost, "/burn?image=fw:2&key=5f2b/1/1", nil)
	e := trace.Event{Kind: trace.Request, Verb: http.MethodPost, Target: press, Result: trace.Result{Status: 202}}
	(&World{}).Describe(x, &e)
	if want := []trace.Field{trace.String(imageField, "fw:2")}; !reflect.DeepEqual(e.Fields, want) {
		t.Errorf("a burn: %+v, want %v", e.Fields, want)
	}
}

// TestStateChangesHaveNoKey checks that the event of a state change lacks the burn's
// key, which contains a uid.
func TestStateChangesHaveNoKey(t *testing.T) {
	e := stateChange("press-01", devicesim.StateChange{Kind: devicesim.Booted, Image: "fw:2", Key: "5f2b/1/1", Fault: "warm-up"})
	want := trace.Event{
		Subject: "press-01", Actor: press, Kind: trace.State, Verb: "booted",
		Fields: []trace.Field{trace.String(imageField, "fw:2"), trace.Bool(healthyField, false), trace.String(faultField, "warm-up")},
	}
	if !reflect.DeepEqual(e, want) {
		t.Errorf("%+v, want %+v", e, want)
	}
}
