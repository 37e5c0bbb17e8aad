package rollout_test

import (
	"fmt"
	"time"

	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/rollout"
)

// A rollout waits for its transfer, and moves on once the image is staged. Decide
// needs no device, no API server and no clock.
func ExampleDecide() {
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	timing := rollout.Timing{Poll: 5 * time.Second, Transfer: 10 * time.Minute, Reboot: 5 * time.Minute, Verify: 2 * time.Minute, Stall: 2 * time.Minute}
	r := rollout.Rollout{
		UID: "9d2f", Generation: 1, Image: "fw:2", MaxAttempts: 3,
		ObservedGeneration: 1, Phase: v1.Transferring, Attempts: 1, Since: began,
	}
	decision := rollout.Decide(r, nil, began, timing)
	fmt.Println("at first: observe the device?", decision.Action == rollout.Observe)

	seen := rollout.Observation{Running: "fw:1", Healthy: true}
	decision = rollout.Decide(r, &seen, began, timing)
	fmt.Println("idle: burn?", decision.Action == rollout.Burn, "under the key", r.Key())

	seen.Staged, seen.StagedKey = "fw:2", r.Key()
	decision = rollout.Decide(r, &seen, began.Add(30*time.Second), timing)
	fmt.Printf("staged: write %s, attempt %d\n", decision.To.Phase, decision.To.Attempts)

	// Output:
	// at first: observe the device? true
	// idle: burn? true under the key 9d2f/1/1
	// staged: write Rebooting, attempt 1
}
