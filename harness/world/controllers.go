package world

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/trace"
)

// What befalls the controllers of a world. Where a controller is asked for by
// its number, 0 stands for the only one that lives.

// controller returns a running controller.
func (w *World) controller(n int) (int, *process.Process, error) {
	alive := slices.Sorted(maps.Keys(w.controllers))
	switch {
	case len(alive) == 0:
		return 0, nil, w.errNone()
	case n == 0 && len(alive) > 1:
		return 0, nil, fmt.Errorf("controllers %s are running: say which", listed(alive))
	case n == 0:
		n = alive[0]
	case w.controllers[n] == nil:
		return 0, nil, fmt.Errorf("controller %d isn't running, but %s", n, listed(alive))
	}
	return n, w.controllers[n], nil
}

// listed are numbers in words, such as 1, 2 and 4.
func listed(all []int) string {
	var words []string
	for _, n := range all {
		words = append(words, strconv.Itoa(n))
	}
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// Running says whether a controller is running.
func (w *World) Running() bool { return len(w.controllers) > 0 }

// KillController kills a controller as SIGKILL would.
func (w *World) KillController(n int) error {
	n, _, err := w.controller(n)
	if err != nil {
		return err
	}
	w.did(trace.Kill, controllerActor(n))
	w.stopController(n)
	return nil
}

// StopController stops a controller as SIGTERM would, and lets the world run until it
// has ended.
func (w *World) StopController(ctx context.Context, n int) error {
	n, i, err := w.controller(n)
	if err != nil {
		return err
	}
	w.did(trace.Stop, controllerActor(n))
	w.tellToStop(n)
	ended, err := w.run(ctx, w.clock.Now().Add(LeastPatience), func() (bool, error) { return i.HasEnded(), nil })
	if err != nil {
		return err
	}
	if !ended {
		return fmt.Errorf("controller %d doesn't stop", n)
	}
	if w.controllers[n] == nil {
		return nil // it was killed at a request that it still made
	}
	w.did(trace.Stopped, controllerActor(n))
	w.stopController(n)
	return nil
}

// tellToStop tells a controller to stop.
func (w *World) tellToStop(n int) {
	w.record.stopping(ControllerName(n), w.clock.Now())
	w.controllers[n].Stop()
}

// KillStopping tells a controller to stop, and kills it before it has.
func (w *World) KillStopping(ctx context.Context, n int) error {
	n, i, err := w.controller(n)
	if err != nil {
		return err
	}
	w.did(trace.Stop, controllerActor(n))
	w.tellToStop(n)
	if err := w.Settle(ctx); err != nil {
		return err
	}
	if i.HasEnded() {
		return fmt.Errorf("controller %d has stopped already: only work that waits for a device keeps it", n)
	}
	return w.KillController(n)
}

func (w *World) stopController(n int) {
	wasBlind := w.controllers[n].WatchIsDown()
	w.record.killed(w.controllers[n].UnderWay(), w.clock.Now())
	limited, cancel := w.options.Settle(context.Background())
	if err := w.controllers[n].Kill(limited); w.unended == nil {
		w.unended = err
	}
	cancel()
	w.record.waited(ControllerName(n), w.controllers[n].Waits())
	w.record.ended(ControllerName(n), w.clock.Now())
	delete(w.controllers, n)
	if wasBlind && len(w.down) == 0 && !w.stale() {
		w.record.caughtUp(w.clock.Now())
	}
	w.openAlone()
}

// openAlone opens the sequencer unless two controllers live.
func (w *World) openAlone() {
	if len(w.controllers) < 2 {
		w.sequencer.Open()
		w.together.Store(false)
	}
}

// stale says whether a controller's watch is down.
func (w *World) stale() bool { return w.any((*process.Process).WatchIsDown) }

// watching says whether a controller's watch is up.
func (w *World) watching() bool {
	return w.any(func(i *process.Process) bool { return !i.WatchIsDown() })
}

// reaching says whether a controller reaches the API server.
func (w *World) reaching() bool {
	return w.any(func(i *process.Process) bool { return !i.Isolated() })
}

// any says whether a running controller has some property.
func (w *World) any(holds func(*process.Process) bool) bool {
	return slices.ContainsFunc(slices.Collect(maps.Values(w.controllers)), holds) //determinism:ordered one is enough, whichever is asked first
}

// KillAt has the controller killed that comes to a crash point, whichever that
// is. RunUntilCrash has to follow. The error says that the request has been.
func (w *World) KillAt(p process.CrashPoint) error { return w.operations.KillAt(p) }

// RunUntilCrash lets the world run until a controller has been killed at the
// crash point that KillAt was told of.
func (w *World) RunUntilCrash(ctx context.Context, p process.CrashPoint) error {
	if len(w.controllers) == 0 && len(w.armed.restarts) == 0 {
		return w.errNone()
	}
	w.crash = &p
	defer func() {
		w.crash = nil
		w.operations.Disarm(p)
	}()
	incarnation := 0
	hit, err := w.run(ctx, w.clock.Now().Add(w.patience(false).For), func() (bool, error) {
		incarnation = w.operations.Hit(p)
		return incarnation > 0, nil
	})
	if err != nil {
		return err
	}
	if !hit {
		return &process.UnreachedError{Why: fmt.Sprintf("%s was never reached: %s", p, w.operations.Made(p.Object))}
	}
	if w.controllers[incarnation] == nil {
		return &process.UnreachedError{Why: fmt.Sprintf("%s was reached by controller %d, which was killed elsewhere at the same time", p, incarnation)}
	}
	w.killAt(p, incarnation)
	return nil
}

// linked finds a controller whose way to the API server may be changed: one that
// lives, while that is up.
func (w *World) linked(n int) (int, *process.Process, error) {
	if err := w.errDown(); err != nil {
		return 0, nil, err
	}
	return w.controller(n)
}

// WatchState is what a controller's watch is to be.
type WatchState int

const (
	// WatchUp brings the watch back, with what a new list brings.
	WatchUp WatchState = iota
	// WatchHeld holds back what the watch brings, so that the cache stays as it is.
	WatchHeld
	// WatchCut breaks the watch, to the same effect. It comes back as real ones do, which
	// takes more than a second of real time.
	WatchCut
)

// SetWatch takes a controller's watch down, so that its cache stays as it is, or lets it
// come back, with a new list.
func (w *World) SetWatch(n int, to WatchState) error {
	n, i, err := w.linked(n)
	switch {
	case err != nil:
		return err
	case i.Isolated():
		return fmt.Errorf("controller %d is cut off from the API server: it has to reach it first", n)
	case to == WatchUp && !i.WatchIsDown():
		return fmt.Errorf("the watch of controller %d is up", n)
	case to != WatchUp && i.WatchIsDown():
		return fmt.Errorf("the watch of controller %d is down already", n)
	}
	return w.setWatch(n, to)
}

// setWatch is SetWatch for a controller whose watch can be set so; where says at which
// request that is.
func (w *World) setWatch(n int, to WatchState, where ...trace.Field) error {
	i := w.controllers[n]
	if to == WatchUp {
		w.did(trace.WatchUp, controllerActor(n), where...)
		w.caughtUp(n)
		return i.RestoreWatch()
	}
	w.did(trace.WatchDown, controllerActor(n), where...)
	w.record.wentStale(w.clock.Now())
	if to == WatchCut {
		return i.CutWatch()
	}
	return i.HoldWatch()
}

// caughtUp records that a controller's watch comes back. While that of another one is
// down, something may still be stale.
func (w *World) caughtUp(n int) {
	//determinism:ordered one is enough, whichever is asked first
	for other, i := range w.controllers {
		if other != n && i.WatchIsDown() {
			w.record.woken(w.clock.Now())
			return
		}
	}
	w.record.caughtUp(w.clock.Now())
}

// SetAPI cuts a controller off from the API server, or lets it reach it again.
func (w *World) SetAPI(n int, up bool) error {
	n, i, err := w.linked(n)
	switch {
	case err != nil:
		return err
	case up && !i.Isolated():
		return fmt.Errorf("controller %d isn't cut off from the API server", n)
	case !up && i.Isolated():
		return fmt.Errorf("controller %d is cut off from the API server already", n)
	case !up && i.WatchIsDown():
		return fmt.Errorf("the watch of controller %d is down: it has to come back first", n)
	}
	if up {
		w.did(trace.Rejoined, controllerActor(n))
		w.caughtUp(n)
	} else {
		w.did(trace.Isolated, controllerActor(n))
		w.record.wentStale(w.clock.Now())
	}
	return i.Isolate(!up)
}

// Resync makes every informer of a controller pass all objects that it holds to its
// handlers again.
func (w *World) Resync(n int) error {
	n, i, err := w.controller(n)
	if err != nil {
		return err
	}
	w.did(trace.Resync, controllerActor(n))
	w.record.woken(w.clock.Now())
	i.Resync()
	return nil
}

// FaultRequest has a request disturbed when its turn comes. The error says that it
// has been already.
func (w *World) FaultRequest(op process.Operation, what process.RequestFault) error {
	if n := w.operations.Count(op.Object); n >= op.Number {
		return fmt.Errorf("%s has already made %d requests: say this above the command that leads to it", op.Object, n)
	}
	w.requestFaults.Plan(op, what)
	return nil
}

// UnmadeRequests returns the requests with planned faults that were never made, sorted.
func (w *World) UnmadeRequests() []process.Operation { return w.requestFaults.Left() }
