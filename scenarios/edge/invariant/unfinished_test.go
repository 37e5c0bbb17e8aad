package invariant

import (
	"testing"

	"example.com/edge-device-operator/devicesim"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/rollout"
)

func TestUnfinished(t *testing.T) {
	first := uid + "/1/1"
	shows := func(o []Operation, key, state string, progress ...int) []Operation {
		for n, p := range progress {
			o[n].Health = &devicesim.Health{Running: "fw:1", Healthy: true, Transfer: &devicesim.TransferStatus{Key: key, Image: "fw:2", State: state, Progress: p}}
		}
		return o
	}
	left := func(v Version, key string, progress int32) Version {
		v = v.copied()
		v.Object.Status.Transfer = &v1.UnfinishedTransfer{Key: key, Progress: progress}
		return v
	}
	begins := []Version{stored(0, 1, v1.Pending, 0).by(1), stored(0, 1, v1.Transferring, 1).by(2)}
	failed, retried := stored(60, 1, v1.Pending, 1).by(22), stored(70, 1, v1.Transferring, 2).by(23)
	edited := stored(65, 2, v1.Pending, 0).by(23)
	another := edited.copied()
	another.Object.Spec.Image = "fw:3"
	story := func(more ...Version) []Version { return append(begins[:2:2], more...) }
	running := does(shows(observes(20, 9, 60), first, "running", 41, 40), made(22, 9, 60, Write), made(23, 10, 70, Write))
	lost := made(20, 9, 60, Health).unread()
	lost.Met = []rollout.DeviceError{rollout.Unreachable}
	unread := does([]Operation{lost}, made(22, 9, 60, Write), made(23, 10, 70, Write))
	is40, none := "the transfer "+first+" at 40 % in the status", "no transfer in the status"
	for _, r := range []row{
		{name: "left under way", versions: story(left(failed, first, 40), left(retried, first, 40)), more: known(running)},
		{name: "left under way for good", versions: story(left(stored(60, 1, v1.Failed, 1).by(22), first, 40)), more: known(running)},
		{name: "not noted", versions: story(failed), more: known(running), at: 60, expected: is40, found: "no transfer"},
		{name: "noted further on", versions: story(left(failed, first, 41)), more: known(running), at: 60, expected: is40, found: "at 41 %"},
		{name: "forgotten by the retry", versions: story(left(failed, first, 40), retried), more: known(running), at: 70, expected: is40, found: "no transfer"},
		{name: "broken", versions: story(left(failed, first, 40)), more: known(does(shows(observes(20, 9, 60), first, "failed", 40, 40), made(22, 9, 60, Write))), at: 60, expected: none, found: "at 40 %"},
		{name: "somebody else's", versions: story(left(failed, "by hand", 40)), more: known(does(shows(observes(20, 9, 60), "by hand", "running", 40, 40), made(22, 9, 60, Write))), at: 60, expected: none, found: "by hand"},
		{name: "not seen", versions: story(failed), more: known(unread)},
		{name: "not seen, and noted", versions: story(left(failed, first, 40)), more: known(unread), at: 60, expected: none, found: "at 40 %"},
		{name: "not seen, and known from before", versions: append(story(failed)[:1:1], left(begins[1], first, 30), left(failed, first, 30)), more: known(unread), at: 0, expected: none, found: "at 30 %"},
		{name: "nobody knows what was seen", versions: story(left(failed, first, 40)), more: known(made(22, 9, 60, Write))},
		{name: "for the same image", versions: story(left(failed, first, 40), left(edited, first, 40)), more: known(running)},
		{name: "for the same image, forgotten", versions: story(left(failed, first, 40), edited), more: known(running), at: 65, expected: is40, found: "no transfer"},
		{name: "for another image", versions: story(left(failed, first, 40), another), more: known(running)},
		{name: "for another image, kept", versions: story(left(failed, first, 40), left(another, first, 40)), more: known(running), at: 65, expected: none, found: "at 40 %"},
		{name: "staged", versions: story(left(failed, first, 40), left(retried, first, 40), stored(80, 1, v1.Rebooting, 2).by(25)), more: known(running)},
		{name: "staged, and kept", versions: story(left(failed, first, 40), left(retried, first, 40), left(stored(80, 1, v1.Rebooting, 2).by(25), first, 40)), more: known(running), at: 80, expected: none, found: "at 40 %"},
		{name: "what somebody wrote", versions: story(left(failed, "by hand", 40)), more: func(e *Evidence) {
			known(running)(e)
			e.Versions[2].Object.ResourceVersion = "7"
			e.Foreign = map[string]bool{"7": true}
		}},
	} {
		r.check(t, Unfinished{})
	}
}
