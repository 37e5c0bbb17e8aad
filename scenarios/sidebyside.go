package scenarios

import (
	"context"
	"runtime"
	"sync"
)

// Width is the default number of worlds that are played at a time: one more than there
// are CPUs, since a world also waits for its API server and for watches. More are not
// faster.
func Width() int { return runtime.GOMAXPROCS(0) + 1 }

// SideBySide calls play for each scenario in order, width at a time. The result of the
// n-th call is sent to results[n], which is then closed. stop cancels the calls that
// are under way and returns when none is left. After stop, or once the context is done,
// no further call is made, and its channel is closed without a result.
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
