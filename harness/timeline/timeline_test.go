package timeline

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"example.com/edge-device-operator/harness/trace"
)

var (
	world  = trace.Actor{Role: trace.World}
	one    = trace.Actor{Role: trace.Controller, Number: 1}
	two    = trace.Actor{Role: trace.Controller, Number: 2}
	system = trace.Actor{Role: trace.System, Name: "press-01"}
	web    = trace.Object{Kind: "Web", Name: "web", Namespace: trace.OwnNamespace}
)

// conditions are those of a status, by their types.
func conditions(all ...string) (list []any) {
	for n := 0; n < len(all); n += 2 {
		list = append(list, map[string]any{"type": all[n], "status": all[n+1]})
	}
	return list
}

func write(number int, by trace.Actor, stored map[string]any) trace.Event {
	return trace.Event{At: time.Duration(number) * time.Second, Subject: "web", Actor: by, Kind: trace.Write, Verb: "update", Number: number, Effect: true, Object: web, Result: trace.Result{Status: 200}, Stored: stored}
}

// run is a controller that writes twice, is killed, and has a successor that writes again.
func run() Run {
	r := Run{Name: "killed", Title: "A </script> in a title.", Script: "run\n", Virtual: 9 * time.Second, Events: []trace.Event{
		{Actor: world, Kind: trace.Start, Target: one},
		write(1, one, map[string]any{"spec": map[string]any{"size": 3}, "status": map[string]any{"phase": "New", "conditions": conditions("Ready", "False")}}),
		{At: time.Second, Subject: "press-01", Actor: system, Kind: trace.State, Verb: "burns"},
		write(2, one, map[string]any{"spec": map[string]any{"size": 3}, "status": map[string]any{"phase": "Old", "conditions": conditions("Ready", "True", "Sealed", "True")}}),
		{At: 3 * time.Second, Actor: world, Kind: trace.Kill, Target: one},
		{At: 4 * time.Second, Actor: world, Kind: trace.Start, Target: two},
		write(5, two, map[string]any{"spec": map[string]any{"size": 3}, "status": map[string]any{"phase": "Old", "conditions": conditions("Ready", "True")}}),
		{At: 6 * time.Second, Subject: "web", Actor: two, Kind: trace.Request, Verb: "GET", Number: 6, Effect: true, Target: system, Result: trace.Result{Failure: trace.Timeout}},
	}}
	r.Lines = make([]int, len(r.Events))
	return r
}

func phase(e trace.Event) string {
	status, _ := e.Stored["status"].(map[string]any)
	phase, _ := status["phase"].(string)
	return phase
}

func TestData(t *testing.T) {
	d := newData(run(), Words{State: phase})
	if want := []lane{{controllers, "controller 1", both}, {controllers, "controller 2", both}, {objects, "web", both}, {systems, "press-01", both}}; !reflect.DeepEqual(d.Lanes, want) {
		t.Errorf("lanes %v", d.Lanes)
	}
	if want := []int{0, 2, 3, 2, 0, 1, 2, 2}; !reflect.DeepEqual(d.Lane, want) {
		t.Errorf("drawn in %v", d.Lane)
	}
	if want := []int{-1, 0, -1, 0, -1, -1, 1, 1}; !reflect.DeepEqual(d.By, want) {
		t.Errorf("by %v", d.By)
	}
	if want := []mark{happened, effect, happened, effect, fault, happened, effect, failed}; !reflect.DeepEqual(d.Mark, want) {
		t.Errorf("marks %v", d.Mark)
	}
	if want := []span{
		{0, 0, 4, "controller 1", "life"}, {2, 1, 3, "New", "state"}, {2, 3, -1, "Old", "state"}, {1, 5, -1, "controller 2", "life"},
	}; !reflect.DeepEqual(d.Spans, want) {
		t.Errorf("spans %v", d.Spans)
	}
	if want := map[int]change{
		1: {0, [][2]string{{"spec.size", "3"}, {"status.conditions.Ready.status", `"False"`}, {"status.conditions.Ready.type", `"Ready"`}, {"status.phase", `"New"`}}},
		3: {0, [][2]string{{"status.conditions.Ready.status", `"True"`}, {"status.conditions.Sealed.status", `"True"`}, {"status.conditions.Sealed.type", `"Sealed"`}, {"status.phase", `"Old"`}}},
		6: {0, [][2]string{{"status.conditions.Sealed", "null"}}},
	}; !reflect.DeepEqual(d.Changes, want) {
		t.Errorf("changes %v", d.Changes)
	}
	if d.Texts[d.Text[1]] != d.Texts[d.Text[3]] || d.Text[1] != d.Text[3] {
		t.Errorf("a text stands there twice: %v", d.Texts)
	}
}

