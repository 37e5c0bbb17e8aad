package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/scenarios/edge/invariant"
)

// verdict summarizes a run in one line.
func verdict(f *scenario.File, res scenario.Result, wall time.Duration, err error) string {
	outcome := "held"
	switch {
	case errors.Is(err, context.Canceled):
		outcome = "interrupted"
	case err != nil:
		outcome = "FAILED"
	}
	starts := fmt.Sprintf("%d controller starts", res.Starts)
	if res.Starts == 1 {
		starts = "1 controller start"
	}
	waits := ""
	if res.ShortOfWorkers {
		waits = ", an object had to wait for a worker"
	}
	return fmt.Sprintf("%s %s: %v of virtual time in %.2fs of wall time, %s%s, %d invariants checked %d times",
		f.Name(), outcome, res.Virtual, wall.Seconds(), starts, waits, len(invariant.All()), res.Checks)
}
