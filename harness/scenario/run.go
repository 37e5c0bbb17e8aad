package scenario

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/world"
)

// Options says how a file is run.
type Options struct {
	// World holds what the file doesn't say: the API server, the workers, the
	// log, the wall-clock limit. A zero Seed stands for the file's own, and any
	// other is the Order, too. Zero Workers stand for File.Workers, and where the
	// file says how many there are, so does every other number: it is what the file
	// is about.
	World world.Options
	// FullTrace has Result.Trace and Result.Events kept: everything, whatever the
	// file shows.
	FullTrace bool
	// MadeUp says that the file was made up by chance: it can't know what will
	// happen.
	MadeUp bool
}

// Result is what came of a run.
type Result struct {
	// Output is the file with what happened now under its commands; of a run
	// that ended with an error, up to there.
	Output string
	// Events is what happened, and Trace the same in words; both are kept only with
	// Options.FullTrace.
	Events []trace.Event
	Trace  string
	// Lines are the lines of the commands in whose run each of the Events came about.
	Lines []int
	// Begun are the lines of the commands in whose run each numbered request was sent.
	Begun map[process.Operation]int
	// Ran are the commands that have been run, in order, the last one perhaps not to its end;
	// kept only with Options.FullTrace.
	Ran []Ran
	// Rests are what was there after each command that waits for an end; kept only
	// with Options.FullTrace.
	Rests []Rest
	// Terminating are the objects that were applied while they were being deleted.
	Terminating []Terminating
	// Unmet is what the file asks for and what never happened, whether that is an error
	// or a note.
	Unmet []error
	// Notes say what the file asks for and what never happened, a line each, where
	// that is no error: it was played with another seed, another number of workers
	// or another reconciler than its own, for one of its objects alone, or is MadeUp.
	Notes []string
	// Moved are the requests that have other numbers than the file says, and Located is the
	// file with those that they have now, nil unless its commands say what their requests do.
	Moved   []Moved
	Located *File
	// Schedule is what the world went by.
	Schedule world.Schedule
	// Virtual is how much virtual time passed.
	Virtual time.Duration
	// Starts is how many controllers were started.
	Starts int
	// Endings is what became of each object, a line each.
	Endings []string
	// States is what the external systems really are in the end, or at an error, a line
	// each.
	States []string
	// ShortOfWorkers says that some object had to wait for a worker. All runs of a
	// file in which none had to are the same.
	ShortOfWorkers bool
	// Checks is how many times the invariants were checked on some object.
	Checks int
}

// Ran is when a command was run.
type Ran struct {
	// Line is the command's.
	Line int
	// Began and Ended are in virtual time since the world began.
	Began, Ended time.Duration
}

// Rest is what was there when a run had come to an end.
type Rest struct {
	// Line is the line of the command that waited for it.
	Line int
	// Ends are the objects.
	Ends []world.Ending
}

// Run is a file being run.
type Run struct {
	// World is the seam's world.
	World       World
	started     bool
	armed       map[world.Point]int // the lines of the commands that have armed something there
	full        bool                // everything is kept
	rests       []Rest
	terminating []Terminating
	ran         []Ran
	begun       map[process.Operation]int
	faulted     map[process.Operation]int // the lines of the commands that disturb requests
}

// general is the part of the world that knows no operator.
func (r *Run) general() *world.World { return r.World.General() }

// EnsureController starts the first controller, so that a scenario needn't say
// so before it has anything to do with it.
func (r *Run) EnsureController(ctx context.Context) error {
	if r.started {
		return nil
	}
	r.started = true
	return r.general().StartController(ctx)
}

// CatchUp has everything done that is due by now, so that what a command
// changes next meets nothing half done.
func (r *Run) CatchUp(ctx context.Context) error {
	return r.general().RunUntil(ctx, r.general().Now())
}

// Terminating is an object that was applied while it was being deleted: it goes all the same,
// once its finalizers are done.
type Terminating struct {
	// Line is that of the command.
	Line int
	// Object is its kind and name.
	Object string
}

// StepError says which line of a file went wrong.
type StepError struct {
	Path string
	Line int
	Err  error
}

// Error names the line.
func (e *StepError) Error() string { return fmt.Sprintf("%s:%d: %v", e.Path, e.Line, e.Err) }

// Unwrap returns what went wrong.
func (e *StepError) Unwrap() error { return e.Err }

// Run runs a file in a world of its own. Where it returns an error, which is a
// StepError, or several of them joined, unless no world could be made, the Result
// goes up to there.
func (f *File) Run(ctx context.Context, o Options) (res Result, err error) {
	if len(f.actions) == 0 {
		return f.run(ctx, o)
	}
	located, moved, err := f.locate(ctx, o)
	if err != nil {
		return res, err
	}
	res, err = located.run(ctx, o)
	res.Moved, res.Located = moved, located
	return res, err
}

