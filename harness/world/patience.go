package world

import (
	"fmt"
	"time"

	"example.com/edge-device-operator/harness/invariant"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/rollout"
)

const (
	// leastPatience is how long a world waits in any case: an API server that
	// refuses, or that was out of reach, puts things off by minutes.
	leastPatience = 24 * time.Hour
	// mostPatience is how long it waits at most.
	mostPatience = 10 * 365 * 24 * time.Hour
)

// patience is how much virtual time a world may take to come to its end, where a
// command names no time: twice what the retry policies in it can take, and a day.
// With something in the way of every controller, one attempt is enough: after its
// next write a controller that is told of nothing does no more. It is false where
// it would be more than any world waits.
func (w *World) patience(obstructed bool) (time.Duration, bool) {
	all, err := w.history.present()
	if err != nil {
		return leastPatience, true
	}
	longest := time.Duration(0)
	for _, dd := range all {
		policy := dd.Spec.RetryPolicy
		if obstructed {
			policy.MaxAttempts = 1
		}
		one := longestRollout(policy, w.options.Timing, w.turn(len(all)))
		if one > (mostPatience-leastPatience)/2 {
			return mostPatience, false
		}
		longest = max(longest, one)
	}
	if obstructed {
		return longest, true
	}
	return 2*longest + leastPatience, true
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

// endlessError is why a world hasn't ended in which nothing is left to happen, or
// that has run out of patience: a broken promise, unless something keeps the
// controllers from keeping it.
func (w *World) endlessError(patience time.Duration, enough bool) error {
	w.tellDeeds()
	all, err := w.unended()
	if err != nil || len(all) == 0 {
		return err
	}
	dd, why := all[0], "nothing more happens"
	_, goesOn := w.clock.Next()
	if goesOn {
		why = fmt.Sprintf("it goes on for longer than %v", patience)
	}
	obstacle := w.obstacle()
	if goesOn && !enough {
		obstacle = "its retry policy takes longer than a world waits"
	}
	if obstacle != "" {
		return &UnendedError{fmt.Sprintf("%s does not end: %s, and %s, since %s; name a time with run until= or for=, or put that right before",
			dd.Name, position(dd.Status), why, obstacle)}
	}
	if goesOn {
		why += ", twice what its retry policy can take and a day"
	}
	v := invariant.Violation{Promise: invariant.Ends{}.Promise(), Object: dd.Name, Breach: invariant.Breach{
		At: w.clock.Now(), Expected: "Succeeded or Failed, in the end", Found: fmt.Sprintf("%s, and %s", position(dd.Status), why),
	}}
	return &ViolationError{Violation: v, Trace: w.trace.Tail(dd.Name, w.Now(), storyLines)}
}

// obstacle is what keeps every controller from doing its work, empty where
// nothing does.
func (w *World) obstacle() string {
	switch {
	case len(w.controllers) == 0:
		return "no controller is running"
	case !w.sighted():
		return "no controller's watch is up"
	}
	return ""
}

// UnendedError says that not every rollout has ended, and that no controller could
// have ended it.
type UnendedError struct {
	// Why says which one, and what keeps it from its end.
	Why string
}

// Error is one line.
func (e *UnendedError) Error() string { return e.Why }
