// Package debugger steps through a run of a scenario, forward and back, and changes what
// happens on the way. Runs are the same each time. So it plays the scenario once, and
// steps through what happened; a change is a command in the scenario, which is played
// again. What came of it is a scenario file.
package debugger

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"time"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/scenario/syntax"
	"example.com/edge-device-operator/harness/trace"
)

// Options say how a scenario is played.
type Options struct {
	// Language is that of the scenario.
	Language *scenario.Language
	// Play plays a file, with scenario.Options.FullTrace and world.Options.Stored.
	Play func(context.Context, *scenario.File) (scenario.Result, error)
	// Narrator puts events into words; those of any operator if nil.
	Narrator trace.Narrator
}

// Debugger is at some moment of a run.
type Debugger struct {
	options Options
	name    string // of the scenario's file
	moment
	undo  []moment // before each change
	added []int    // the lines of the last change
}

// run is a scenario and what happened.
type run struct {
	file    *scenario.File
	tree    *syntax.File
	result  scenario.Result
	failure error
	steps   []step
}

// moment is a moment of a run.
type moment struct {
	run
	// at is how many of the steps have been.
	at int
	// until, if later than the last of these, is up to when time has passed.
	until time.Duration
}

// step is a line of the trace.
type step struct {
	trace.Line
	// command is the index among result.Ran of the command in whose run it came about.
	command int
}

// time is when the step was.
func (s step) time() time.Duration { return s.Events[0].At }

// New plays a scenario, and returns a debugger at its beginning.
func New(ctx context.Context, f *scenario.File, o Options) (*Debugger, error) {
	d := &Debugger{options: o, name: filepath.Base(f.Path)}
	tree, err := syntax.Parse(f.Path, f.Text())
	if err != nil {
		return nil, err
	}
	d.run, err = d.play(ctx, tree)
	return d, err
}

// play plays what a tree says. That the run fails is no error.
func (d *Debugger) play(ctx context.Context, tree *syntax.File) (r run, err error) {
	for n := range tree.Blocks {
		tree.Blocks[n].Happened = "" // it may be something else from now on
	}
	// Its lines are counted as they stand now.
	if r.tree, err = syntax.Parse(tree.Path, tree.String()); err != nil {
		return r, err
	}
	if r.file, err = d.options.Language.Parse(tree.Path, r.tree.String()); err != nil {
		return r, err
	}
	r.result, r.failure = d.options.Play(ctx, r.file)
	switch {
	case ctx.Err() != nil:
		return r, context.Cause(ctx)
	case r.failure != nil && len(r.result.Ran) == 0:
		return r, r.failure
	}
	first := 0
	for n, ran := range r.result.Ran {
		last := first
		for last < len(r.result.Lines) && r.result.Lines[last] == ran.Line {
			last++
		}
		for _, l := range trace.Lines(r.result.Events[first:last], d.options.Narrator) {
			r.steps = append(r.steps, step{l, n})
		}
		first = last
	}
	return r, nil
}

// Steps are the lines of the trace.
func (d *Debugger) Steps() (lines []trace.Line) {
	for _, s := range d.steps {
		lines = append(lines, s.Line)
	}
	return lines
}

// Failure says why the run fails, nil if it doesn't.
func (d *Debugger) Failure() error { return d.failure }

// Now is the virtual time of the moment.
func (d *Debugger) Now() time.Duration {
	if d.at > 0 {
		return max(d.until, d.steps[d.at-1].time())
	}
	return d.until
}

// AtEnd says whether all that happened has been, and the run has ended.
func (d *Debugger) AtEnd() bool { return d.at == len(d.steps) && d.Now() >= d.result.Virtual }

// Move goes so many steps on, or back if it is negative, as far as there are any. Behind the
// last one is the end.
func (d *Debugger) Move(n int) {
	if at := d.at + n; at > len(d.steps) {
		d.ToEnd()
	} else {
		d.moveTo(max(at, 0))
	}
}

func (d *Debugger) moveTo(at int) { d.at, d.until = at, 0 }

// ToEnd goes behind the last step, up to when the run ended.
func (d *Debugger) ToEnd() { d.at, d.until = len(d.steps), d.result.Virtual }

// InInstant says whether something more happens at the time of the moment.
func (d *Debugger) InInstant() bool {
	return d.at < len(d.steps) && d.at > 0 && d.steps[d.at].time() == d.Now()
}

