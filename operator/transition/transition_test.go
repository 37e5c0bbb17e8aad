package transition

import (
	"testing"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// TestNothingIsAllowedInAnEarlierGeneration has each phase, with each number of attempts,
// in the generation before.
func TestNothingIsAllowedInAnEarlierGeneration(t *testing.T) {
	phases := []v1.Phase{v1.Pending, v1.Transferring, v1.Rebooting, v1.Verifying, v1.Succeeded, v1.Failed}
	for _, from := range phases {
		for _, to := range phases {
			for attempts := range int32(4) {
				before, after := Position{Generation: 2, Phase: from, Attempts: 1}, Position{Generation: 1, Phase: to, Attempts: attempts}
				if Allowed(before, after) {
					t.Errorf("%v → %v", before, after)
				}
			}
		}
	}
}
