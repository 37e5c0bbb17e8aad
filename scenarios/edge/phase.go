package edge

import "example.com/edge-device-operator/harness/trace"

// Phase returns the phase that an event puts a DeviceDeployment into, "" if it doesn't.
func Phase(e trace.Event) string {
	if e.Kind != trace.Write || e.Result.Failure != "" || e.Result.Injected || e.Object.Kind != kind.Kind {
		return ""
	}
	return e.String(phaseField)
}
