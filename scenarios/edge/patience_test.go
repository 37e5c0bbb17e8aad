package edge

import (
	"testing"
	"time"

	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/rollout"
)

// TestPatienceFollowsFromTheRetryPolicy compares the longest time of a rollout with
// sums computed by hand. No duration overflows.
func TestPatienceFollowsFromTheRetryPolicy(t *testing.T) {
	const year = 365 * 24 * time.Hour
	minutes := rollout.Timing{Poll: 5 * time.Second, Transfer: 10 * time.Minute, Reboot: 5 * time.Minute, Verify: 2 * time.Minute}
	years := rollout.Timing{Poll: year, Transfer: 10 * year, Reboot: 10 * year, Verify: 10 * year}
	for _, tt := range []struct {
		attempts, backoff int32
		timing            rollout.Timing
		turn, want        time.Duration
	}{
		{1, 0, minutes, 0, 17 * time.Minute},
		{3, 10, minutes, time.Minute, 3 * (17*time.Minute + 10*time.Second + 4*time.Minute)},
		{32, 86400, minutes, 0, 32 * (17*time.Minute + 24*time.Hour)},
		{100, 86400, minutes, 0, 100 * (17*time.Minute + 24*time.Hour)},
		{1, 0, years, 0, mostPatience},
		{100, 86400, years, year, mostPatience},
	} {
		policy := v1.RetryPolicy{MaxAttempts: tt.attempts, BackoffSeconds: &tt.backoff}
		if got := longestRollout(policy, tt.timing, tt.turn); got != tt.want {
			t.Errorf("%d attempts, %d s between them: %v, want %v", tt.attempts, tt.backoff, got, tt.want)
		}
	}
}
