package invariant

import (
	"testing"

	"example.com/edge-device-operator/devicesim"
	v1 "example.com/edge-device-operator/operator/api/v1"
)

func TestTransferKept(t *testing.T) {
	// The first attempt ends at its deadline, and the second begins in second 70.
	story := []Version{
		stored(0, 1, v1.Pending, 0).by(1), stored(0, 1, v1.Transferring, 1).by(2), stored(60, 1, v1.Pending, 1).by(22), stored(70, 1, v1.Transferring, 2).by(23),
	}
	shows := func(o []Operation, key string, state string, first, second int) []Operation {
		for n, progress := range []int{first, second} {
			o[n].Health = &devicesim.Health{Running: "fw:1", Healthy: true, Transfer: &devicesim.TransferStatus{Key: key, Image: "fw:2", State: state, Progress: progress}}
		}
		return o
	}
	first := uid + "/1/1"
	judged := does(shows(observes(20, 9, 60), first, "running", 40, 40), made(22, 9, 60, Write), made(23, 10, 70, Write))
	slow := does(shows(observes(20, 9, 60), first, "running", 2, 2), made(22, 9, 60, Write), made(23, 10, 70, Write))
	unread := does(observes(20, 9, 60), made(22, 9, 60, Write), made(23, 10, 70, Write))
	for _, r := range []row{
		{name: "no further, for the stall time", more: known(judged, shows(observes(24, 14, 90), first, "running", 40, 40), burns(26, 14, 90, 2))},
		{name: "no further, not for the stall time", more: known(judged, shows(observes(24, 14, 89), first, "running", 40, 40), burns(26, 14, 89, 2)), at: 89,
			expected: "a transfer that stands at 40 % is left alone for 20s", found: "request #26 (burn) replaces it 19s into the attempt"},
		{name: "further on", more: known(judged, shows(observes(24, 14, 95), first, "running", 41, 41), burns(26, 14, 95, 2)), at: 95,
			expected: "a transfer that stood at 40 % when an attempt ended is left alone at 41 %", found: "request #26 (burn) replaces it"},
		{name: "further on by one reading only", more: known(judged, shows(observes(24, 14, 95), first, "running", 99, 40), burns(26, 14, 95, 2)), at: 95, expected: "left alone at 99 %", found: "replaces it"},
		{name: "less far, by one reading only", more: known(judged, shows(observes(24, 14, 95), first, "running", 1, 40), burns(26, 14, 95, 2))},
		{name: "nobody knows how far it was", more: known(unread, shows(observes(24, 14, 95), first, "running", 41, 41), burns(26, 14, 95, 2)), at: 95, expected: "a transfer that stood at 0 %", found: "replaces it"},
		{name: "no further, and waited for too long", more: known(judged, shows(observes(24, 14, 100), first, "running", 40, 40), observes(26, 15, 105)), at: 100,
			expected: "a transfer that shows no more than 40 %, as at the end of an attempt, is replaced", found: "it is left alone 30s into the attempt"},
		{name: "no further, and waited for the stall time", more: known(judged, shows(observes(24, 14, 90), first, "running", 40, 40), observes(26, 15, 105)), at: 90, expected: "is replaced", found: "it is left alone 20s into the attempt"},
		{name: "no further, and waited for less", more: known(judged, shows(observes(24, 14, 89), first, "running", 40, 40), observes(26, 15, 105))},
		{name: "slow, and waited for as long as a percent takes", more: known(slow, shows(observes(24, 14, 93), first, "running", 2, 2), observes(26, 15, 105))},
		{name: "slow, and waited for half the deadline", more: known(slow, shows(observes(24, 14, 100), first, "running", 2, 2), observes(26, 15, 105)), at: 100, expected: "is replaced", found: "it is left alone 30s into the attempt"},
		{name: "slow, and not waited for", more: known(slow, shows(observes(24, 14, 93), first, "running", 2, 2), burns(26, 14, 93, 2)), at: 93, expected: "a transfer that stands at 2 % is left alone for 30s", found: "replaces it 23s into the attempt"},
		{name: "further on, and waited for", more: known(judged, shows(observes(24, 14, 100), first, "running", 41, 41), observes(26, 15, 105))},
		{name: "its own, and waited for", more: known(judged, shows(observes(24, 14, 100), uid+"/1/2", "running", 0, 0), observes(26, 15, 105))},
		{name: "no further, and the controller dies", more: known(judged, shows(observes(24, 14, 100), first, "running", 40, 40))},
		{name: "it broke", more: known(judged, shows(observes(24, 14, 71), first, "failed", 41, 41), burns(26, 14, 71, 2))},
		{name: "another generation's", more: known(judged, shows(observes(24, 14, 71), uid+"/0/1", "running", 41, 41), burns(26, 14, 71, 2))},
		{name: "somebody else's", more: known(judged, shows(observes(24, 14, 71), "by hand", "running", 41, 41), burns(26, 14, 71, 2))},
		{name: "no readings", more: known(judged, observes(24, 14, 71), burns(26, 14, 71, 2))},
	} {
		r.versions = story
		r.check(t, TransferKept{})
	}
	back := stored(69, 1, v1.Transferring, 2)
	back.At, back.Object.ResourceVersion = second(80), "7"
	row{name: "somebody put the time back", versions: append(story[:4:4], back), foreign: map[string]bool{"7": true},
		more: known(judged, shows(observes(24, 14, 89), first, "running", 40, 40), burns(26, 14, 89, 2))}.check(t, TransferKept{})
	// Somebody takes the step to Verifying, where nobody notes how far a transfer is.
	jumped := []Version{story[0], stored(50, 1, v1.Verifying, 1), story[len(story)-2], story[len(story)-1]}
	row{name: "an attempt that ended in another phase", versions: jumped, more: known(judged, shows(observes(24, 14, 100), first, "running", 40, 40), observes(26, 15, 105))}.check(t, TransferKept{})
	// The last attempt has failed, and a spec that is changed begins with another.
	given := []Version{story[0], story[1], stored(60, 1, v1.Failed, 1).by(22), stored(65, 2, v1.Pending, 0).by(23), stored(65, 2, v1.Transferring, 1).by(24)}
	again := burns(27, 14, 90, 1)
	again.Key = uid + "/2/1"
	failed := append(judged[:3:3], made(23, 10, 65, Write), made(24, 11, 65, Write))
	row{name: "no further than when the last attempt failed", versions: given, more: known(failed, shows(observes(25, 14, 90), first, "running", 40, 40), again)}.check(t, TransferKept{})
	// Only maxAttempts is changed, in second 65.
	edited := []Version{story[0], story[1], story[2], stored(65, 2, v1.Pending, 0).by(23), stored(65, 2, v1.Transferring, 1).by(24)}
	judged = append(judged[:3:3], made(23, 10, 65, Write), made(24, 11, 65, Write))
	burn := burns(27, 14, 70, 1)
	burn.Key = uid + "/2/1"
	for _, r := range []row{
		{name: "the generation before has one under way, further on", more: known(judged, shows(observes(25, 14, 70), first, "running", 41, 41), burn), at: 70, expected: "a transfer that stood at 40 % when an attempt ended is left alone at 41 %", found: "replaces it"},
		{name: "the generation before has one under way, no further", more: known(judged, shows(observes(25, 14, 70), first, "running", 40, 40), burn), at: 70, expected: "left alone for 20s", found: "replaces it 5s into the attempt"},
	} {
		r.versions = edited
		r.check(t, TransferKept{})
	}
}
