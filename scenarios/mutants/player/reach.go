package main

import (
	"context"
	"encoding/json"
	"errors"
	"expvar"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"example.com/edge-device-operator/harness/explore"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/scenarios"
	"example.com/edge-device-operator/scenarios/edge"
	"example.com/edge-device-operator/scenarios/mutants"
)

// maps are what the mutated packages note what they reach in.
func maps() (all []*expvar.Map) {
	expvar.Do(func(v expvar.KeyValue) {
		if m, ok := v.Value.(*expvar.Map); ok && strings.HasPrefix(v.Key, "mutants of ") {
			all = append(all, m)
		}
	})
	return all
}

// takeReached returns the mutants that have been reached, and forgets them.
func takeReached() (all []int, err error) {
	for _, m := range maps() {
		m.Do(func(v expvar.KeyValue) {
			n, e := strconv.Atoi(v.Key)
			all, err = append(all, n), errors.Join(err, e)
		})
		m.Init()
	}
	slices.Sort(all)
	return all, err
}

// reach plays everything without a mutant, and writes which of them each run reaches.
func reach(ctx context.Context, s *scenarios.Session, o options) error {
	if len(maps()) == 0 {
		return errors.New("nothing is noted: it has to be built with the mutants, and run with MUTANT=reached")
	}
	var r mutants.Reached
	var err error
	if r.Always, err = takeReached(); err != nil {
		return err
	}
	r.Runs, r.Requests = map[string][]int{}, map[string]int{}
	e, err := exploration(o)
	if err != nil {
		return err
	}
	e.Shard = o.shard
	e.Play = func(ctx context.Context, f *scenario.File, o scenario.Options) (scenario.Result, error) {
		res, err := s.Run(ctx, f, o)
		all, noted := takeReached()
		r.Runs[mutants.RunOf(f)] = all
		return res, errors.Join(err, noted)
	}
	report, err := explore.Explore(ctx, e)
	switch {
	case err != nil:
		return err
	case len(report.Violations) > 0:
		return fmt.Errorf("without a mutant there is a violation: %s", report.Violations[0].Story)
	case len(report.Errors) > 0:
		return errors.New(report.Errors[0])
	}
	played, err := loadScenarios()
	if err != nil {
		return err
	}
	for n, f := range played {
		if o.shard.Of > 0 && n%o.shard.Of != o.shard.Index {
			continue
		}
		res, err := s.Run(ctx, f, scenario.Options{})
		if err == nil {
			err = f.Compare(res)
		}
		if err != nil {
			return fmt.Errorf("without a mutant: %s: %w", f.Name(), err)
		}
		r.Requests[mutants.RunOf(f)] = len(res.Begun)
		if r.Runs[mutants.RunOf(f)], err = takeReached(); err != nil {
			return err
		}
		if f, err = resting(f); err != nil {
			return err
		}
		_, err = s.Run(ctx, f, scenario.Options{})
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		// Some end in a world that doesn't come to rest, such as one without a controller.
		all, noted := takeReached()
		if err == nil {
			r.Runs[mutants.RunOf(f)] = all
		}
		if noted != nil {
			return noted
		}
	}
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return os.WriteFile(o.reach, b, 0o644)
}

// resting is a scenario that then comes to rest, and has to keep what every operator
// promises.
func resting(f *scenario.File) (*scenario.File, error) {
	return edge.Language.Parse(f.Path, f.Text()+"\nrest\n----\n")
}

// loadScenarios are those that are played: all but those that kill the control plane, which
// others play on, and a long day.
func loadScenarios() (all []*scenario.File, err error) {
	for _, name := range scenarios.Names() {
		f, err := scenarios.Load(name)
		if err != nil {
			return nil, err
		}
		if !f.KillsControlPlane && f.About != "a long day" {
			all = append(all, f)
		}
	}
	return all, nil
}
