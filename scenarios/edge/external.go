package edge

import (
	"fmt"
	"net/http"
	"strings"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/explore"
	"example.com/edge-device-operator/harness/trace"
)

// ExternalFaults are the faults of devices at every place that a run shows: at each
// request, transfer and boot of each device, every fault of its kind.
func ExternalFaults(events []trace.Event) (all []explore.ExternalFault) {
	devices := map[string]*seen{}
	for n, e := range events {
		name := deviceIn(e)
		if name == "" {
			continue
		}
		d := devices[name]
		if d == nil {
			d = &seen{first: n, count: map[string]int{}}
			devices[name] = d
		}
		of := d.see(e)
		if of == "" {
			continue
		}
		again := of == "health" && Narrate(e) == d.reading
		if of == "health" {
			d.reading = Narrate(e)
		}
		for _, f := range faultsOf(of) {
			all = append(all, explore.ExternalFault{
				Command: fmt.Sprintf("fault %s of=%s nth=%d %s", name, of, d.count[of], f), Before: d.first, At: n, Again: again,
			})
		}
	}
	return all
}

// seen is what a run has shown of a device so far.
type seen struct {
	first   int            // the place of its first event
	down    bool           // it reboots
	count   map[string]int // of requests, transfers and boots, by what a fault is of
	reading string         // the last one
}

// see counts what an event shows, and returns what a fault of it is of; empty if there
// is none.
func (d *seen) see(e trace.Event) (of string) {
	switch {
	case e.Kind == trace.State:
		switch devicesim.ChangeKind(e.Verb) {
		case devicesim.BurnStarted:
			of = "transfer"
		case devicesim.RebootStarted, devicesim.PowerCut:
			of, d.down = "boot", true
		case devicesim.Booted:
			d.down = false
		}
	case e.Result.Injected, e.Result.Failure == trace.NoSuchHost, d.down && e.Result.Failure == trace.ConnectionRefused:
		// It never came to the device.
	case e.Verb == http.MethodGet:
		of = "health"
	case e.String(trace.Path) == "/burn", e.String(trace.Path) == "/reboot":
		of = e.String(trace.Path)[1:]
	}
	if of != "" {
		d.count[of]++
	}
	return of
}

// deviceIn is the device that an event shows something of, empty if it is none's.
func deviceIn(e trace.Event) string {
	switch {
	case e.Kind == trace.State:
		return e.Actor.Name
	case e.Kind == trace.Request && e.Target.Role == trace.System:
		return e.Target.Name
	}
	return ""
}

// faultsOf are the faults of a kind of request, or of a transfer or a boot, each without
// what it is of.
func faultsOf(of string) (all []string) {
	for _, kind := range deviceFaults {
		for _, f := range kind.faults {
			what, fault, _ := strings.Cut(strings.TrimPrefix(f, "of="), " ")
			if what == of || what == "any" && of != "transfer" && of != "boot" {
				all = append(all, fault)
			}
		}
	}
	return all
}
