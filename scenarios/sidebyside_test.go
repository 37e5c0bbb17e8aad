package scenarios

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

func TestSideBySideHandsOutEachResultInItsPlace(t *testing.T) {
	var running atomic.Int64
	var crowded atomic.Bool
	var together sync.WaitGroup
	together.Add(2)
	first := func() { together.Done(); together.Wait() } // the first two run at one time
	results, stop := SideBySide(t.Context(), 2, []int{0, 1, 2, 3, 4}, func(_ context.Context, n int) int {
		defer running.Add(-1)
		if running.Add(1) > 2 {
			crowded.Store(true)
		}
		if n < 2 {
			first()
		}
		return 10 * n
	})
	var got []int
	for _, result := range results {
		got = append(got, <-result)
	}
	stop()
	if want := []int{0, 10, 20, 30, 40}; !slices.Equal(got, want) {
		t.Errorf("got %v, not %v", got, want)
	}
	if crowded.Load() {
		t.Error("more than 2 ran at a time")
	}
}

func TestSideBySideBeginsNothingMoreOnceTheContextIsDone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	results, stop := SideBySide(ctx, 1, []string{"first", "second"}, func(_ context.Context, name string) string {
		cancel()
		return name
	})
	defer stop()
	if name, ok := <-results[0]; name != "first" || !ok {
		t.Errorf("the first: %q, %v", name, ok)
	}
	if name, ok := <-results[1]; ok {
		t.Errorf("the second was played: %q", name)
	}
}
