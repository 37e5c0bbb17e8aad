package invariant

import (
	"fmt"

	"example.com/edge-device-operator/operator/rollout"
)

// The sentences below are written here once more: those of the operator are what is checked.

// UnexpectedStatus is what a status says of a GET /health that was answered with a status
// other than 200.
func UnexpectedStatus(status int) rollout.DeviceError {
	return rollout.DeviceError(fmt.Sprintf("the device answered %d to GET /health", status))
}

// postRefused is what it says of a POST that was not accepted.
func postRefused(post Kind, status int) string {
	return fmt.Sprintf("the device refused POST /%s with %d", post, status)
}

// postUnanswered is what it says of a POST that got no answer.
func postUnanswered(post Kind, why rollout.DeviceError) string {
	return fmt.Sprintf("POST /%s: %s", post, why)
}
