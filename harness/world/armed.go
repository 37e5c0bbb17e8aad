package world

import (
	"context"
	"fmt"
	"slices"
	"time"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/trace"
)

// armed is what a script has armed and goes on from: it strikes whenever its time
// comes, whatever the script is at then.
type armed struct {
	kills    []armedKill
	restarts []*restart // that are to come
}

// armedKill is a crash point, and how long after it another controller starts.
type armedKill struct {
	point process.CrashPoint
	after time.Duration
}

// restart is a controller that is to start in the place of one that was killed.
type restart struct {
	of   process.CrashPoint
	at   time.Duration
	due  bool
	drop func() // calls the clock off
}

// ArmKill has the controller killed that comes to a crash point, whichever that is,
// and another one started so much virtual time later. The world runs on meanwhile.
// The error says that the request has been.
func (w *World) ArmKill(p process.CrashPoint, after time.Duration) error {
	if err := w.operations.KillAt(p); err != nil {
		return err
	}
	w.armed.kills = append(w.armed.kills, armedKill{p, after})
	return nil
}

// Unreached are the crash points of ArmKill that no controller has come to, in the
// order in which they were armed.
func (w *World) Unreached() (all []process.CrashPoint) {
	for _, k := range w.armed.kills {
		all = append(all, k.point)
	}
	return all
}

// Restarts is how many controllers are to start in the place of those that ArmKill has
// killed.
func (w *World) Restarts() int { return len(w.armed.restarts) }

// strike lets what is armed come about whose time has come, and says whether
// anything did. The world is at rest.
func (w *World) strike(ctx context.Context) (struck bool, err error) {
	for n, k := range w.armed.kills {
		if incarnation := w.operations.Hit(k.point); incarnation > 0 {
			w.armed.kills = slices.Delete(w.armed.kills, n, n+1)
			w.operations.Disarm(k.point)
			w.killArmed(k, incarnation)
			return true, nil
		}
	}
	for n, r := range w.armed.restarts {
		if r.due {
			w.armed.restarts = slices.Delete(w.armed.restarts, n, n+1)
			w.divide()
			return true, w.start(ctx, process.Config{})
		}
	}
	return false, nil
}

// killArmed kills a controller that has come to an armed crash point. One that was
// killed elsewhere at the same instant is dead already.
func (w *World) killArmed(k armedKill, incarnation int) {
	if w.controllers[incarnation] == nil {
		return
	}
	w.killAt(k.point, incarnation)
	r := &restart{of: k.point, at: w.Now() + k.after, due: k.after == 0, drop: func() {}}
	if !r.due {
		r.drop = w.clock.At(Start.Add(r.at), func() { r.due = true })
	}
	w.armed.restarts = append(w.armed.restarts, r)
}

// killAt kills a controller that has come to a crash point.
func (w *World) killAt(p process.CrashPoint, incarnation int) {
	w.did(trace.Kill, controllerActor(incarnation), trace.String(trace.Side, string(p.Side)), trace.Int(trace.RequestNumber, p.Number), trace.String(trace.RequestSubject, p.Object))
	w.stopController(incarnation)
}

// divide has the trace tell what comes now after what has been, though it be of the
// same instant.
func (w *World) divide() {
	w.Tell()
	w.trace.Divide()
}

// replaced says that a script has itself started a controller in the place of one
// that was killed.
func (w *World) replaced() {
	if len(w.armed.restarts) > 0 {
		w.armed.restarts[0].drop()
		w.armed.restarts = w.armed.restarts[1:]
	}
}

// errNone says that no controller is running, and why.
func (w *World) errNone() error {
	if len(w.armed.restarts) == 0 {
		return fmt.Errorf("no controller is running")
	}
	r := w.armed.restarts[0]
	return fmt.Errorf("no controller is running: it was killed at %s, and another starts at %v", r.of, r.at)
}
