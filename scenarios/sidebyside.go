package scenarios

import (
	"context"
	"runtime"
	"sync"
)

// Width is how many worlds are played at a time where nobody says: one more than
// there are CPUs, since a world also waits, for its API server and for a watch
// that comes back. More bring nothing.
func Width() int { return runtime.GOMAXPROCS(0) + 1 }

// SideBySide calls play for each scenario, whatever stands for one, in their
// order and as many at a time as width says. What comes of the n-th is sent to
// results[n], which is closed then. Once the context is done no further call is
// made, and those channels are closed without a result. wait returns when no
// call is left.
func SideBySide[S, T any](ctx context.Context, width int, scenarios []S, play func(context.Context, S) T) (results []<-chan T, wait func()) {
	type job struct {
		scenario S
		result   chan<- T
	}
	jobs := make(chan job, len(scenarios))
	for _, s := range scenarios {
		result := make(chan T, 1)
		results = append(results, result)
		jobs <- job{s, result}
	}
	close(jobs)
	var players sync.WaitGroup
	for range min(width, len(scenarios)) {
		players.Go(func() {
			for j := range jobs {
				if ctx.Err() == nil {
					j.result <- play(ctx, j.scenario)
				}
				close(j.result)
			}
		})
	}
	return results, players.Wait
}
