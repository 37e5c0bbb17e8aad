// Package explore finds what scripted scenarios don't: it plays a scenario once as it
// is written, and then again for every request at which something can go wrong, with
// that fault. It knows no operator.
//
// Every run is a scenario file: the original one with a command that carries the
// fault, and with rest at its end, which holds the operator to what every operator
// promises. So what is found is a file that replay plays.
package explore

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/timeline"
	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/world"
)

// Options says what is explored, and how far.
type Options struct {
	// Language is that of the files.
	Language *scenario.Language
	// Files are the scenarios.
	Files []*scenario.File
	// Play plays a file in a world of its own. It is called by several goroutines.
	Play func(context.Context, *scenario.File, scenario.Options) (scenario.Result, error)
	// World holds what the files don't say, such as a reconciler in the place of the
	// operator's.
	World world.Options

	// Faults are the kinds of fault that are tried; all if nil.
	Faults []Kind
	// Away is how long a controller that is killed stays away, each length a run of
	// its own; DefaultAway if nil.
	Away []time.Duration
	// Rest is how much virtual time a world may take to come to rest; an hour if 0.
	Rest time.Duration
	// Runs is how many runs there may be, the most telling first; all if 0. Audits and
	// repeats come on top.
	Runs int
	// Budget is how much real time it may take, the most telling runs first; any if
	// 0. Elapsed, which goes with it, says how much has passed. Runs are begun in that
	// time; how many there are is up to the machine.
	Budget  time.Duration
	Elapsed func() time.Duration
	// Depth is how many faults a run may have: with 2, runs with a second fault during
	// the recovery from the first are added.
	Depth int
	// Worlds is how many random worlds are played, drawn by Seed.
	Worlds int
	// Grammar is what random worlds are drawn from, beside what every operator can be
	// put through. Without one they are drawn from Files, which may be empty otherwise.
	Grammar *Grammar
	// External, if set, says what the external systems can do wrong in a run, whose events
	// it is given. A fault of theirs may be a reason to end elsewhere.
	External func([]trace.Event) []ExternalFault
	// Shard is the part of the exploration that is played; the whole if it is zero.
	Shard Shard
	// Width is how many worlds are played at a time; 1 if 0. It makes no difference
	// to what is found.
	Width int
	// NoMerge has kills played at every request, though some be the same.
	NoMerge bool
	// Audit is how many of the kills that are the same as others are played all the
	// same, and compared. Seed draws which, and the random worlds.
	Audit int
	// Repeat is how many of all runs, drawn by Seed, are played twice, and compared.
	Repeat int
	Seed   uint64
	// Known are runs of an exploration with the same Header that aren't played again,
	// unless other runs follow from them.
	Known []Run
	// First has the exploration end at the first violation.
	First bool
	// NoShrink has violations left as they were found. Those of a shard always are.
	NoShrink bool
	// ShrinkRuns is how many runs shrinking one violation may take; 400 if 0.
	ShrinkRuns int
	// Words are what the pages of shrunk violations are told of the operator.
	Words timeline.Words
	// Shrinking, if set, is told how many violations have been shrunk, and how many are
	// to be: one for each kind of fault that breaks something.
	Shrinking func(done, total int)
	// Note, if set, is told what belongs into the journal after its header, in an
	// order that Width doesn't matter to. An error ends the exploration.
	Note func(Line) error
	// Progress, if set, is told after each run how many there have been, and how many
	// there will be.
	Progress func(done, total, violations int)
}

// DefaultAway has the next controller start at once, after some polls, and after most
// deadlines and backoffs.
var DefaultAway = []time.Duration{0, 10 * time.Second, time.Hour}

// Explore plays scenarios with every single fault, and with what else the options ask
// for. The error says why they couldn't be played to the end; the report goes up to
// there.
func Explore(ctx context.Context, o Options) (Report, error) {
	if o.Budget > 0 && o.Elapsed == nil {
		return Report{}, errors.New("explore: Elapsed has to go with Budget")
	}
	x := &exploration{Options: o.withDefaults(), known: map[string]Run{}}
	for _, r := range o.Known {
		x.known[r.key()] = r
	}
	err := x.explore(ctx)
	if errors.Is(err, errFirst) {
		err = nil
	}
	x.report = total(x.planned, x.runs)
	if err == nil && !x.NoShrink && x.Shard.Of == 0 {
		err = x.shrinkAll(ctx)
	}
	return x.report, err
}

