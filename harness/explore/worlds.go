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

// random plays random worlds, and returns how many.
func (x *exploration) random(ctx context.Context) (count int, err error) {
	count = min(x.Worlds, x.most())
	x.taken += count
	var jobs []job
	for n := range count {
		jobs = append(jobs, job{run: Run{Scenario: x.worldName(n)}, play: func(ctx context.Context) outcome {
			return x.playWorld(ctx, n)
		}})
	}
	return count, x.perform(ctx, Worlds, x.Worlds, x.until(0), jobs)
}

func (x *exploration) worldName(n int) string {
	return fmt.Sprintf("random world %d of seed %d", n, x.Seed)
}

func (x *exploration) playWorld(ctx context.Context, n int) outcome {
	out := outcome{Scenario: x.worldName(n)}
	f, err := x.world(n)
	if err != nil {
		out.err = err
		return out
	}
	out.Text = f.Text()
	return x.playFile(ctx, f, out, scenario.Options{World: x.World})
}

// world is the n-th random world.
func (x *exploration) world(n int) (*scenario.File, error) {
	text, err := x.RandomWorld(n)
	if err != nil {
		return nil, err
	}
	f, err := x.Language.Parse(fmt.Sprintf("random-world-%d-%d.txt", x.Seed, n), text)
	if err != nil {
		return nil, fmt.Errorf("a world of explore's own: %w\n%s", err, text)
	}
	return f, nil
}
