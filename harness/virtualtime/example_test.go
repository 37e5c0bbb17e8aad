package virtualtime_test

import (
	"context"
	"fmt"
	"time"

	"example.com/edge-device-operator/harness/virtualtime"
)

// Time stands still until nothing is left to do, and then jumps to the next
// deadline: three hours pass in no time.
func ExampleClock() {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	clock, quiescence := virtualtime.NewClock(start), virtualtime.NewQuiescence()
	var poll func()
	poll = func() {
		fmt.Println("poll at", clock.Since(start))
		if clock.Since(start) < 2*time.Hour {
			clock.At(clock.Now().Add(time.Hour), poll)
		}
	}
	clock.At(start.Add(time.Hour), poll)
	cancel := clock.At(start.Add(90*time.Minute), func() { fmt.Println("given up") })
	clock.At(start.Add(80*time.Minute), cancel)

	for {
		if err := quiescence.Settle(context.Background()); err != nil {
			fmt.Println(err)
		}
		next, ok := clock.Next()
		if !ok {
			break
		}
		clock.AdvanceTo(next)
	}
	fmt.Println("nothing is due any more, at", clock.Since(start))
	// Output:
	// poll at 1h0m0s
	// poll at 2h0m0s
	// nothing is due any more, at 2h0m0s
}

// A world that doesn't come to rest says what still runs.
func ExampleQuiescence_Settle() {
	quiescence := virtualtime.NewQuiescence()
	request := quiescence.Begin("press-01: GET /health")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	fmt.Println(quiescence.Settle(ctx))
	request.End()
	fmt.Println(quiescence.Settle(ctx))
	// Output:
	// the world did not settle (context canceled); still running:
	//   press-01: GET /health
	// <nil>
}
