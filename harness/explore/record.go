package explore

import (
	"context"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/trace"
)

// recording is a run of a scenario without a fault.
type recording struct {
	name       string
	script     *script
	operations []operation
	result     scenario.Result
	outcome    outcome
}

// operation is a numbered request of a recording.
type operation struct {
	process.Operation
	trace.Event
	// line is that of the command in whose run it was made.
	line int
	// alone says that no other work made a request, nor did anybody else do anything, at
	// its instant.
	alone bool
}

// record plays a scenario without a fault. It counts as a run of its own: what it
// breaks, it breaks without any.
func (x *exploration) record(ctx context.Context, f *scenario.File) *recording {
	r := &recording{name: f.Name(), outcome: outcome{Scenario: f.Name()}}
	if f.KillsControlPlane {
		r.outcome.Inapplicable = "it kills the control plane"
		return r
	}
	if r.script, r.outcome.err = newScript(f, x.Rest); r.outcome.err != nil {
		return r
	}
	r.outcome = x.run(ctx, r, nil)
	r.result = r.outcome.result
	for n, e := range r.result.Events {
		if e.Number == 0 || e.Late || r.result.Lines[n] == r.script.rest {
			continue
		}
		r.operations = append(r.operations, operation{
			Operation: process.Operation{Object: e.Subject, Number: e.Number}, Event: e, line: r.result.Lines[n], alone: r.isAlone(n),
		})
	}
	return r
}

// isAlone says whether all events of an event's instant, in the run of its command,
// have its subject.
func (r *recording) isAlone(n int) bool {
	for m, e := range r.result.Events {
		if e.At == r.result.Events[n].At && r.result.Lines[m] == r.result.Lines[n] && e.Subject != r.result.Events[n].Subject {
			return false
		}
	}
	return true
}
