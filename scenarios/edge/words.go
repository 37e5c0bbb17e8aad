package edge

import (
	"example.com/edge-device-operator/harness/timeline"
	"example.com/edge-device-operator/harness/trace"
)

// Words are what the page of a run is told of DeviceDeployments and devices.
var Words = timeline.Words{Narrator: Narrate, State: phase}

// phase returns the phase that an event puts a DeviceDeployment into, "" if it doesn't.
func phase(e trace.Event) string {
	if e.Kind != trace.Write || e.Result.Failure != "" || e.Result.Injected || e.Object.Kind != kind.Kind {
		return ""
	}
	return e.String(phaseField)
}
