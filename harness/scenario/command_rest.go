package scenario

import (
	"context"
	"time"
)

// mostRest is how long a world may take to come to rest where nobody says.
const mostRest = time.Hour

// restCommand lets the world come to rest, and holds the operator to what every one
// promises: it stops changing things, one that starts anew finds nothing to do,
// nothing was refused as invalid, and nothing panicked.
//
//	rest within=1h
var restCommand = Command{Name: "rest", Usage: "rest [within=1h]", Parse: parseRest}

func parseRest(p *Parser, a *Arguments) Action {
	a.Allow("within")
	a.NoNames()
	within := Read(a, "within", mostRest, ParseDuration)
	p.waited = true
	return func(ctx context.Context, r *Run) error {
		r.started = true
		return r.general().Rest(ctx, within)
	}
}
