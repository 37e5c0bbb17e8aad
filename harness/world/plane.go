package world

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"example.com/edge-device-operator/harness/trace"
)

// ControlPlane lets a world kill its API server and etcd, and start them again on the
// same data. Only one world at a time may do that.
type ControlPlane interface {
	KillAPIServer() error
	RestartAPIServer(context.Context) error
	KillEtcd() error
	RestartEtcd(context.Context) error
}

// The names of the control plane's programs in KillProgram and StartProgram.
const (
	APIServer = "kube-apiserver"
	Etcd      = "etcd"
)

// KillProgram kills a program of the control plane. From then on nobody reaches the API
// server.
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
		w.requestFaults.SetAPI(false)
		w.record.wentStale(w.clock.Now())
	}
	w.down[program] = true
	w.did(trace.Kill, programActor(program))
	if program == APIServer {
		return w.options.ControlPlane.KillAPIServer()
	}
	return w.options.ControlPlane.KillEtcd()
}

// StartProgram starts such a program again. If both are down, etcd comes first.
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
	w.requestFaults.SetAPI(true)
	w.record.caughtUp(w.clock.Now())
	for _, n := range slices.Sorted(maps.Keys(w.controllers)) {
		if err := w.controllers[n].Isolate(false); err != nil {
			return err
		}
	}
	return nil
}

// errDown names the programs that are down, nil if none is.
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

// abandon kills the controllers, and then starts the programs of the control plane that
// are down: the controllers must do nothing more, and other worlds need it.
func (w *World) abandon(ctx context.Context) error {
	for _, n := range slices.Sorted(maps.Keys(w.controllers)) {
		w.stopController(n)
	}
	if w.unended != nil {
		return w.unended
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
