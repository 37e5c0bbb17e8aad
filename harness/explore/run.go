package explore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/scenario/syntax"
	"example.com/edge-device-operator/harness/world"
)

// run plays a recording's scenario with faults.
func (x *exploration) run(ctx context.Context, r *recording, faults []Fault) outcome {
	return x.judge(ctx, r, faults, r.script.text(faults))
}

// judge plays a text and judges what came of it.
func (x *exploration) judge(ctx context.Context, r *recording, faults []Fault, text string) outcome {
	out := outcome{Scenario: r.name, Faults: faults, Text: text}
	f, err := x.parse(r.script, text)
	if err != nil {
		out.err = err
		return out
	}
	return x.playFile(ctx, f, out, scenario.Options{World: x.World, FullTrace: true})
}

// playFile plays a file, and judges what came of it.
func (x *exploration) playFile(ctx context.Context, f *scenario.File, out outcome, o scenario.Options) outcome {
	o.MadeUp = true
	var err error
	out.result, err = x.Play(ctx, f, o)
	if ctx.Err() != nil {
		out.err = context.Cause(ctx)
		return out
	}
	out.classify(err)
	return out
}

// play plays a recording's scenario with faults, and compares what it leads to with
// what the scenario leads to without.
func (x *exploration) play(ctx context.Context, r *recording, faults []Fault) outcome {
	out := x.run(ctx, r, faults)
	if why := r.tooEarly(out); why != "" && (out.Violation == nil || out.Violation.Promise == world.Expected) {
		out.Violation, out.Story, out.Inapplicable = nil, "", why
	}
	if !out.played() || out.Violation != nil || slices.ContainsFunc(faults, func(f Fault) bool { return f.Kind == External }) {
		return out
	}
	line, expected := r.differs(out)
	if expected == nil {
		return out
	}
	// The difference becomes what the file expects, and breaks that again.
	again := x.judge(ctx, r, faults, r.script.expecting(faults, line, expected))
	if again.Violation == nil && again.err == nil {
		again.err = errors.New("it ends otherwise each time")
	}
	return again
}

// tooEarly says which object the script applies in a run while it is still being deleted,
// which it isn't in the recording; empty if there is none. What is applied goes with it, and
// no operator can help that.
func (r *recording) tooEarly(out outcome) string {
	lines := r.script.lines(out.Faults)
	for _, have := range out.result.Terminating {
		line := lines[have.Line]
		if !slices.ContainsFunc(r.result.Terminating, func(l scenario.Terminating) bool { return l.Line == line && l.Object == have.Object }) {
			return fmt.Sprintf("%s:%d: %s is still being deleted when it is applied", r.script.path, line, have.Object)
		}
	}
	return ""
}

// differs is what to expect after which line, where the run of a recording's scenario
// with faults comes to another end than the recording.
func (r *recording) differs(out outcome) (line int, expected []syntax.Line) {
	lines := r.script.lines(out.Faults)
	for _, want := range r.result.Rests {
		for _, have := range out.result.Rests {
			// A line of the recording's is further down in a scenario with faults.
			if lines[have.Line] != want.Line {
				continue
			}
			if expected := difference(want.Ends, have.Ends); expected != nil {
				return want.Line, expected
			}
		}
	}
	return 0, nil
}

// inOrder calls do for each of the jobs, so many at a time, and then with the job's
// place and what came of it, in the order of the jobs.
func inOrder[J, R any](ctx context.Context, width int, jobs []J, do func(context.Context, J) R, then func(int, R)) error {
	ctx, cancel := context.WithCancel(ctx)
	results := make([]chan R, len(jobs))
	next := make(chan int, len(jobs))
	for n := range jobs {
		results[n] = make(chan R, 1)
		next <- n
	}
	close(next)
	var workers sync.WaitGroup
	defer workers.Wait()
	defer cancel()
	for range min(cmp.Or(width, 1), len(jobs)) {
		workers.Go(func() {
			for n := range next {
				if ctx.Err() == nil {
					results[n] <- do(ctx, jobs[n])
				}
				close(results[n])
			}
		})
	}
	for n := range jobs {
		r, ok := <-results[n]
		if ctx.Err() != nil || !ok {
			return context.Cause(ctx)
		}
		then(n, r)
	}
	return nil
}
