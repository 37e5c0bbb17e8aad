package world

import (
	"context"
	"fmt"
	"slices"
	"time"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/trace"
)

// armedBreak is what comes about when a request is about to be sent. The request waits
// until it has, and until all else is done that can be at that instant.
type armedBreak struct {
	point Point
	at    process.Operation
	maybe bool // the request need not come
	do    func(ctx context.Context, incarnation int) error
}

// armBreak arms it. The error says that the request has been.
func (w *World) armBreak(b armedBreak) (Point, error) {
	if err := w.operations.BreakAt(b.at); err != nil {
		return Point{}, err
	}
	b.point.Name, b.point.Object = b.at.Name(), b.at.Object
	w.armed.breaks = append(w.armed.breaks, b)
	return b.point, nil
}

// atRequest are the fields of an event that comes about at a request.
func atRequest(op process.Operation) []trace.Field {
	return []trace.Field{trace.Int(trace.RequestNumber, op.Number), trace.String(trace.RequestSubject, op.Object)}
}

// ArmStop has the controller told to stop, as by SIGTERM, whose request is about to be
// sent. With restarts, another one starts so much virtual time after it has ended. The
// error says that the request has been.
func (w *World) ArmStop(op process.Operation, restarts bool, after time.Duration) (Point, error) {
	return w.armBreak(armedBreak{point: Point{Command: "stop"}, at: op, do: func(_ context.Context, n int) error {
		w.apart(func() { w.did(trace.Stop, controllerActor(n), atRequest(op)...) })
		w.tellToStop(n)
		w.armed.stops = append(w.armed.stops, &armedStop{op, n, restarts, after})
		return nil
	}})
}

// armedStop is a controller that was told to stop.
type armedStop struct {
	at          process.Operation
	incarnation int
	restarts    bool
	after       time.Duration
}

// RunUntilStopped lets the world run until a controller has ended that was told to stop at
// a point of ArmStop.
func (w *World) RunUntilStopped(ctx context.Context, p Point) error {
	ended, err := w.run(ctx, w.clock.Now().Add(w.patience(false).For), func() (bool, error) {
		return len(w.armed.stops) == 0 && !w.isArmed(p), nil
	})
	switch {
	case err != nil:
		return err
	case !ended && w.isArmed(p):
		return &process.UnreachedError{Why: fmt.Sprintf("%s was never reached: %s", p.Name, w.operations.Made(p.Object))}
	case !ended:
		return fmt.Errorf("the controller that was told to stop at %s doesn't", p.Name)
	}
	return nil
}

func (w *World) isArmed(p Point) bool {
	return slices.ContainsFunc(w.armed.breaks, func(b armedBreak) bool { return b.point == p })
}

// ArmStart has another controller start when a request is about to be sent. It does all
// that it can at that instant, and then the request is sent. The error says that the
// request has been.
func (w *World) ArmStart(op process.Operation) (Point, error) {
	return w.armBreak(armedBreak{point: Point{Command: "start"}, at: op, do: func(ctx context.Context, _ int) error {
		w.divide()
		return w.start(ctx, process.Config{}, atRequest(op)...)
	}})
}

// Window is when a controller's watch is down.
type Window struct {
	// From is the request that is about to be sent when it begins.
	From process.Operation
	// To is the request at which it ends, if it is set.
	To process.Operation
	// For is how long it lasts at most, if that is not zero; To need not come then.
	For time.Duration
	// State is what the watch is meanwhile: held or cut.
	State WatchState
}

// window is one that is open.
type window struct {
	incarnation int
	timed       bool // it ends at a time
	due         bool // that time has come
	drop        func()
}

// ArmWatch has the watch of a controller be down for a window. The error says that a
// request has been.
func (w *World) ArmWatch(of Window) ([]Point, error) {
	var open *window
	p, err := w.armBreak(armedBreak{point: Point{Command: "watch"}, at: of.From, do: func(_ context.Context, n int) (err error) {
		if i := w.controllers[n]; i.Isolated() || i.WatchIsDown() || len(w.down) > 0 {
			return nil // it is down in any case
		}
		open = &window{incarnation: n, timed: of.For > 0, drop: func() {}}
		w.armed.windows = append(w.armed.windows, open)
		if of.For > 0 {
			open.drop = w.clock.At(w.clock.Now().Add(of.For), func() { open.due = true })
		}
		w.apart(func() { err = w.setWatch(n, of.State, atRequest(of.From)...) })
		return err
	}})
	if err != nil || of.To.Number == 0 {
		return []Point{p}, err
	}
	to, err := w.armBreak(armedBreak{point: Point{Command: "watch"}, at: of.To, maybe: of.For > 0, do: func(context.Context, int) error {
		if open == nil {
			return nil
		}
		return w.closeWindow(open, atRequest(of.To)...)
	}})
	return []Point{p, to}, err
}

// apart has the trace tell something between what has been and what comes, though all be
// of one instant.
func (w *World) apart(do func()) {
	w.divide()
	do()
	w.divide()
}

// closeWindow has a watch come back, if it hasn't.
func (w *World) closeWindow(of *window, where ...trace.Field) error {
	at := slices.Index(w.armed.windows, of)
	if at < 0 {
		return nil
	}
	w.armed.windows = slices.Delete(w.armed.windows, at, at+1)
	of.drop()
	if i := w.controllers[of.incarnation]; i == nil || i.Isolated() || !i.WatchIsDown() || len(w.down) > 0 {
		return nil
	}
	w.divide()
	return w.setWatch(of.incarnation, WatchUp, where...)
}

// strikeBreaks is strike for what comes about at requests that wait for it, and what
// follows.
func (w *World) strikeBreaks(ctx context.Context) (struck bool, err error) {
	for n, b := range w.armed.breaks {
		incarnation := w.operations.Waits(b.at)
		if incarnation == 0 {
			continue
		}
		w.armed.breaks = slices.Delete(w.armed.breaks, n, n+1)
		if !slices.Contains(w.armed.passing, b.at) {
			w.armed.passing = append(w.armed.passing, b.at)
		}
		if w.controllers[incarnation] == nil {
			return true, nil // it was killed elsewhere at the same instant
		}
		return true, b.do(ctx, incarnation)
	}
	for n, s := range w.armed.stops {
		i := w.controllers[s.incarnation]
		if i != nil && !i.HasEnded() {
			continue
		}
		w.armed.stops = slices.Delete(w.armed.stops, n, n+1)
		if i != nil {
			w.did(trace.Stopped, controllerActor(s.incarnation))
			w.stopController(s.incarnation)
			if s.restarts {
				w.restartAfter("stopped at "+s.at.Name(), s.after)
			}
		}
		return true, nil
	}
	for _, of := range w.armed.windows {
		if of.due {
			return true, w.closeWindow(of)
		}
	}
	for _, op := range w.armed.passing {
		w.operations.Pass(op)
	}
	struck = len(w.armed.passing) > 0
	w.armed.passing = nil
	return struck, nil
}
