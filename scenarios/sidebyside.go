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
// results[n], which is closed then. stop calls off the calls that are under way,
// and returns when none is left; once it is called, or the context is done, no
// further one is made, and those channels are closed without a result.
func SideBySide[S, T any](ctx context.Context, width int, scenarios []S, play func(context.Context, S) T) (results []<-chan T, stop func()) {
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
	ctx, cancel := context.WithCancel(ctx)
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
	return results, func() { cancel(); players.Wait() }
}
