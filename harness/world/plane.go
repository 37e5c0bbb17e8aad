package world

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"example.com/edge-device-operator/harness/trace"
)

// ControlPlane is what a world needs in order to kill its API server and its
// etcd, and to start them again on the same data. Only one world at a time may.
type ControlPlane interface {
	KillAPIServer() error
	RestartAPIServer(context.Context) error
	KillEtcd() error
	RestartEtcd(context.Context) error
}

// The programs of a control plane, as KillProgram and StartProgram know them.
const (
	APIServer = "kube-apiserver"
	Etcd      = "etcd"
)

// KillProgram kills one of the control plane's programs. From then on nobody
// reaches the API server.
func (w *World) KillProgram(program string) error {
	switch {
	case w.options.ControlPlane == nil:
		return errors.New("this world can't kill its control plane")
	case w.down[program]:
		return fmt.Errorf("%s is down already", program)
	}
	if len(w.down) == 0 {
		for _, n := range slices.Sorted(maps.Keys(w.controllers)) {
			if w.controllers[n].Isolated() {
				return fmt.Errorf("controller %d is cut off from the API server: say api up before this", n)
			}
			if w.controllers[n].WatchIsDown() {
				return fmt.Errorf("the watch of controller %d is down: it has to come back first", n)
			}
		}
		for _, n := range slices.Sorted(maps.Keys(w.controllers)) {
			if err := w.controllers[n].Isolate(true); err != nil {
				return err
			}
		}
		for _, h := range w.histories {
			h.pause()
		}
		w.record.wentStale(w.clock.Now())
	}
	w.down[program] = true
	w.did(trace.Kill, programActor(program))
	if program == APIServer {
		return w.options.ControlPlane.KillAPIServer()
	}
	return w.options.ControlPlane.KillEtcd()
}

// StartProgram starts one of them again; etcd comes first where both are down.
func (w *World) StartProgram(ctx context.Context, program string) error {
	switch {
	case program == APIServer && w.down[Etcd]:
		return fmt.Errorf("%s is down: it has to be started first", Etcd)
	case !w.down[program]:
		return fmt.Errorf("%s is running", program)
	}
	start := w.options.ControlPlane.RestartEtcd
	if program == APIServer {
		start = w.options.ControlPlane.RestartAPIServer
	}
	if err := start(ctx); err != nil {
		return err
	}
	w.did(trace.Start, programActor(program))
	delete(w.down, program)
	if len(w.down) > 0 {
		return nil
	}
	for _, h := range w.histories {
		if err := h.resume(ctx); err != nil {
			return err
		}
	}
	w.record.caughtUp(w.clock.Now())
	for _, n := range slices.Sorted(maps.Keys(w.controllers)) {
		if err := w.controllers[n].Isolate(false); err != nil {
			return err
		}
	}
	return nil
}

// errDown says what is down of the control plane, and is nil if nothing is.
func (w *World) errDown() error {
	switch {
	case w.down[Etcd] && w.down[APIServer]:
		return errors.New("etcd and kube-apiserver are down: they have to be started first, in this order")
	case w.down[Etcd]:
		return fmt.Errorf("%s is down: it has to be started first", Etcd)
	case w.down[APIServer]:
		return fmt.Errorf("%s is down: it has to be started first", APIServer)
	}
	return nil
}

// abandon kills the controllers and starts what is down of the control plane, so
// that they do nothing then, and other worlds find it up.
func (w *World) abandon(ctx context.Context) error {
	for _, n := range slices.Sorted(maps.Keys(w.controllers)) {
		w.stopController(n)
	}
	for _, program := range []string{Etcd, APIServer} {
		if w.down[program] {
			if err := w.StartProgram(ctx, program); err != nil {
				return err
			}
		}
	}
	return nil
}
