package edge

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/trace"
)

// TestExternalFaults has a device that is read, burned and rebooted, and read again: by
// a controller, and once in vain.
func TestExternalFaults(t *testing.T) {
	device := trace.Actor{Role: trace.System, Name: "press-01"}
	request := func(verb, path string, result trace.Result) trace.Event {
		return trace.Event{Kind: trace.Request, Actor: trace.Actor{Role: trace.Controller, Number: 1}, Verb: verb, Target: device, Result: result, Fields: []trace.Field{trace.String(trace.Path, path)}}
	}
	state := func(kind devicesim.ChangeKind) trace.Event {
		return trace.Event{Kind: trace.State, Actor: device, Verb: string(kind)}
	}
	refused := trace.Result{Failure: trace.ConnectionRefused}
	events := []trace.Event{
		{Kind: trace.Start},
		request("GET", "/health", trace.Result{Status: 200}),
		request("GET", "/health", trace.Result{Status: 200}),
		request("POST", "/burn", trace.Result{Status: 503, Injected: true}), // it never comes to the device
		request("POST", "/burn", trace.Result{Status: 202}),
		state(devicesim.BurnStarted),
		request("GET", "/health", refused), // by a fault of the device
		request("POST", "/reboot", trace.Result{Status: 202}),
		state(devicesim.RebootStarted),
		request("GET", "/health", refused), // since it reboots
		state(devicesim.Booted),
		request("GET", "/health", trace.Result{Status: 200}),
	}
	type at struct {
		of    string
		event int
		again bool
	}
	got := map[at]int{}
	for _, f := range ExternalFaults(events) {
		if _, err := Language.Parse("fault.txt", "device press-01\n"+f.Command+"\nrun\n----\n"); err != nil {
			t.Error(err)
		}
		if f.Before != 1 {
			t.Errorf("%s stands before event %d, not the first", f.Command, f.Before)
		}
		words := strings.Fields(f.Command)
		got[at{strings.Join(words[2:4], " "), f.At, f.Again}]++
	}
	want := map[at]int{}
	for _, a := range []at{
		{"of=health nth=1", 1, false}, {"of=health nth=2", 2, true}, {"of=burn nth=1", 4, false}, {"of=transfer nth=1", 5, false},
		{"of=health nth=3", 6, false}, {"of=reboot nth=1", 7, false}, {"of=boot nth=1", 8, false}, {"of=health nth=4", 11, false},
	} {
		of := strings.TrimPrefix(strings.Fields(a.of)[0], "of=")
		want[a] = len(faultsOf(of))
		if len(faultsOf(of)) < 6 {
			t.Errorf("there are only %d faults of %s", len(faultsOf(of)), of)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v\nwant %v", fmt.Sprint(got), fmt.Sprint(want))
	}
}
