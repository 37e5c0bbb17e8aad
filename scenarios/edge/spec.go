package edge

import (
	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/scenario"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

// allowSpec refuses every key that is not a field of a spec.
func allowSpec(a *scenario.Arguments) {
	a.Allow("image", "maxAttempts", "backoffSeconds", "concurrencyHint")
}

// parseSpec returns a function that sets the fields of a spec that a command names.
func parseSpec(a *scenario.Arguments) func(*v1.DeviceDeploymentSpec) {
	image := scenario.Read(a, "image", "", devicesim.ParseImage)
	attempts := int32(scenario.Read(a, "maxAttempts", 0, scenario.Number(1, 100)))
	backoff := int32(scenario.Read(a, "backoffSeconds", 0, scenario.Number(0, 86400)))
	hint := int32(scenario.Read(a, "concurrencyHint", 0, scenario.Number(1, 10000)))
	return func(spec *v1.DeviceDeploymentSpec) {
		if a.Given("image") {
			spec.Image = image
		}
		if a.Given("maxAttempts") {
			spec.RetryPolicy.MaxAttempts = attempts
		}
		if a.Given("backoffSeconds") {
			spec.RetryPolicy.BackoffSeconds = &backoff
		}
		if a.Given("concurrencyHint") {
			spec.ConcurrencyHint = &hint
		}
	}
}
