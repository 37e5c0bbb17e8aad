package edge

import (
	"time"

	"example.com/edge-device-operator/harness/world"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/rollout"
)

// mostPatience is the longest time that any world waits.
const mostPatience = 10 * 365 * 24 * time.Hour

// Patience returns how much virtual time all rollouts may take to end, for a command
// without a time of its own: twice the time that the retry policies can take, and a
// day. If something obstructs every controller, the time of one attempt is enough: a
// controller whose cache doesn't change stops after its next write.
func (w *World) Patience(obstructed bool) world.Patience {
	all, err := w.present()
	if err != nil {
		return world.Patience{For: world.LeastPatience}
	}
	longest := time.Duration(0)
	for _, dd := range all {
		policy := dd.Spec.RetryPolicy
		if obstructed {
			policy.MaxAttempts = 1
		}
		one := longestRollout(policy, w.options.Timing, w.longestWait(len(all)))
		if one > (mostPatience-world.LeastPatience)/2 {
			return world.Patience{For: mostPatience, Short: "its retry policy takes longer than a world waits"}
		}
		longest = max(longest, one)
	}
	if obstructed {
		return world.Patience{For: longest}
	}
	return world.Patience{For: 2*longest + world.LeastPatience, Why: "twice what its retry policy can take and a day"}
}

// longestWait returns how long an object may wait for its next observation: the poll
// interval, and the reconciles before it if there are fewer workers than objects.
func (w *World) longestWait(objects int) time.Duration {
	rounds := (objects + w.options.Workers - 1) / max(1, w.options.Workers)
	return w.options.Timing.Poll + time.Duration(rounds)*longestReconcile
}

// longestReconcile is the time of five requests to a device that hangs, and as much for
// an API server that doesn't answer.
const longestReconcile = 10 * CallTimeout

// longestRollout returns how long a rollout can take, mostPatience at most: all
// attempts, each with its backoff and with every phase up to the first observation
// after its deadline. wait is the longest wait for an observation.
func longestRollout(policy v1.RetryPolicy, timing rollout.Timing, wait time.Duration) time.Duration {
	attempt := timing.Transfer + timing.Reboot + timing.Verify + 4*wait
	if b := policy.BackoffSeconds; b != nil {
		attempt += time.Duration(*b) * time.Second
	}
	if attempt > mostPatience/time.Duration(policy.MaxAttempts) {
		return mostPatience
	}
	return time.Duration(policy.MaxAttempts) * attempt
}
