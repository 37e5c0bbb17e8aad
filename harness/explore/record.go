package explore

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

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
	// lines are, for each event, the line of the scenario's command in whose run it came,
	// 0 if it is none before which a fault can stand, and begun, for each numbered request,
	// that of the one in whose run it was sent.
	lines []int
	begun map[process.Operation]int
	// moved are the requests that have other numbers than the file says.
	moved   []scenario.Moved
	outcome outcome
	faults  []Fault
	// points, effective and distinct are counted as in Report.
	points, effective, distinct int
}

// operation is a numbered request of a recording.
type operation struct {
	process.Operation
	trace.Event
	// line is that of the command in whose run it was sent, before which a fault has to
	// stand, and over that of the one in whose run it was over.
	line, over int
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
	if v := r.outcome.Violation; v != nil && r.outcome.endless {
		// Some operators have something to do for ever, and are no worse for it.
		r.outcome.Violation, r.outcome.Story, r.outcome.Inapplicable = nil, "", v.Found
	}
	r.result = r.outcome.result
	if r.moved = r.result.Moved; len(r.moved) > 0 && r.outcome.err == nil {
		r.script, r.outcome.err = r.script.renumbered(r.result.Located)
	}
	r.locate(nil)
	r.operations = r.read(0)
	if r.outcome.played() && r.outcome.Violation == nil {
		r.faults = x.enumerate(r, 0)
	}
	return r
}

// locate finds the lines of the events, where what was played has faults.
func (r *recording) locate(faults []Fault) {
	lines := r.script.lines(faults)
	line := func(played int) int {
		if line := lines[played]; line != r.script.rest {
			return line
		}
		return 0
	}
	for _, played := range r.result.Lines {
		r.lines = append(r.lines, line(played))
	}
	r.begun = map[process.Operation]int{}
	//determinism:ordered each is noted apart
	for op, played := range r.result.Begun {
		r.begun[op] = line(played)
	}
}

// sent is the line of the command in whose run an event's request was sent, or the event
// came if it tells of none.
func (r *recording) sent(n int) int {
	e := r.result.Events[n]
	if line, numbered := r.begun[operationOf(e)]; numbered && !e.Late {
		return line
	}
	return r.lines[n]
}

// read are the numbered requests from an event on.
func (r *recording) read(from int) (all []operation) {
	for n, e := range r.result.Events[from:] {
		n += from
		op := operation{Operation: operationOf(e), Event: e, line: r.sent(n), over: r.lines[n], alone: r.isAlone(n)}
		if !e.IsRequest() || op.line == 0 {
			continue
		}
		all = append(all, op)
	}
	return all
}

// counted adds to what is kept of a recording how many points there are, and a hash of
// what happened.
func (r *recording) counted(run *Run) {
	run.Points, run.Effective, run.Distinct = r.points, r.effective, r.distinct
	for _, m := range r.moved {
		run.Moved = append(run.Moved, m.String())
	}
	var text strings.Builder
	for _, e := range r.result.Events {
		line, err := json.Marshal(e)
		if err != nil {
			line = []byte(err.Error()) // fields are texts, numbers and bools, and nothing is left that fails
		}
		fmt.Fprintf(&text, "%d %s\n", e.At, line)
	}
	run.Record = hash(text.String())
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
