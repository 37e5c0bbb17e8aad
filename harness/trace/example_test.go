package trace_test

import (
	"fmt"
	"time"

	"example.com/edge-device-operator/harness/trace"
)

// However many workers there were, and in whatever order they came: the order
// is virtual time, subject, the subject's own sequence.
func ExampleTrace_Take() {
	one := trace.Actor{Role: trace.Controller, Number: 1}
	request := func(subject string, number int) trace.Event {
		return trace.Event{
			At: 5 * time.Second, Subject: subject, Actor: one, Kind: trace.Request, Verb: "GET", Number: number,
			Target: trace.Actor{Role: trace.System, Name: subject}, Result: trace.Result{Status: 200},
			Fields: []trace.Field{trace.String(trace.Path, "/health")},
		}
	}
	world := trace.Actor{Role: trace.World}
	var t trace.Trace
	for _, e := range []trace.Event{
		{At: 5 * time.Second, Actor: world, Kind: trace.Kill, Target: one},
		request("press-02", 3), request("press-01", 3), request("press-02", 4),
		{At: 0, Early: true, Actor: world, Kind: trace.Start, Target: one},
	} {
		t.Add(e)
	}
	fmt.Print(trace.Format(t.Take(), trace.Text))
	// Output:
	// 0s  controller 1 started
	// 5s  press-01  #3    GET press-01/health → 200
	// 5s  press-02  #3-4  GET press-02/health → 200
	// 5s  controller 1 killed
}

// Whoever wants to know what happened asks the events, and not their words.
func ExampleEvent() {
	events := []trace.Event{
		{Subject: "web", Number: 1, Kind: trace.Write, Verb: "create", Object: trace.Object{Kind: "Secret", Name: "web"}, Result: trace.Result{Status: 201}},
		{Subject: "web", Number: 2, Kind: trace.Write, Verb: "create", Object: trace.Object{Kind: "ConfigMap", Name: "web"}, Result: trace.Result{Failure: trace.Timeout}},
	}
	for _, e := range events {
		if e.Kind == trace.Write && e.Result.Failure != "" {
			fmt.Printf("%s#%d: %s %s %s: %s\n", e.Subject, e.Number, e.Verb, e.Object.Kind, e.Object.Name, e.Result.Failure)
		}
	}
	// Output:
	// web#2: create ConfigMap web: timeout
}
