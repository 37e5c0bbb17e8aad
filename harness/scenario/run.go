package scenario

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

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
	// FullTrace has Result.Trace and Result.Lines kept: every line, whatever the
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
	// Trace is every line of every block, and Lines the same before they were
	// written; both are kept only with Options.FullTrace.
	Trace string
	Lines []trace.Line
	// Notes say what the file asks for and what never happened, a line each, where
	// that is no error: it was played with another seed, another number of workers
	// or another reconciler than its own, for one of its objects alone, or is MadeUp.
	Notes []string
	// Virtual is how much virtual time passed.
	Virtual time.Duration
	// Starts is how many controllers were started.
	Starts int
	// Endings is what became of each object and its device, a line each.
	Endings []string
	// ShortOfWorkers says that some object had to wait for a worker. All runs of a
	// file in which none had to are the same.
	ShortOfWorkers bool
	// Checks is how many times the invariants were checked on some object.
	Checks int
}

// run is a file being run.
type run struct {
	world   *world.World
	started bool
	faults  []fault
}

// ensureController starts the first controller, so that a scenario needn't say
// so before it has anything to do with it.
func (r *run) ensureController(ctx context.Context) error {
	if r.started {
		return nil
	}
	r.started = true
	return r.world.StartController(ctx)
}

// catchUp has everything done that is due by now, so that what a command
// changes next meets nothing half done.
func (r *run) catchUp(ctx context.Context) error { return r.world.RunUntil(ctx, r.world.Now()) }

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
	w := o.World
	w.Timing = f.setup.options.Timing
	switch w.Seed {
	case f.Seed:
	case 0:
		w.Seed = f.Seed
	default:
		w.Order = w.Seed
	}
	if w.Workers == 0 || f.setup.options.Workers > 0 {
		w.Workers = f.Workers()
	}
	r := &run{}
	if r.world, err = world.New(ctx, w); err != nil {
		return res, err
	}
	defer func() {
		// Cleaning up after a run that was cancelled takes a context that wasn't.
		if closeErr := r.world.Close(context.WithoutCancel(ctx)); err == nil {
			err = closeErr
		}
		res.Virtual, res.Starts, res.Checks = r.world.Now(), r.world.Starts(), r.world.Checks()
		res.ShortOfWorkers = r.world.ShortOfWorkers()
	}()
	var output, full strings.Builder
	for _, b := range f.blocks {
		lines, stepErr := f.runBlock(ctx, r, b)
		if o.FullTrace {
			full.WriteString(trace.Format(lines))
			res.Lines = append(res.Lines, lines...)
		}
		happened := trace.Format(f.setup.shown(lines))
		b.write(&output, happened)
		res.Output, res.Trace = output.String(), full.String()
		if stepErr != nil {
			return res, stepErr
		}
	}
	if err := r.world.End(ctx); err != nil {
		return res, &StepError{f.Path, f.last(), err}
	}
	if res.Endings, err = r.world.Endings(); err != nil {
		return res, err
	}
	res.Output += strings.Join(f.tail, "\n")
	if len(f.tail) > 0 {
		res.Output += "\n"
	}
	unmet := r.unmet(f)
	if f.asWritten(o) {
		return res, errors.Join(unmet...)
	}
	for _, err := range unmet {
		res.Notes = append(res.Notes, err.Error())
	}
	return res, nil
}

// runBlock runs the commands of a block, and returns what happened, command by
// command. The next command finds the world at rest, or how far the consequences
// of this one have come would be chance.
func (f *File) runBlock(ctx context.Context, r *run, b block) (lines []trace.Line, err error) {
	if err := f.arm(r, b, 0); err != nil {
		return nil, err
	}
	for n, s := range b.steps {
		if err := f.arm(r, b, n+1); err != nil {
			return lines, err
		}
		err := s.run(ctx, r)
		if err == nil {
			err = r.world.Settle(ctx)
		}
		lines = append(lines, r.world.Trace()...)
		if err != nil {
			return lines, &StepError{f.Path, s.line, err}
		}
	}
	return lines, nil
}

// arm arms the n-th step of a block, if there is one that has to be.
func (f *File) arm(r *run, b block, n int) error {
	if n == len(b.steps) || b.steps[n].arm == nil {
		return nil
	}
	if err := b.steps[n].arm(r); err != nil {
		return &StepError{f.Path, b.steps[n].line, err}
	}
	return nil
}

// shows are what a file can have shown in the place of everything: transitions
// leaves out what a controller only read; of outcomes there is one line for each
// rollout, besides what befell the world.
var shows = map[string]func(trace.Line) bool{
	"transitions": func(l trace.Line) bool {
		return !strings.Contains(l.Text, "looks: ") && !strings.Contains(l.Text, "reads itself again")
	},
	"outcomes": func(l trace.Line) bool {
		return l.Object == "" || strings.Contains(l.Text, "→ Succeeded") || strings.Contains(l.Text, "→ Failed")
	},
}

func (s setup) shown(lines []trace.Line) []trace.Line {
	if s.show == nil {
		return lines
	}
	return slices.DeleteFunc(slices.Clone(lines), func(l trace.Line) bool { return !s.show(l) })
}

func (b block) write(out *strings.Builder, happened string) {
	for _, line := range b.source {
		out.WriteString(line)
		out.WriteByte('\n')
	}
	out.WriteString(separator + "\n" + happened)
}

// last is the line of the last command.
func (f *File) last() int {
	steps := f.blocks[len(f.blocks)-1].steps
	return steps[len(steps)-1].line
}

// Text is the file as it stands.
func (f *File) Text() string {
	var out strings.Builder
	for _, b := range f.blocks {
		b.write(&out, b.expected)
	}
	for _, line := range f.tail {
		out.WriteString(line)
		out.WriteByte('\n')
	}
	return out.String()
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
