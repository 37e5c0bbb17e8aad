package invariant

import (
	"testing"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

func TestAttemptsExact(t *testing.T) {
	pending, first := stored(0, 1, v1.Pending, 0), stored(0, 1, v1.Transferring, 1)
	retry := []Version{pending, first, stored(10, 1, v1.Pending, 1), stored(20, 1, v1.Transferring, 2)}
	and := func(more ...Version) []Version { return append(append([]Version{}, retry...), more...) }
	for _, r := range []row{
		{name: "nothing stored yet", versions: []Version{created(0)}},
		{name: "each attempt is counted once", versions: retry},
		{name: "a write that repeats the phase counts nothing", versions: and(stored(21, 1, v1.Transferring, 2), stored(22, 1, v1.Rebooting, 2))},
		{name: "an attempt that is not counted", versions: []Version{pending, first, stored(10, 1, v1.Pending, 1), stored(20, 1, v1.Transferring, 1)},
			at: 20, expected: "attempts 2, as many as were begun", found: "attempts 1, with Transferring"},
		{name: "an attempt that is counted twice", versions: []Version{pending, stored(3, 1, v1.Transferring, 2)},
			at: 3, expected: "attempts 1, as many as were begun", found: "attempts 2, with Transferring"},
		{name: "an attempt that is counted though none was begun", versions: []Version{pending, stored(3, 1, v1.Pending, 1)},
			at: 3, expected: "attempts 0, as many as were begun", found: "attempts 1, with Pending"},
		{name: "an attempt that is forgotten on the way", versions: []Version{pending, first, stored(3, 1, v1.Rebooting, 0)},
			at: 3, expected: "attempts 1", found: "attempts 0, with Rebooting"},
		{name: "another generation counts from 0", versions: and(stored(30, 2, v1.Pending, 0), stored(30, 2, v1.Transferring, 1))},
		{name: "another generation counts on", versions: and(stored(30, 2, v1.Pending, 2)),
			at: 30, expected: "attempts 0", found: "attempts 2, with Pending"},
		{name: "more attempts than there are", versions: []Version{pending.maxAttempts(1), first.maxAttempts(1), stored(10, 1, v1.Pending, 1).maxAttempts(1), stored(20, 1, v1.Transferring, 2).maxAttempts(1)},
			at: 20, expected: "no attempt after number 1, which is maxAttempts", found: "attempt 2 was begun"},
		{name: "maxAttempts lowered under what was used", versions: and(stored(30, 1, v1.Transferring, 2).maxAttempts(1))},
		{name: "Failed after the last attempt", versions: and(stored(30, 1, v1.Pending, 2), stored(40, 1, v1.Transferring, 3), stored(50, 1, v1.Failed, 3), stored(60, 1, v1.Failed, 3))},
		{name: "Failed before the last attempt", versions: and(stored(30, 1, v1.Failed, 2)),
			at: 30, expected: "Failed after attempt 3, which is maxAttempts", found: "Failed after attempt 2"},
		{name: "maxAttempts raised after Failed", versions: []Version{pending.maxAttempts(1), first.maxAttempts(1), stored(10, 1, v1.Failed, 1).maxAttempts(1), stored(20, 1, v1.Failed, 1).maxAttempts(5)}},
	} {
		r.check(t, AttemptsExact{})
	}
}
