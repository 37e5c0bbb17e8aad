package edge

import (
	"time"

	"example.com/edge-device-operator/harness/world"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/rollout"
)

// mostPatience is how long a world waits at most.
const mostPatience = 10 * 365 * 24 * time.Hour

// Patience is how much virtual time a world may take to come to its end, where a
// command names no time: twice what the retry policies in it can take, and a day.
// With something in the way of every controller, one attempt is enough: after its
// next write a controller that is told of nothing does no more.
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
		one := longestRollout(policy, w.options.Timing, w.turn(len(all)))
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

// turn is how long an object may wait for its next look: the poll, and the
// reconciles before it, where there are fewer workers than objects.
func (w *World) turn(objects int) time.Duration {
	rounds := (objects + w.options.Workers - 1) / max(1, w.options.Workers)
	return w.options.Timing.Poll + time.Duration(rounds)*longestReconcile
}

// longestReconcile is five calls of a device that hang, and as many of an API
// server that doesn't answer.
const longestReconcile = 10 * CallTimeout

// longestRollout is how long a rollout can take: all of its attempts, each with
// its backoff and every phase up to the first look after its deadline. It is
// mostPatience where that is more.
func longestRollout(policy v1.RetryPolicy, timing rollout.Timing, turn time.Duration) time.Duration {
	attempt := timing.Transfer + timing.Reboot + timing.Verify + 4*turn
	if b := policy.BackoffSeconds; b != nil {
		attempt += time.Duration(*b) * time.Second
	}
	if attempt > mostPatience/time.Duration(policy.MaxAttempts) {
		return mostPatience
	}
	return time.Duration(policy.MaxAttempts) * attempt
}
