package world

import (
	"context"
	"fmt"
	"time"
)

// SettleLimit is how long a world usually may take to settle, in wall time.
const SettleLimit = 30 * time.Second

// SettleWithin returns an Options.Settle with a limit in wall time.
func SettleWithin(limit time.Duration) func(context.Context) (context.Context, context.CancelFunc) {
	return func(ctx context.Context) (context.Context, context.CancelFunc) {
		//determinism:real it only ends worlds that do not settle, and whose run then fails
		return context.WithTimeoutCause(ctx, limit, fmt.Errorf("gave up after %v of wall time", limit))
	}
}