func (o Options) withDefaults() Options {
	if o.Away == nil {
		o.Away = DefaultAway
	}
	if o.Rest == 0 {
		o.Rest = time.Hour
	}
	if o.ShrinkRuns == 0 {
		o.ShrinkRuns = 400
	}
	for _, away := range o.Away {
		o.Rest = max(o.Rest, 2*away)
	}
	o.Depth = max(o.Depth, 1)
	return o
}

// errFirst ends an exploration at its first violation.
var errFirst = errors.New("explore: there is a violation, and the first one is enough")

// exploration is one call of Explore.
type exploration struct {
	Options
	known map[string]Run // by their keys

	planned []Planned
	runs    []Run
	// done is how many runs were played here, taken how many of Runs are spoken for,
	// and violations how many of those done broke something.
	done, taken, violations int

	report Report
}

func (x *exploration) explore(ctx context.Context) error {
	recordings, err := x.recordAll(ctx)
	if err != nil {
		return err
	}
	faults, recoveries, err := x.single(ctx, recordings)
	if err != nil {
		return err
	}
	if x.Depth > 1 {
		if err := x.pair(ctx, recoveries); err != nil {
			return err
		}
	}
	worlds := 0
	if x.Worlds > 0 {
		if worlds, err = x.random(ctx, recordings); err != nil {
			return err
		}
	}
	return x.repeat(ctx, recordings, faults, worlds)
}

// recordAll plays the scenarios without a fault.
func (x *exploration) recordAll(ctx context.Context) (recordings []*recording, err error) {
	all := make([]*recording, len(x.Files))
	var jobs []job
	for n, f := range x.Files {
		jobs = append(jobs, job{run: Run{Scenario: f.Name()}, shared: true, play: func(ctx context.Context) outcome {
			all[n] = x.record(ctx, f)
			out := all[n].outcome
			out.recording = all[n]
			return out
		}, then: func(out outcome) {
			if out.played() && out.Violation == nil {
				recordings = append(recordings, all[n])
			}
		}})
	}
	x.taken = len(jobs)
	if err := x.perform(ctx, Scenarios, len(jobs), 0, jobs); err != nil {
		return nil, fmt.Errorf("explore: %w", err)
	}
	return recordings, nil
}

// single plays scenarios with one fault, and audits what was merged. It returns the
// faults and, if there is to be a second one, the recoveries from them.
func (x *exploration) single(ctx context.Context, recordings []*recording) (all []Fault, recoveries []*recovery, err error) {
	for n, r := range recordings {
		for _, f := range r.faults {
			f.recording = n
			all = append(all, f)
		}
	}
	all = inTurn(all, x.Seed)
	planned, later := len(all), x.later()
	all = all[:min(planned, x.most(later...))]
	x.taken += len(all)
	known := map[string]bool{}
	var jobs []job
	for _, f := range all {
		r := recordings[f.recording]
		jobs = append(jobs, job{run: Run{Scenario: r.name, Faults: []Fault{f}}, shared: x.Depth > 1, play: func(ctx context.Context) outcome {
			return x.playSingle(ctx, r, f)
		}, then: func(out outcome) {
			if out.recovery == nil {
				return
			}
			if id := r.name + " " + out.recovery.id; known[id] {
				out.recovery.onlyAgain()
			} else {
				known[id] = true
			}
			recoveries = append(recoveries, out.recovery)
		}})
	}
	if err := x.perform(ctx, Faults, planned, x.until(len(later)), jobs); err != nil {
		return nil, nil, err
	}
	audits := x.audits(recordings, all)
	return all, recoveries, x.perform(ctx, Audits, len(audits), 0, audits)
}

// playSingle plays a scenario with one fault.
func (x *exploration) playSingle(ctx context.Context, r *recording, f Fault) outcome {
	out := x.play(ctx, r, []Fault{f})
	if x.Depth > 1 && out.played() && out.Violation == nil {
		out.recovery, out.err = x.recovery(r, f, out)
	}
	return out
}

// later is how many runs the stages after single would have.
func (x *exploration) later() (wanted []int) {
	if x.Depth > 1 {
		wanted = append(wanted, math.MaxInt)
	}
	if x.Worlds > 0 {
		wanted = append(wanted, x.Worlds)
	}
	return wanted
}
