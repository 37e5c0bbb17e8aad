package explore

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/world"
)

// Shrunk is a violation in a scenario that is as small as could be found.
type Shrunk struct {
	// File is the scenario, with its faults. It breaks the same promise on the same
	// object.
	File string
	// Faults are what goes wrong in it.
	Faults []Fault
	// Expected and Found say how it breaks it.
	Expected, Found string
	// Runs is how many runs that took, with what follows.
	Runs int
	// Passes is the same scenario without its faults, with what happens in it; empty if
	// the violation needs no fault.
	Passes string
	// Difference tells the first difference between the two.
	Difference []string
	// NoReturn is the point of no return.
	NoReturn NoReturn
	// Page draws it, with the one that passes beside it: HTML.
	Page string
	// Spent says that it was given up after ShrinkRuns runs: a smaller one may be found.
	Spent bool
}

// A scenario is made smaller in steps: each takes something away, and stays if the rest
// still breaks the same promise on the same object, and if it doesn't without its
// faults. So a scenario that breaks the promise for another reason, such as that what
// it expects is no longer asked for, is none. The order of the steps is fixed, and so
// the same violation always comes to the same file.

// shrinker shrinks one violation.
type shrinker struct {
	ctx   context.Context
	x     *exploration
	of    Violation
	unmet int  // how many things the scenario asks for without its faults that never happen
	ends  bool // its faulty requests come to an end
	tried map[string]outcome
	spent bool
}

// errSpent says that there may be no more runs.
var errSpent = errors.New("there were too many runs")

// shrink shrinks a violation. The error says why that can't be done.
func (x *exploration) shrink(ctx context.Context, v Violation) (Shrunk, error) {
	s := &shrinker{ctx: ctx, x: x, of: v, tried: map[string]outcome{}}
	c, err := newCandidate(v)
	if err != nil {
		return Shrunk{}, err
	}
	if c, err = s.begin(c); err != nil {
		return Shrunk{}, err
	}
	for before := ""; before != c.text(c.faults()); {
		before = c.text(c.faults())
		for _, smaller := range []func(candidate) candidate{
			s.joinBlocks, s.dropCommands, s.dropFaults, s.weaken, s.dropWords, s.fewerNames, s.shorter, s.smallerBodies,
		} {
			c = smaller(c)
		}
	}
	c = s.shortenFile(c)
	out := Shrunk{Faults: c.shrunkFaults(), Spent: s.spent}
	s.spent = false // the rest is not much, and has to be
	out.File = s.title() + c.withActions().text(c.faults())
	o := s.play(out.File)
	if !s.breaks(o) {
		return Shrunk{}, fmt.Errorf("the shrunk file doesn't break it: %w\n%s", cannot(ctx, o), out.File)
	}
	out.Expected, out.Found = o.Violation.Expected, o.Violation.Found
	if c.faults() > 0 {
		s.besides(c, &out)
	}
	out.Runs = len(s.tried)
	if out.Page, err = s.draw(out); err != nil {
		return Shrunk{}, err
	}
	return out, context.Cause(ctx)
}

// title is the comment above a shrunk file: what it breaks.
func (s *shrinker) title() string {
	if s.of.Object == "" {
		return "# Broken: " + s.of.Promise + "\n"
	}
	return fmt.Sprintf("# Broken for %s: %s\n", s.of.Object, s.of.Promise)
}

// begin plays a candidate as it stands, and notes what its faults aim at.
func (s *shrinker) begin(c candidate) (candidate, error) {
	if len(s.of.Faults) == 0 {
		// What a scenario has itself is a fault if nothing is broken without it.
		if own := c.copied(); own.markOwn() > 0 && s.run(own.text(0)).holds() {
			c = own
		}
	}
	before := s.run(c.text(0))
	if s.unmet = len(before.result.Unmet); c.faults() > 0 && !s.passes(before) {
		return c, fmt.Errorf("without a fault it doesn't pass: %w", cannot(s.ctx, before))
	}
	for n := 1; n <= c.faults(); n++ {
		at := c.fault(n)
		one := c.at(at)
		for _, w := range one.said() {
			if _, op, ok := scenario.RequestIn(w); ok {
				one.aims = append(one.aims, aimAt(c.later(n, before.result.Events), op))
			}
		}
		c = c.with(at, one)
		before = s.run(c.text(n))
	}
	if !s.breaks(before) {
		return c, fmt.Errorf("it doesn't break the same promise again: %w", cannot(s.ctx, before))
	}
	s.ends = c.over(before)
	return c, nil
}

