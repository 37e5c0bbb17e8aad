package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// TestALateLineOfTheLog has a goroutine that nobody waits for write when a replay is over,
// as one of controller-runtime's does: nothing of it comes, and what came can be read.
func TestALateLineOfTheLog(t *testing.T) {
	var out strings.Builder
	log := &oneAtATime{out: &out}
	var late sync.WaitGroup
	late.Go(func() {
		for n := range 1000 {
			fmt.Fprintln(log, n)
		}
	})
	fmt.Fprintln(log, "over")
	log.end()
	told := out.String()
	late.Wait()
	if !strings.Contains(told, "over\n") || out.String() != told {
		t.Errorf("when it was over, %q came after %q", strings.TrimPrefix(out.String(), told), told)
	}
}
