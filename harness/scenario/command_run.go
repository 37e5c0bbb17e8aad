package scenario

import (
	"context"
)

// runCommand lets virtual time pass.
//
//	run until=12s
var runCommand = Command{Name: "run", Usage: "run [until=12s | for=12s]", Parse: parseRun}

func parseRun(p *Parser, a *Arguments) Action {
	a.Allow("until", "for")
	a.NoNames()
	until, length := Read(a, "until", 0, ParseDuration), Read(a, "for", 0, ParseDuration)
	if len(a.Keys) > 1 {
		a.Fail(a.Keys[1], "either until= or for=")
	}
	p.waited = len(a.Keys) == 0
	return func(ctx context.Context, r *Run) error {
		if err := r.EnsureController(ctx); err != nil {
			return err
		}
		w := r.general()
		switch {
		case a.Given("until"):
			return w.RunUntil(ctx, until)
		case a.Given("for"):
			return w.RunUntil(ctx, w.Now()+length)
		}
		return w.RunUntilEnded(ctx)
	}
}