// TestWrite checks that a page has its data as JSON, whatever texts it is about, names
// nothing that is elsewhere, and is the same each time.
// TestWoken checks which news woke a reconcile: of its instant, the last one that its
// watch can have brought, or none where it came by a timer.
func TestWoken(t *testing.T) {
	at := func(e trace.Event, when time.Duration, reconcile int) trace.Event {
		e.At, e.Began, e.Reconcile = when, when, reconcile
		return e
	}
	person := trace.Event{Subject: "web", Actor: trace.Actor{Role: trace.Person}, Kind: trace.Write, Verb: "create"}
	look := trace.Event{Subject: "web", Actor: one, Kind: trace.Request, Verb: "GET", Target: system}
	refused := write(4, one, nil)
	refused.Result.Failure = trace.Conflict
	r := Run{Events: []trace.Event{
		at(trace.Event{Actor: world, Kind: trace.Start, Target: one}, 0, 0),
		at(person, 0, 0),
		at(write(1, one, nil), 0, 1), // 2: woken by the person
		at(write(2, one, nil), 0, 1),
		at(look, 0, 2), // 4: woken by the last write of the first
		at(look, 0, 2),
		at(look, time.Second, 3), // by a timer
		at(refused, time.Second, 3),
		at(look, time.Second, 4), // nothing was stored
		at(trace.Event{Actor: world, Kind: trace.Start, Target: two}, 2*time.Second, 0),
		at(func() trace.Event { e := look; e.Actor = two; return e }(), 2*time.Second, 1), // 10: woken by the start
	}}
	r.Lines = make([]int, len(r.Events))
	d := newData(r, Words{})
	if want := map[int]int{2: 1, 4: 3, 10: 9}; !reflect.DeepEqual(d.Woken, want) {
		t.Errorf("woken are %v", d.Woken)
	}
	if want := []int{0, 0, 1, 1, 2, 2, 3, 3, 4, 0, 1}; !reflect.DeepEqual(d.Reconcile, want) {
		t.Errorf("reconciles %v", d.Reconcile)
	}
}

func TestWrite(t *testing.T) {
	var pages [2]bytes.Buffer
	for n := range pages {
		if err := Write(&pages[n], run(), Words{State: phase}); err != nil {
			t.Fatal(err)
		}
	}
	text := pages[0].String()
	if text != pages[1].String() {
		t.Error("two pages of one run differ")
	}
	_, rest, _ := strings.Cut(text, `<script type="application/json" id="run">`)
	encoded, _, _ := strings.Cut(rest, "</script>")
	var d data
	if err := json.Unmarshal([]byte(encoded), &d); err != nil || d.Title != run().Title || len(d.At) != len(run().Events) {
		t.Errorf("the page has %q, %d events (%v)", d.Title, len(d.At), err)
	}
	for _, elsewhere := range []string{"http://", "https://", "src=", "<link", "@import"} {
		if strings.Contains(text, elsewhere) {
			t.Errorf("the page has %s", elsewhere)
		}
	}
}

// TestAnEmptyRun has the script find columns, though empty ones.
func TestAnEmptyRun(t *testing.T) {
	for _, r := range []Run{{}, {Beside: &Run{}}} {
		text, err := json.Marshal(newData(r, Words{}))
		if err != nil || strings.Contains(string(text), "null") {
			t.Errorf("%v: %s", err, text)
		}
	}
}

// TestDeletes checks when an object is gone, and that its state ends then.
func TestDeletes(t *testing.T) {
	held := map[string]any{"metadata": map[string]any{"deletionTimestamp": "now", "finalizers": []any{"example.com/held"}}}
	letGo := map[string]any{"metadata": map[string]any{"deletionTimestamp": "now"}}
	by := func(verb string, stored map[string]any, fields ...trace.Field) trace.Event {
		return trace.Event{Subject: "web", Actor: trace.Actor{Role: trace.Person}, Kind: trace.Write, Verb: verb, Object: web, Stored: stored, Fields: fields}
	}
	for name, tt := range map[string]struct {
		e    trace.Event
		gone bool
	}{
		"a deletion":                    {by("delete", nil), true},
		"a deletion that is held":       {by("delete", nil, trace.Bool(trace.HeldByFinalizer, true)), false},
		"an update of what is deleted":  {by("update", held), false},
		"the last finalizer goes":       {by("update", letGo), true},
		"a deletion that has an answer": {by("delete", held), false},
		"an update":                     {by("update", map[string]any{"metadata": map[string]any{}}), false},
	} {
		if got := tt.e.Removes(); got != tt.gone {
			t.Errorf("%s: %t", name, got)
		}
	}
	r := Run{Events: []trace.Event{write(1, one, map[string]any{"status": map[string]any{"phase": "New"}}), by("delete", nil)}, Lines: []int{0, 0}}
	d := newData(r, Words{State: phase})
	if want := []span{{1, 0, 1, "New", "state"}}; !reflect.DeepEqual(d.Spans, want) || !reflect.DeepEqual(d.Changes[1].Fields, [][2]string{{"", "null"}}) {
		t.Errorf("%v, %v", d.Spans, d.Changes)
	}
}

func TestDeeper(t *testing.T) {
	for _, tt := range [][3]string{{"", "spec", "spec"}, {"spec", "image", "spec.image"}, {"metadata.labels", "example.com/of", `metadata.labels["example.com/of"]`}} {
		if got := deeper(tt[0], tt[1]); got != tt[2] {
			t.Errorf("%s", got)
		}
	}
}
