package invariant_test

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/scenarios/edge/invariant"
)

// A history in which a rollout goes back breaks an invariant, whoever wrote it.
func ExampleCheck() {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var history []invariant.Version
	for n, phase := range []v1.Phase{v1.Pending, v1.Transferring, v1.Rebooting, v1.Transferring} {
		at := start.Add(time.Duration(n) * time.Minute)
		history = append(history, invariant.Version{At: at, Object: &v1.DeviceDeployment{
			ObjectMeta: metav1.ObjectMeta{Name: "press-01", UID: "9d2f", Generation: 1},
			Spec:       v1.DeviceDeploymentSpec{DeviceRef: "press-01", Image: "fw:2", RetryPolicy: v1.RetryPolicy{MaxAttempts: 3}},
			Status:     v1.DeviceDeploymentStatus{ObservedGeneration: 1, Phase: phase, Attempts: int32(min(n, 1)), LastTransitionTime: metav1.NewMicroTime(at)},
		}})
	}
	violation := invariant.Check(invariant.Evidence{Versions: history, Initial: "fw:1", Now: start.Add(time.Hour)})
	fmt.Println(violation.Object, "after", violation.At.Sub(start))
	fmt.Println("promised:", violation.Promise)
	// Output:
	// press-01 after 3m0s
	// promised: every transition is in the table, and strictly increases (observedGeneration, attempts, rank)
}
