package edge

import (
	"time"

	"example.com/edge-device-operator/operator/rollout"
)

// CallTimeout bounds the operator's calls of a device, in virtual time.
const CallTimeout = 5 * time.Second

// DefaultTiming is what the operator goes by where a scenario says nothing: without
// jitter, so that traces read aloud.
var DefaultTiming = rollout.Timing{
	Poll:     5 * time.Second,
	Transfer: 10 * time.Minute,
	Reboot:   5 * time.Minute,
	Verify:   2 * time.Minute,
	Stall:    2 * time.Minute,
}
