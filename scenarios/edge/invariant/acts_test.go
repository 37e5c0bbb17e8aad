package invariant

import (
	"testing"

	"example.com/edge-device-operator/devicesim"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/rollout"
)

func TestActs(t *testing.T) {
	in := func(phase v1.Phase) []Version {
		all := []Version{created(0), stored(0, 1, v1.Pending, 0).by(1), stored(0, 1, phase, 1).by(2)}
		all[2].Object.ResourceVersion = "2"
		all[2].Object.Spec.Image = "fw:2"
		return all
	}
	// shown has a reconcile observe a device that shows h, and then do more. Another one follows.
	shown := func(h devicesim.Health, more ...any) func(*Evidence) {
		seen := observes(3, 3, 5)
		seen[0].Health, seen[1].Health = &h, &h
		return known(seen, does(more...), made(9, 4, 10, Health))
	}
	idle := devicesim.Health{Running: "fw:1", Healthy: true}
	underWay := devicesim.Health{Running: "fw:1", Transfer: &devicesim.TransferStatus{Key: uid + "/1/1", State: "running"}}
	foreign := devicesim.Health{Running: "fw:1", Transfer: &devicesim.TransferStatus{Key: "by hand", State: "running"}}
	staged := devicesim.Health{Running: "fw:1", Staged: &devicesim.StagedImage{Image: "fw:2", Key: uid + "/1/1"}}
	sick, well := devicesim.Health{Running: "fw:2"}, devicesim.Health{Running: "fw:2", Healthy: true}
	again := func(resourceVersion string) Operation {
		o := reads(5, 3, 5, v1.Transferring, 1)
		o.Read.ResourceVersion = resourceVersion
		return o
	}
	next := in(v1.Transferring)[2].copied()
	next.At, next.Operation, next.Object.Generation = second(3), 0, 2
	report := made(5, 3, 5, Write)
	report.From, report.Sent = "2", in(v1.Transferring)[2].reports(5, string(rollout.Unreachable), "").Object
	for _, r := range []row{
		{name: "a burn", versions: in(v1.Transferring), more: shown(idle, again("2"), burns(6, 3, 5, 1))},
		{name: "no burn", versions: in(v1.Transferring), more: shown(idle), at: 5,
			expected: "a POST or a transition in Transferring, since request #4 (health) shows that the device runs fw:1", found: "the reconcile ends without"},
		{name: "no burn though the object is as it was", versions: in(v1.Transferring), more: shown(idle, again("2")), at: 5, expected: "a POST", found: "without"},
		{name: "no burn since the object has changed", versions: in(v1.Transferring), more: shown(idle, again("3"))},
		{name: "no burn since the object can't be read", versions: in(v1.Transferring), more: shown(idle, made(5, 3, 5, Read))},
		{name: "no burn but a report", versions: in(v1.Transferring), more: shown(idle, report), at: 5, expected: "a POST", found: "without"},
		{name: "a transfer under way", versions: in(v1.Transferring), more: shown(underWay)},
		{name: "somebody else's transfer under way", versions: in(v1.Transferring), more: shown(foreign), at: 5, expected: "a POST or a transition in Transferring", found: "without"},
		{name: "a transfer under way in another phase", versions: in(v1.Rebooting), more: shown(underWay), at: 5, expected: "Rebooting", found: "without"},
		{name: "a step that isn't taken", versions: in(v1.Transferring), more: shown(staged), at: 5, expected: "runs fw:1, with fw:2 staged", found: "without"},
		{name: "a step that is taken", versions: append(in(v1.Transferring), stored(5, 1, v1.Rebooting, 1).by(5)), more: shown(staged, made(5, 3, 5, Write))},
		{name: "no reboot", versions: in(v1.Rebooting), more: shown(staged), at: 5, expected: "a POST or a transition in Rebooting", found: "without"},
		{name: "a reboot", versions: in(v1.Rebooting), more: shown(staged, again("2"), made(6, 3, 5, Reboot))},
		{name: "not healthy yet", versions: in(v1.Verifying), more: shown(sick)},
		{name: "healthy, and nothing is done", versions: in(v1.Verifying), more: shown(well), at: 5, expected: "in Verifying", found: "without"},
		{name: "gone back, and nothing is done", versions: in(v1.Verifying), more: shown(idle), at: 5, expected: "in Verifying", found: "without"},
		{name: "not healthy yet, before a burn", versions: in(v1.Transferring), more: shown(sick)},
		{name: "not healthy for long, before a burn", versions: in(v1.Transferring), more: and(shown(sick), func(e *Evidence) {
			for n := range e.Operations {
				e.Operations[n].Began, e.Operations[n].Ended = second(30), second(30) // half of the phase's deadline
			}
		}), at: 30, expected: "a POST or a transition in Transferring", found: "without"},
		{name: "at its end", versions: in(v1.Succeeded), more: shown(idle)},
		{name: "readings that don't agree", versions: in(v1.Transferring), more: and(shown(idle), func(e *Evidence) { e.Operations[1].Health = &sick })},
		{name: "one reading", versions: in(v1.Transferring), more: and(shown(idle), func(e *Evidence) { e.Operations = e.Operations[1:] })},
		{name: "the controller's last act", versions: in(v1.Transferring), more: and(shown(idle), func(e *Evidence) { e.Operations = e.Operations[:2] })},
		{name: "a stale cache", versions: in(v1.Transferring), more: and(shown(idle), func(e *Evidence) { e.Stale = []Span{{From: second(4), To: second(6)}} })},
		{name: "somebody else wrote meanwhile", versions: append(in(v1.Transferring), stored(5, 1, v1.Rebooting, 1)), more: shown(idle)},
		{name: "another generation by then", versions: append(in(v1.Transferring), next), more: shown(idle)},
		{name: "it is being deleted", versions: append(in(v1.Transferring), in(v1.Transferring)[2].deleted(3)), more: shown(idle)},
	} {
		r.check(t, Acts{})
	}
}
