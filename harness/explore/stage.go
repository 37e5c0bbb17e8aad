package explore

import (
	"context"
	"fmt"
	"math"
	"time"
)

// Stage is a kind of run. An exploration goes from one to the next.
type Stage string

// The stages, in order.
const (
	// Scenarios are played as they are written.
	Scenarios Stage = "scenario"
	// Faults are scenarios with one fault.
	Faults Stage = "fault"
	// Audits are kills that are the same as others, each played beside one of those.
	Audits Stage = "audit"
	// Pairs are scenarios with a second fault during the recovery from a first one.
	Pairs Stage = "pair"
	// Worlds are random.
	Worlds Stage = "world"
	// Repeats are runs of the other stages that are played twice.
	Repeats Stage = "repeat"
)

var stages = []Stage{Scenarios, Faults, Audits, Pairs, Worlds, Repeats}

// job is a run that is to be played.
type job struct {
	run  Run
	play func(context.Context) outcome
	// shared says that other runs follow from it, so that each shard plays it.
	shared bool
	// then, if set, is told what came of it, in the order of the jobs.
	then func(outcome)

	mine bool // it belongs to this shard
}

// perform plays the jobs of a stage that were not played before, until so much real
// time has passed; 0 for no end. planned is how many there would be if none were left
// out.
func (x *exploration) perform(ctx context.Context, stage Stage, planned int, until time.Duration, jobs []job) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if err := x.plan(Planned{stage, planned}); err != nil {
		return err
	}
	var todo []job
	for n, j := range jobs {
		j.run.Stage, j.run.N, j.mine = stage, n, x.Shard.has(n)
		known, played := x.known[j.run.key()]
		if played && j.mine {
			x.keep(known)
		}
		if !played && j.mine || j.shared {
			todo = append(todo, j)
		}
	}
	if x.First && x.violations > 0 {
		return errFirst
	}
	total := x.done + len(todo)
	var failed error
	err := inOrder(ctx, x.Width, todo, func(ctx context.Context, j job) outcome {
		if until > 0 && x.Elapsed() >= until {
			return outcome{skipped: true}
		}
		return j.play(ctx)
	}, func(n int, out outcome) {
		if out.skipped {
			return
		}
		if failed = x.finish(todo[n], out); failed != nil {
			stop()
		}
		if x.done++; x.Progress != nil {
			x.Progress(x.done, total, x.violations)
		}
		if failed == nil && x.First && x.violations > 0 {
			failed = errFirst
			stop()
		}
	})
	if failed != nil {
		return failed
	}
	return err
}

// plan notes how many runs a stage has.
func (x *exploration) plan(p Planned) error {
	x.planned = append(x.planned, p)
	return x.note(Line{Planned: &p})
}

func (x *exploration) note(l Line) error {
	if x.Note == nil {
		return nil
	}
	return x.Note(l)
}

// finish keeps what came of a job.
func (x *exploration) finish(j job, out outcome) error {
	run := out.run(j.run)
	if j.then != nil {
		j.then(out)
	}
	known, played := x.known[run.key()]
	switch {
	case played && known.Record != run.Record:
		return fmt.Errorf("%s isn't played as it was when the journal was begun: begin a new one", run.Scenario)
	case played || !j.mine:
		return nil
	}
	x.keep(run)
	return x.note(Line{Run: &run})
}

func (x *exploration) keep(run Run) {
	x.runs = append(x.runs, run)
	if run.Violation != nil {
		x.violations++
	}
}

// most is how many more runs a stage may have, where others are to come that would
// have so many. What these need is kept for them, up to an equal share.
func (x *exploration) most(later ...int) int {
	if x.Runs == 0 {
		return math.MaxInt
	}
	left := max(0, x.Runs-x.taken)
	share := left / (len(later) + 1)
	for _, wanted := range later {
		left -= min(wanted, share)
	}
	return left
}

// until is when a stage has to end, where so many others are to come.
func (x *exploration) until(later int) time.Duration {
	if x.Budget == 0 {
		return 0
	}
	elapsed := x.Elapsed()
	return max(1, elapsed+(x.Budget-elapsed)/time.Duration(later+1))
}

// plural is what runs of the stage are called.
func (s Stage) plural() string {
	return map[Stage]string{Scenarios: "scenarios", Faults: "single faults", Audits: "audits", Pairs: "pairs", Worlds: "worlds", Repeats: "repeats"}[s]
}
