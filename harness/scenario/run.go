package scenario

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/world"
)

// Options says how a file is run.
type Options struct {
	// World holds what the file doesn't say: the API server, the workers, the
	// log, the wall-clock limit. A zero Seed stands for the file's own.
	World world.Options
	// FullTrace has Result.Trace kept: every line, whatever the file shows.
	FullTrace bool
}

// Result is what came of a run.
type Result struct {
	// Output is the file with what happened now under its commands; of a run
	// that ended with an error, up to there.
	Output string
	// Shown is only what happened, without the commands.
	Shown string
	// Trace is every line of every block.
	Trace string
	// Virtual is how much virtual time passed.
	Virtual time.Duration
	// Starts is how many controllers were started.
	Starts int
	// Checks is how many times the invariants were checked on some object.
	Checks int
}

// run is a file being run.
type run struct {
	world   *world.World
	started bool
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
// StepError unless no world could be made, the Result goes up to there.
func (f *File) Run(ctx context.Context, o Options) (res Result, err error) {
	w := o.World
	w.Timing = f.setup.options.Timing
	if w.Seed == 0 {
		w.Seed = f.Seed
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
	}()
	var output, shown, full strings.Builder
	for _, b := range f.blocks {
		stepErr := f.runBlock(ctx, r, b)
		lines := r.world.Trace()
		if o.FullTrace {
			full.WriteString(trace.Format(lines))
		}
		if f.setup.brief {
			lines = brief(lines)
		}
		happened := trace.Format(lines)
		shown.WriteString(happened)
		b.write(&output, happened)
		res.Output, res.Shown, res.Trace = output.String(), shown.String(), full.String()
		if stepErr != nil {
			return res, stepErr
		}
	}
	res.Output += strings.Join(f.tail, "\n")
	if len(f.tail) > 0 {
		res.Output += "\n"
	}
	return res, nil
}

func (f *File) runBlock(ctx context.Context, r *run, b block) error {
	for _, s := range b.steps {
		err := s.run(ctx, r)
		if err == nil {
			// The next command finds the world at rest, or how far this one's
			// consequences have come would be chance.
			err = r.world.Settle(ctx)
		}
		if err != nil {
			return &StepError{f.Path, s.line, err}
		}
	}
	return nil
}

// brief leaves out what a controller only read.
func brief(lines []trace.Line) []trace.Line {
	var kept []trace.Line
	for _, l := range lines {
		if !strings.HasPrefix(l.Text, "looks: ") && !strings.HasPrefix(l.Text, "reads itself again") {
			kept = append(kept, l)
		}
	}
	return kept
}

func (b block) write(out *strings.Builder, happened string) {
	for _, line := range b.source {
		out.WriteString(line)
		out.WriteByte('\n')
	}
	out.WriteString(separator + "\n" + happened)
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

// IsViolation says whether an error is a broken invariant.
func IsViolation(err error) bool {
	var v *world.ViolationError
	return errors.As(err, &v)
}
