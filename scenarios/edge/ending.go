package edge

import (
	"fmt"
	"strings"

	"example.com/edge-device-operator/harness/world"
)

// ending takes the status away: how an attempt ends depends on what goes wrong in it,
// and the invariants say how.
func ending(e *world.Ending) { delete(e.Fields, "status") }

// Endings describes the final state of each object and its device, one line each, in
// the order of creation. It leaves out times and generations, so that runs that got
// there in different ways can be compared.
func (w *World) Endings() ([]string, error) {
	all, err := w.present()
	var lines []string
	for _, dd := range all {
		var line strings.Builder
		fmt.Fprintf(&line, "%s: asks for %s, ", dd.Name, dd.Spec.Image)
		if s := dd.Status; s.ObservedGeneration == dd.Generation {
			fmt.Fprintf(&line, "%s after %d attempts, last error %q", s.Phase, s.Attempts, s.LastError)
			for _, c := range s.Conditions {
				fmt.Fprintf(&line, ", %s %s (%s: %s)", c.Type, c.Status, c.Reason, c.Message)
			}
		}
		if m := w.fleet.find(dd.Spec.DeviceRef); m != nil {
			t := m.device.Truth()
			fmt.Fprintf(&line, "; runs %s, up %t, healthy %t, staged %q", t.Running, t.Up, t.Healthy, t.Staged)
		}
		lines = append(lines, line.String())
	}
	return lines, err
}
