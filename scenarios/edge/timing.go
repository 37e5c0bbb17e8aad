package edge

import (
	"time"

	"example.com/edge-device-operator/operator/rollout"
)

// CallTimeout bounds each of the operator's requests to a device, in virtual time.
const CallTimeout = 5 * time.Second

// DefaultTiming is the operator's timing if a scenario sets none. It has no jitter, so
// that traces are easy to follow.
var DefaultTiming = rollout.Timing{
	Poll:     5 * time.Second,
	Transfer: 10 * time.Minute,
	Reboot:   5 * time.Minute,
	Verify:   2 * time.Minute,
	Stall:    2 * time.Minute,
}
