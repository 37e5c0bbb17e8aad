package transition_test

import (
	"fmt"

	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/transition"
)

// The table leads only forward: to the next phase, to another attempt, or to another
// generation.
func ExampleAllowed() {
	verifying := transition.Position{Generation: 1, Phase: v1.Verifying, Attempts: 2}
	for _, to := range []transition.Position{
		{Generation: 1, Phase: v1.Succeeded, Attempts: 2},
		{Generation: 1, Phase: v1.Transferring, Attempts: 2},
		{Generation: 1, Phase: v1.Pending, Attempts: 1},
		{Generation: 2, Phase: v1.Pending, Attempts: 0},
	} {
		fmt.Printf("%+v: %t\n", to, transition.Allowed(verifying, to))
	}
	// Output:
	// {Generation:1 Phase:Succeeded Attempts:2}: true
	// {Generation:1 Phase:Transferring Attempts:2}: false
	// {Generation:1 Phase:Pending Attempts:1}: false
	// {Generation:2 Phase:Pending Attempts:0}: true
}
