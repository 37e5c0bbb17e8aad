package edge

import (
	"fmt"
	"strings"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/explore"
	"example.com/edge-device-operator/harness/trace"
)

// ExternalFaults are the faults of devices at every place that a run shows: at each
// request, transfer and boot of each device, every fault of its kind.
func ExternalFaults(events []trace.Event) (all []explore.ExternalFault) {
	devices := map[string]*tally{}
	for n, e := range events {
		name := deviceIn(e)
		if name == "" {
			continue
		}
		d := devices[name]
		if d == nil {
			d = &tally{first: n, count: map[string]int{}}
			devices[name] = d
		}
		of := d.add(e)
		if of == "" {
			continue
		}
		again := false
		if of == "health" {
			reading := Narrate(e)
			again, d.reading = reading == d.reading, reading
		}
		for _, f := range faultsOf(of) {
			all = append(all, explore.ExternalFault{
				Command: fmt.Sprintf("fault %s of=%s nth=%d %s", name, of, d.count[of], f), Before: d.first, At: n, Again: again,
			})
		}
	}
	return all
}

// tally counts what a fault's nth counts at one device, by the fault's subject (of=).
type tally struct {
	first   int // the index of the device's first event
	down    bool
	count   map[string]int
	reading string // the last one
}

// add counts an event, and returns the subject of its faults, empty if it can have none.
func (d *tally) add(e trace.Event) (of string) {
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
	case isReading(e):
		of = "health"
	case e.String(trace.Path) == "/burn", e.String(trace.Path) == "/reboot":
		of = e.String(trace.Path)[1:]
	}
	if of != "" {
		d.count[of]++
	}
	return of
}

// deviceIn is the device whose state changed or that was asked for something; empty if an
// event is about neither.
func deviceIn(e trace.Event) string {
	switch {
	case e.Kind == trace.State:
		return e.Actor.Name
	case e.Kind == trace.Request && e.Target.Role == trace.System:
		return e.Target.Name
	}
	return ""
}

// faultsOf are the faults of a subject, each without its of=.
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
