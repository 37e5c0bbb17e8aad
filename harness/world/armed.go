package world

import (
	"context"
	"errors"
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
	breaks   []armedBreak
	passing  []process.Operation // that have waited for what was armed at them
	stops    []*armedStop        // whose controllers were told to stop
	restarts []*restart          // that are to come
	windows  []*window           // that are open, and end at a time
}

// Point is a request at which something is armed.
type Point struct {
	// Command is the command that does it: kill, stop, start or watch.
	Command string
	// Name is the point's, and Object whose request it is.
	Name, Object string
}

// armedKill is a crash point, and how long after it another controller starts.
type armedKill struct {
	point process.CrashPoint
	after time.Duration
}

func (k armedKill) name() Point { return Point{"kill", k.point.String(), k.point.Object} }

// restart is a controller that is to start in the place of one that was killed or
// stopped.
type restart struct {
	of   string // what befell that one, and where
	at   time.Duration
	due  bool
	drop func() // calls the clock off
}

// ArmKill has the controller killed that comes to a crash point, whichever that is,
// and another one started so much virtual time later. The world runs on meanwhile.
// The error says that the request has been.
func (w *World) ArmKill(p process.CrashPoint, after time.Duration) (Point, error) {
	k := armedKill{p, after}
	if err := w.operations.KillAt(p); err != nil {
		return Point{}, err
	}
	w.armed.kills = append(w.armed.kills, k)
	return k.name(), nil
}

// Unreached are the points of what is armed that no controller has come to.
func (w *World) Unreached() (all []Point) {
	for _, k := range w.armed.kills {
		all = append(all, k.name())
	}
	for _, b := range w.armed.breaks {
		if !b.maybe {
			all = append(all, b.point)
		}
	}
	return all
}

// Restarts is how many controllers are to start in the place of those that ArmKill and
// ArmStop have ended.
func (w *World) Restarts() (n int) {
	for _, s := range w.armed.stops {
		if s.restarts {
			n++
		}
	}
	return n + len(w.armed.restarts)
}

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
	if struck, err := w.strikeBreaks(ctx); struck || err != nil {
		return struck, err
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
	w.restartAfter("killed at "+k.point.String(), k.after)
}

// restartAfter has a controller start after a while in the place of one that has ended.
func (w *World) restartAfter(of string, after time.Duration) {
	r := &restart{of: of, at: w.Now() + after, due: after == 0, drop: func() {}}
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
		return errors.New("no controller is running: say start controller before this")
	}
	r := w.armed.restarts[0]
	return fmt.Errorf("no controller is running: it was %s, and another starts at %v", r.of, r.at)
}
