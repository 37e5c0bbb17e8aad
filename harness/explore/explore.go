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
	"fmt"
	"time"

	"example.com/edge-device-operator/harness/scenario"
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

	// Away is how long a controller that is killed stays away, each length a run of
	// its own; DefaultAway if nil.
	Away []time.Duration
	// Rest is how much virtual time a world may take to come to rest; an hour if 0.
	Rest time.Duration
	// Runs is how many runs there may be, the most telling first; all if 0.
	Runs int
	// Width is how many worlds are played at a time; 1 if 0. It makes no difference
	// to what is found.
	Width int
	// NoMerge has kills played at every request, though some be the same.
	NoMerge bool
	// Audit is how many of the kills that are the same as others are played all the
	// same, and compared; Seed draws which.
	Audit int
	Seed  uint64
	// NoShrink has violations left as they were found.
	NoShrink bool
	// ShrinkRuns is how many runs shrinking one violation may take; 400 if 0.
	ShrinkRuns int
	// Shrinking, if set, is told how many violations have been shrunk, and how many are
	// to be: one for each kind of fault that breaks something.
	Shrinking func(done, total int)
	// Progress, if set, is told after each run how many there have been, and how many
	// there will be.
	Progress func(done, total, violations int)
}

// DefaultAway has the next controller start at once, after some polls, and after most
// deadlines and backoffs.
var DefaultAway = []time.Duration{0, 10 * time.Second, time.Hour}

// Explore plays scenarios with every single fault. The error says why they couldn't
// be played to the end; the report goes up to there.
func Explore(ctx context.Context, o Options) (Report, error) {
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
	x := &exploration{Options: o}
	_, err := x.explore(ctx)
	x.report.Groups = grouped(x.report.Violations)
	if err == nil {
		err = x.shrinkAll(ctx)
	}
	return x.report, err
}

// exploration is one call of Explore.
type exploration struct {
	Options
	report Report
}

func (x *exploration) explore(ctx context.Context) (Report, error) {
	recordings, err := x.recordAll(ctx)
	if err != nil {
		return x.report, err
	}
	var all []Fault
	for n, r := range recordings {
		faults := x.enumerate(r)
		for k := range faults {
			faults[k].recording = n
		}
		all = append(all, faults...)
	}
	byRank(all)
	if left := x.Runs - x.report.Runs; x.Runs > 0 && len(all) > left {
		x.report.LeftOut = len(all) - max(0, left)
		all = all[:max(0, left)]
	}
	total := x.report.Runs + len(all)
	err = inOrder(ctx, x.Width, all, func(ctx context.Context, f Fault) outcome {
		return x.play(ctx, recordings[f.recording], f)
	}, func(out outcome) {
		x.report.add(out)
		if x.Progress != nil {
			x.Progress(x.report.Runs, total, len(x.report.Violations))
		}
	})
	if err != nil {
		return x.report, err
	}
	return x.report, x.audit(ctx, recordings, all)
}

// recordAll plays the scenarios without a fault.
func (x *exploration) recordAll(ctx context.Context) (all []*recording, err error) {
	err = inOrder(ctx, x.Width, x.Files, func(ctx context.Context, f *scenario.File) *recording {
		return x.record(ctx, f)
	}, func(r *recording) {
		x.report.Scenarios++
		x.report.add(r.outcome)
		if r.outcome.played() && r.outcome.Violation == nil {
			all = append(all, r)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("explore: %w", err)
	}
	return all, nil
}
