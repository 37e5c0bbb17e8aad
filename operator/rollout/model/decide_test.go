package model

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"example.com/edge-device-operator/operator/rollout"
)

// question is what a controller has the state machine decide on.
type question struct {
	copy        object
	observation observation
	// shown is what the device showed, for a reading.
	shown device
	// passed is how much has passed of what the phase waits for.
	passed elapsed
	// refused says that the POST which the observation called for was made, and not
	// accepted.
	refused bool
}

// refusal is the question of a controller whose POST was not accepted.
func refusal(c controller) question {
	q := question{copy: c.copy, observation: reading, shown: device{up: true, running: wrong}, refused: true}
	if c.post.request == reboot {
		q.shown.staged, q.shown.stagedBy = c.copy.image, c.copy.attempt()
	}
	return q
}

// observation is what an observation brought.
type observation uint8

const (
	notYet  observation = iota // none was made
	nothing                    // no reading
	reading
)

// answer is what it decided, as far as a world keeps it.
type answer struct {
	action     rollout.Action
	phase      phase
	attempts   uint8
	unfinished unfinished
	since      uint8
	failed     bool
}

// stateMachine is rollout.Decide, which is asked each question once.
type stateMachine struct {
	maxAttempts int32
	answers     map[question]answer
}

// lasts is how long everything takes that is waited for, and began when.
const lasts = time.Hour

var began = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func (m *stateMachine) decide(q question) answer {
	if q.observation != reading {
		q.shown = device{}
	}
	a, known := m.answers[q]
	if !known {
		a = m.ask(q)
		m.answers[q] = a
	}
	return a
}

func (m *stateMachine) ask(q question) answer {
	r := rollout.Rollout{
		UID: uid(q.copy.uid), Generation: int64(q.copy.generation), Image: q.copy.image.String(),
		MaxAttempts: m.maxAttempts, Backoff: lasts,
		ObservedGeneration: int64(q.copy.observed), Phase: phases[q.copy.phase], Attempts: int32(q.copy.attempts), Since: began,
		ObservedImage: q.copy.asked.String(), ImageGeneration: int64(q.copy.since),
	}
	if l := q.copy.unfinished; l != (unfinished{}) {
		r.Unfinished = rollout.UnfinishedTransfer{Key: attempt{q.copy.uid, l.generation, l.number}.key(), Progress: percent * int(l.progress)}
	}
	if q.copy.reported {
		r.Reported, r.ReportedAt = rollout.DeviceErrors{Observe: rollout.Unreachable}, began
	}
	now := began.Add(lasts * time.Duration(q.passed) / time.Duration(all))
	var seen *rollout.Observation
	switch q.observation {
	case nothing:
		seen = &rollout.Observation{Error: rollout.Unreachable}
	case reading:
		seen = observationOf(q.shown)
	}
	if q.refused {
		seen.Posted, seen.PostError = true, rollout.PostRefused("/burn", 507)
	}
	decision := rollout.Decide(r, seen, now, rollout.Timing{Poll: time.Second, Transfer: lasts, Reboot: lasts, Verify: lasts, Stall: lasts / 2})
	if q.copy.reported && decision.Action == rollout.Report {
		decision.Action = rollout.Wait // or a version would come back
	}
	return answer{
		action: decision.Action, phase: numberOf(decision.To.Phase), attempts: uint8(decision.To.Attempts), unfinished: unfinishedOf(decision.To.Unfinished), since: uint8(decision.To.ImageGeneration), failed: decision.To.Failure != "",
	}
}

func observationOf(d device) *rollout.Observation {
	seen := &rollout.Observation{Running: d.running.String(), Healthy: d.healthy, ETag: `"current"`}
	if d.staged != noImage {
		seen.Staged, seen.StagedKey = d.staged.String(), d.stagedBy.key()
	}
	if d.transfer != noTransfer {
		state := map[transferState]rollout.TransferState{
			underWay: rollout.TransferRunning, done: rollout.TransferDone, broken: rollout.TransferFailed,
		}[d.transfer]
		seen.Transfer = rollout.Transfer{Key: d.asked.key(), Image: d.takes.String(), State: state, Progress: percent * int(d.progress)}
	}
	return seen
}

// percent is what one step of a transfer is.
const percent = 10

// unfinishedOf reads what is to be stored of a transfer.
func unfinishedOf(l rollout.UnfinishedTransfer) unfinished {
	if l.Key == "" {
		return unfinished{}
	}
	var of unfinished
	if _, err := fmt.Sscanf(l.Key[strings.Index(l.Key, "/"):], "/%d/%d", &of.generation, &of.number); err != nil {
		panic(err)
	}
	of.progress = uint8(l.Progress / percent)
	return of
}

func uid(n uint8) string { return "uid-" + strconv.Itoa(int(n)) }

// key is the key that the device gets to see.
func (a attempt) key() string {
	return rollout.Rollout{UID: uid(a.uid), Generation: int64(a.generation), Attempts: int32(a.number)}.Key()
}

func (i image) String() string {
	switch i {
	case noImage:
		return "nothing"
	case wrong:
		return "a wrong image"
	}
	return "fw:" + strconv.Itoa(int(i-old)+1)
}
