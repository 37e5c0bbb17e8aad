package explore

import (
	"context"
	"errors"
	"fmt"

	"example.com/edge-device-operator/harness/scenario"
)

// RandomWorld returns the text of the i-th random world of the options' Seed, which depends
// on nothing else but their Grammar, or else Files.
func (o Options) RandomWorld(i int) (text string, err error) {
	o = o.withDefaults()
	g := o.Grammar
	if g == nil {
		if len(o.Files) == 0 {
			return "", errors.New("explore: random worlds are drawn from a grammar or from scenarios, and there is neither")
		}
		g = grammarOf(o.Files)
	}
	return DrawWorld(g, o.Seed, i, o.Rest), nil
}

// random plays random worlds.
func (x *exploration) random(ctx context.Context) error {
	count := min(x.Worlds, x.most())
	x.taken += count
	var jobs []job
	for n := range count {
		name := fmt.Sprintf("random world %d of seed %d", n, x.Seed)
		jobs = append(jobs, job{run: Run{Scenario: name}, play: func(ctx context.Context) outcome {
			return x.playWorld(ctx, name, n)
		}})
	}
	return x.perform(ctx, Worlds, x.Worlds, x.until(0), jobs)
}

func (x *exploration) playWorld(ctx context.Context, name string, n int) (out outcome) {
	out.Scenario = name
	if out.Text, out.err = x.RandomWorld(n); out.err != nil {
		return out
	}
	f, err := x.Language.Parse(fmt.Sprintf("random-world-%d-%d.txt", x.Seed, n), out.Text)
	if err != nil {
		out.err = fmt.Errorf("a world of explore's own: %w\n%s", err, out.Text)
		return out
	}
	out.result, err = x.Play(ctx, f, scenario.Options{World: x.World, MadeUp: true})
	if ctx.Err() != nil {
		out.err = context.Cause(ctx)
		return out
	}
	out.classify(err)
	return out
}
