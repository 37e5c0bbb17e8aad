package world

import (
	"time"

	"example.com/edge-device-operator/operator/rollout"
)

// DefaultTiming is what the operator goes by where a scenario says nothing: without
// jitter, so that traces read aloud.
var DefaultTiming = rollout.Timing{
	Poll:     5 * time.Second,
	Transfer: 10 * time.Minute,
	Reboot:   5 * time.Minute,
	Verify:   2 * time.Minute,
	Stall:    2 * time.Minute,
}
