package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"example.com/edge-device-operator/harness/explore"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/virtualtime"
	"example.com/edge-device-operator/harness/world"
	"example.com/edge-device-operator/scenarios"
	"example.com/edge-device-operator/scenarios/mutants"
)

// find says what finds the mutant.
func find(ctx context.Context, s *scenarios.Session, o options) (mutants.Finding, error) {
	var reached mutants.Reached
	b, err := os.ReadFile(o.reached)
	if err == nil {
		err = json.Unmarshal(b, &reached)
	}
	if err != nil {
		return mutants.Finding{}, err
	}
	if !o.scenarios {
		if found, err := findByExplore(ctx, s, o, reached); err != nil || found.By != "" {
			return found, err
		}
	}
	return findByScenario(ctx, s, o, reached)
}

// findByExplore explores with the mutant. What it doesn't reach is not played: that is as
// without it.
func findByExplore(ctx context.Context, s *scenarios.Session, o options, reached mutants.Reached) (mutants.Finding, error) {
	e, err := exploration(o)
	if err != nil {
		return mutants.Finding{}, err
	}
	var plain []string
	for _, f := range e.Files {
		plain = append(plain, f.Name())
	}
	begun := map[string]bool{} // the scenarios whose run without a fault has begun
	played := map[bool]int{}   // of random worlds, and of scenarios
	e.First = true             // one world at a time, or which of them are played would be up to the machine
	e.Play = func(ctx context.Context, f *scenario.File, so scenario.Options) (scenario.Result, error) {
		isWorld := !slices.Contains(plain, f.Name())
		first := !isWorld && !begun[f.Name()] // all faults follow from it
		begun[f.Name()] = true
		if !first && (!reached.By(o.number, mutants.RunOf(f)) || played[isWorld] >= o.most) {
			return scenario.Result{}, nil
		}
		played[isWorld]++
		return s.Run(ctx, f, so)
	}
	r, err := explore.Explore(ctx, e)
	found := mutants.Finding{Runs: played[true] + played[false]}
	switch {
	case err != nil:
		return found, err
	case len(r.Violations) > 0:
		found.By, found.What = mutants.ByExplore, mutants.InvariantOf(r.Violations[0].Promise)
		if found.What == "" {
			found.By, found.What = mutants.ByOracle, r.Violations[0].Promise
		}
	case len(r.Errors) > 0:
		found.By, found.What = mutants.ByCrash, r.Errors[0]
	}
	return found, nil
}

// findByScenario plays the scenarios, the short ones first, up to the first that breaks a
// promise. If none does, each comes to rest at its end, and may break one of every operator.
func findByScenario(ctx context.Context, s *scenarios.Session, o options, reached mutants.Reached) (found mutants.Finding, err error) {
	found.By = mutants.ByNothing
	played, err := loadScenarios()
	if err != nil {
		return found, err
	}
	played = slices.DeleteFunc(played, func(f *scenario.File) bool { return !reached.By(o.number, mutants.RunOf(f)) })
	requests := func(f *scenario.File) int { return reached.Requests[mutants.RunOf(f)] }
	slices.SortStableFunc(played, func(a, b *scenario.File) int { return requests(a) - requests(b) })
	for _, f := range played[:min(len(played), o.most)] {
		found.Runs++
		res, err := s.Run(ctx, f, scenario.Options{})
		if ctx.Err() != nil {
			return found, context.Cause(ctx)
		}
		by, what := judge(f, res, err)
		if by == mutants.ByTrace && found.By == mutants.ByNothing {
			found.By, found.What = by, what
		} else if by != "" && by != mutants.ByTrace {
			found.By, found.What = by, what
			return found, nil
		}
	}
	for _, f := range played[:min(len(played), o.most)] {
		if f, err = resting(f); err != nil {
			return found, err
		}
		if run := mutants.RunOf(f); reached.Runs[run] == nil || !reached.By(o.number, run) {
			continue // it doesn't come to rest anyway, or is the same with the mutant
		}
		found.Runs++
		_, err := s.Run(ctx, f, scenario.Options{})
		if ctx.Err() != nil {
			return found, context.Cause(ctx)
		}
		if err != nil {
			found.By, found.What = judge(f, scenario.Result{}, err)
			return found, nil
		}
	}
	return found, nil
}

// judge says what the run of a scenario finds, empty for nothing.
func judge(f *scenario.File, res scenario.Result, err error) (by, what string) {
	var broken *world.ViolationError
	var unsettled *virtualtime.UnsettledError
	var spin *world.SpinError
	switch {
	case errors.As(err, &broken) && mutants.InvariantOf(broken.Promise) != "":
		return mutants.ByScenario, fmt.Sprintf("%s: %s", f.Name(), mutants.InvariantOf(broken.Promise))
	case broken != nil:
		return mutants.ByOracle, fmt.Sprintf("%s: %s", f.Name(), broken.Promise)
	case errors.As(err, &spin), errors.As(err, &unsettled):
		return mutants.ByCrash, fmt.Sprintf("%s: %v", f.Name(), err)
	case err != nil:
		return mutants.ByExpectation, fmt.Sprintf("%s: %v", f.Name(), err)
	case f.Compare(res) != nil:
		return mutants.ByTrace, f.Name()
	}
	return "", ""
}