// ToTime goes to a virtual time, with all that is due then.
func (d *Debugger) ToTime(t time.Duration) error {
	if t > d.result.Virtual {
		return fmt.Errorf("the run ends at %v", d.result.Virtual)
	}
	d.moveTo(0)
	for d.at < len(d.steps) && d.steps[d.at].time() <= t {
		d.at++
	}
	d.until = t
	return nil
}

// To goes to the first step of which something holds, from a place among them on, and says
// whether there is one.
func (d *Debugger) To(from int, holds func(trace.Line) bool) bool {
	for n := from; n < len(d.steps); n++ {
		if holds(d.steps[n].Line) {
			d.moveTo(n + 1)
			return true
		}
	}
	return false
}

// Objects are the objects that are stored at the moment, in the order of their creation,
// each as it was stored last.
func (d *Debugger) Objects() (all []Object) {
	for _, s := range d.steps[:d.at] {
		for _, e := range s.Events {
			of := e.Object.Whole()
			n := slices.IndexFunc(all, func(o Object) bool { return o.Object == of })
			switch {
			case e.Removes() && n >= 0:
				all = slices.Delete(all, n, n+1)
			case e.Removes() || len(e.Stored) == 0:
			case n >= 0:
				all[n].Stored = e.Stored
			default:
				all = append(all, Object{of, e.Stored})
			}
		}
	}
	return all
}

// Names are the names of the objects.
func (d *Debugger) Names() (all []string) {
	for _, o := range d.Objects() {
		all = append(all, o.Name)
	}
	return all
}

// Object is an object as it was stored.
type Object struct {
	trace.Object
	// Stored is as in trace.Event.
	Stored map[string]any
}

// States says what the external systems really are, once all is done that is due at the
// moment. It plays the scenario up to there.
func (d *Debugger) States(ctx context.Context) ([]string, error) {
	tree := d.cut()
	if len(tree.Blocks) == 0 {
		return nil, nil
	}
	r, err := d.play(ctx, tree)
	return r.result.States, err
}

// Insert puts commands into the scenario, so that they come at the moment, once all is done that
// is due then, and plays it. Their text is as in a file. The moment stays as it is. The
// error is ErrComesEarlier, or says what is wrong with a command, or why it can't come here;
// nothing has changed then.
func (d *Debugger) Insert(ctx context.Context, commands string) error {
	tree, err := d.with(commands)
	if err != nil {
		return err
	}
	return d.change(ctx, tree)
}

// Kill puts a kill of a controller into the scenario, right after the last step if that is
// a request of it, and else once all is done that is due at the moment; another one starts
// so much later. controller is its number, 0 for the one whose request the last step is, or
// for the only one. The error is as of Insert.
func (d *Debugger) Kill(ctx context.Context, controller int, restart time.Duration) error {
	return d.change(ctx, d.killed(controller, restart))
}

// change plays the scenario as a changed tree has it.
func (d *Debugger) change(ctx context.Context, tree *syntax.File) error {
	added := added(tree)
	tree.Path = "the changed " + d.name
	r, err := d.play(ctx, tree)
	if err != nil {
		return err
	}
	if failed := (*scenario.StepError)(nil); errors.As(r.failure, &failed) && slices.Contains(added, failed.Line) && !scenario.IsViolation(failed) && !scenario.IsUnended(failed) {
		return failed.Err
	}
	before := d.moment
	d.undo, d.run, d.added = append(d.undo, before), r, added
	if same := d.sameAs(before.steps); same < d.at {
		d.at = same
		return ErrComesEarlier
	}
	return nil
}

// ErrComesEarlier says that what a change does comes before the moment, which is now there.
var ErrComesEarlier = errors.New("that changes what came before: this is where")

// sameAs is how many steps a run has in common with another one.
func (d *Debugger) sameAs(others []step) (n int) {
	for n < min(len(d.steps), len(others)) && reflect.DeepEqual(d.steps[n].Events, others[n].Events) {
		n++
	}
	return n
}

// Undo takes the last change back, and says whether there was one.
func (d *Debugger) Undo() bool {
	if len(d.undo) == 0 {
		return false
	}
	last := len(d.undo) - 1
	d.moment, d.undo = d.undo[last], d.undo[:last]
	return true
}

// Changed says whether the scenario is another one than it was.
func (d *Debugger) Changed() bool { return len(d.undo) > 0 }

// Text is the scenario as a file, with what happens in it.
func (d *Debugger) Text() string {
	if d.failure == nil {
		return d.result.Output
	}
	return d.file.Text()
}
