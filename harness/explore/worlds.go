package explore

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime/schema"

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
func (x *exploration) random(ctx context.Context, recordings []*recording) (count int, err error) {
	cleaned := cleanedUp(recordings)
	count = min(x.Worlds, x.most())
	x.taken += count
	var jobs []job
	for n := range count {
		jobs = append(jobs, job{run: Run{Scenario: x.worldName(n)}, play: func(ctx context.Context) outcome {
			return x.playWorld(ctx, n, cleaned)
		}})
	}
	return count, x.perform(ctx, Worlds, x.Worlds, x.until(0), jobs)
}

func (x *exploration) worldName(n int) string {
	return fmt.Sprintf("random world %d of seed %d", n, x.Seed)
}

// playWorld plays the n-th random world, in which objects of some kinds have to be gone
// with what they were made for.
func (x *exploration) playWorld(ctx context.Context, n int, cleaned []schema.GroupKind) outcome {
	out := outcome{Scenario: x.worldName(n)}
	f, err := x.world(n)
	if err != nil {
		out.err = err
		return out
	}
	out.Text = f.Text()
	full := len(cleaned) > 0 // the ends are wanted
	out = x.playFile(ctx, f, out, scenario.Options{World: x.World, FullTrace: full})
	if !out.holds() {
		return out
	}
	text := expectingNone(out.Text, out.result, cleaned)
	if text == "" {
		return out
	}
	// What is left behind becomes what the file expects to be gone.
	if f, err = x.parseWorld(n, text); err != nil {
		out.err = err
		return out
	}
	return x.playFile(ctx, f, outcome{Scenario: out.Scenario, Text: text}, scenario.Options{World: x.World, FullTrace: full})
}

// world is the n-th random world.
func (x *exploration) world(n int) (*scenario.File, error) {
	text, err := x.RandomWorld(n)
	if err != nil {
		return nil, err
	}
	return x.parseWorld(n, text)
}

// parseWorld reads the text of the n-th random world.
func (x *exploration) parseWorld(n int, text string) (*scenario.File, error) {
	f, err := x.Language.Parse(fmt.Sprintf("random-world-%d-%d.txt", x.Seed, n), text)
	if err != nil {
		return nil, fmt.Errorf("a world of explore's own: %w\n%s", err, text)
	}
	return f, nil
}