// cannot says why an outcome is not what it should be.
func cannot(ctx context.Context, o outcome) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case o.err != nil:
		return o.err
	case o.Violation != nil:
		return fmt.Errorf("%s: %s", o.Violation.Object, o.Violation.Promise)
	case o.Inapplicable != "":
		return errors.New(o.Inapplicable)
	}
	return errors.New("nothing is broken")
}

// run plays a text unless it has been played, and unless there may be no more runs.
func (s *shrinker) run(text string) outcome {
	if _, known := s.tried[text]; !known && len(s.tried) >= s.x.ShrinkRuns {
		s.spent = true
		return outcome{err: errSpent}
	}
	return s.play(text)
}

// play plays a text unless it has been played.
func (s *shrinker) play(text string) outcome {
	if o, known := s.tried[text]; known {
		return o
	}
	if s.ctx.Err() != nil {
		return outcome{err: context.Cause(s.ctx)}
	}
	f, err := s.x.Language.Parse(s.of.Scenario+".txt", text)
	if err != nil {
		return outcome{err: err} // no scenario; that costs nothing
	}
	options := scenario.Options{World: s.x.World, FullTrace: true}
	options.World.Stored = true // the page shows it
	o := s.x.playFile(s.ctx, f, outcome{Text: text}, options)
	s.tried[text] = o
	return o
}

// breaks says whether a run breaks what is to be broken: the same promise on the same
// object, and of what is expected the same.
func (s *shrinker) breaks(o outcome) bool {
	v := o.Violation
	return v != nil && v.Promise == s.of.Promise && v.Object == s.of.Object && (v.Promise != world.Expected || v.Expected == s.of.Expected)
}

// passes says whether a run without the faults is as it should be.
func (s *shrinker) passes(o outcome) bool {
	return o.holds() && len(o.result.Unmet) <= s.unmet
}

// holds says whether a run came to its end and broke nothing.
func (o outcome) holds() bool { return o.played() && o.Violation == nil }

// try plays a candidate, first without its faults, and returns it with its faults where
// their requests are now; or the other one, if this one is none.
func (s *shrinker) try(c, otherwise candidate) (candidate, bool) {
	n := c.faults()
	if _, err := s.x.Language.Parse(c.path, c.text(n)); err != nil {
		return otherwise, false
	}
	before := s.run(c.text(0))
	if n == 0 {
		if otherwise.faults() == 0 && s.breaks(before) {
			return c, true
		}
		return otherwise, false
	}
	if !s.passes(before) {
		return otherwise, false
	}
	if found, ok := s.aim(c, 1, before); ok {
		return found, true
	}
	return otherwise, false
}

// aim looks for where a candidate's n-th fault and those after it have to be, given a run
// with those before it. Faults that come after the promise is broken are left out.
func (s *shrinker) aim(c candidate, n int, before outcome) (candidate, bool) {
	all := c.aimed(n, before.result.Events)
	if c.faults() > 2 {
		all = all[:min(1, len(all))] // or there would be too many ways
	}
	for _, aimed := range all {
		o := s.run(aimed.text(n))
		first := aimed.keeping(func(_ place, one command) bool { return one.fault <= n })
		if s.breaks(o) && (!s.ends || first.over(o)) && first.hits(o) {
			return first, true
		}
		if n == c.faults() || o.Violation != nil || !o.played() {
			continue
		}
		if found, ok := s.aim(aimed, n+1, o); ok {
			return found, true
		}
	}
	return candidate{}, false
}

// hits says whether in a run each fault befalls what it is aimed at. It doesn't where a
// later fault comes first: then another request has that number.
func (c candidate) hits(o outcome) bool {
	return !slices.ContainsFunc(c.all(), func(at place) bool {
		one := c.at(at)
		if one.fault == 0 || len(one.aims) != 1 || one.aims[0].what == "" {
			return false
		}
		now := aimAt(o.result.Events, one.target())
		return now.what != "" && now.what != one.aims[0].what
	})
}

// over says whether the requests that a candidate's faults befall come to an end in a run.
// One whose sender waits for ever breaks every promise of something to come, and that is
// another cause.
func (c candidate) over(o outcome) bool {
	return !slices.ContainsFunc(c.all(), func(at place) bool {
		one := c.at(at)
		return one.fault > 0 && one.name() == "request" && aimAt(o.result.Events, one.target()).what == ""
	})
}