// run plays a file as it stands.
func (f *File) run(ctx context.Context, o Options) (res Result, err error) {
	w := o.World
	switch w.Seed {
	case f.Seed:
	case 0:
		w.Seed = f.Seed
	default:
		w.Order = w.Seed
	}
	if w.Workers == 0 || f.FixedWorkers() > 0 {
		w.Workers = f.Workers()
	}
	w.Schedule = cmp.Or(f.schedule, w.Schedule)
	if !f.KillsControlPlane {
		w.ControlPlane = nil // or else the world would wait to be alone on it
	}
	r := &Run{armed: map[world.Point]int{}, full: o.FullTrace, begun: map[process.Operation]int{}, faulted: map[process.Operation]int{}}
	if r.World, err = f.setup.Open(ctx, w); err != nil {
		return res, err
	}
	defer func() {
		res.States = r.general().States()
		// Cleaning up after a run that was cancelled takes a context that wasn't.
		if closeErr := r.World.Close(context.WithoutCancel(ctx)); err == nil {
			err = closeErr
		}
		g := r.general()
		res.Schedule = g.Schedule()
		res.Virtual, res.Starts, res.ShortOfWorkers, res.Checks = g.Now(), g.Starts(), g.ShortOfWorkers(), r.World.Checks()
	}()
	var output, full strings.Builder
	for n, b := range f.tree.Blocks {
		events, lines, stepErr := f.runSteps(ctx, r, f.steps[n])
		res.Rests, res.Ran, res.Terminating = r.rests, r.ran, r.terminating
		if o.FullTrace {
			full.WriteString(r.general().Format(events))
			res.Events, res.Lines, res.Begun = append(res.Events, events...), append(res.Lines, lines...), r.begun
		}
		happened := r.general().Format(f.shown(events))
		b.WriteTo(&output, happened)
		res.Output, res.Trace = output.String(), full.String()
		if stepErr != nil {
			return res, stepErr
		}
	}
	if err := r.World.End(ctx); err != nil {
		return res, &StepError{f.Path, f.last(), err}
	}
	if res.Endings, err = r.World.Endings(); err != nil {
		return res, err
	}
	for _, line := range f.tree.Tail {
		res.Output += line.Text + "\n"
	}
	res.Unmet = r.unmet(f)
	if f.asWritten(o) {
		return res, errors.Join(res.Unmet...)
	}
	for _, err := range res.Unmet {
		res.Notes = append(res.Notes, err.Error())
	}
	return res, nil
}

// runSteps runs the commands of a block, and returns what happened, command by
// command, and the line of each event's. The next command finds the world at rest, or how far the consequences
// of this one have come would be chance.
func (f *File) runSteps(ctx context.Context, r *Run, steps []step) (events []trace.Event, lines []int, err error) {
	if err := f.arm(r, steps, 0); err != nil {
		return nil, nil, err
	}
	for n, s := range steps {
		if err := f.arm(r, steps, n+1); err != nil {
			return events, lines, err
		}
		var err error
		began := r.general().Now()
		if s.run != nil {
			err = s.run(ctx, r)
		}
		if err == nil {
			err = r.general().Settle(ctx)
		}
		for _, e := range r.general().Trace() {
			events, lines = append(events, e), append(lines, s.line)
		}
		if r.full {
			r.begin(s.line)
			r.ran = append(r.ran, Ran{s.line, began, r.general().Now()})
		}
		if err == nil && s.waits && r.full {
			err = r.rest(s.line)
		}
		if err != nil {
			return events, lines, &StepError{f.Path, s.line, err}
		}
	}
	return events, lines, nil
}

// begin notes that the requests which are new were sent in the run of a line's command.
func (r *Run) begin(line int) {
	//determinism:ordered each object's requests are noted apart
	for object, n := range r.general().RequestCounts() {
		for ; n > 0; n-- {
			op := process.Operation{Object: object, Number: n}
			if _, known := r.begun[op]; known {
				break
			}
			r.begun[op] = line
		}
	}
}

// rest notes what is there after a command that waits for an end, unless a controller
// is still to start.
func (r *Run) rest(line int) error {
	if r.general().Restarts() > 0 {
		return nil
	}
	ends, err := r.general().Ends()
	r.rests = append(r.rests, Rest{line, ends})
	return err
}

// arm arms the n-th step of a block, if there is one that has to be.
func (f *File) arm(r *Run, steps []step, n int) error {
	if n == len(steps) || steps[n].arm == nil {
		return nil
	}
	if err := steps[n].arm(r); err != nil {
		return &StepError{f.Path, steps[n].line, err}
	}
	return nil
}

// shown are those of the events that the file has shown.
func (f *File) shown(events []trace.Event) []trace.Event {
	if f.show == nil {
		return events
	}
	return slices.DeleteFunc(slices.Clone(events), func(e trace.Event) bool { return !f.show(e) })
}

// last is the line of the last command.
func (f *File) last() int {
	steps := f.steps[len(f.steps)-1]
	return steps[len(steps)-1].line
}

// IsUnended says whether an error is a wait for an end that nothing can bring.
func IsUnended(err error) bool {
	var u *world.UnendedError
	return errors.As(err, &u)
}

// IsViolation says whether an error is a broken invariant.
func IsViolation(err error) bool {
	var v *world.ViolationError
	return errors.As(err, &v)
}
