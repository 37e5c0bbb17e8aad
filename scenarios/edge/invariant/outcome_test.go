package invariant

import (
	"testing"

	"example.com/edge-device-operator/devicesim"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/rollout"
)

// rolls returns a version with what its status says was rolled out.
func (v Version) rolls(image string, since int64, lastError string) Version {
	v = v.copied()
	v.Object.Status.Image, v.Object.Status.ImageGeneration, v.Object.Status.LastError = image, since, lastError
	return v
}

// declares returns a version that declares an image.
func (v Version) declares(image string) Version {
	v = v.copied()
	v.Object.Spec.Image = image
	return v
}

func TestOutcome(t *testing.T) {
	pending, transferring := stored(0, 1, v1.Pending, 0).rolls("fw:2", 1, ""), stored(0, 1, v1.Transferring, 1).rolls("fw:2", 1, "")
	rebooting := stored(30, 1, v1.Rebooting, 1).rolls("fw:2", 1, "")
	verifying := stored(30, 1, v1.Verifying, 1).rolls("fw:2", 1, "")
	fails := func(at int, why string) Version {
		return stored(at, 1, v1.Pending, 1).rolls("fw:2", 1, why).by(12)
	}
	reads := func(first, second *devicesim.Health) func(*Evidence) {
		all := observes(10, 3, 60)
		all[0].Health, all[1].Health = first, second
		return known(all, made(12, 3, 60, Write))
	}
	reads4 := func(first, second *devicesim.Health) []Operation {
		all := observes(9, 3, 60)
		all[0].Health, all[1].Health = first, second
		return all
	}
	refused := transferring.reports(5, "", "no burn")
	met := func(errs ...rollout.DeviceError) func(*Evidence) {
		o := made(10, 3, 60, Health).unread()
		o.Met = errs
		return known([]Operation{o}, made(12, 3, 60, Write))
	}
	in := func(state string) *devicesim.Health {
		return &devicesim.Health{Running: "fw:1", Transfer: &devicesim.TransferStatus{Key: uid + "/1/1", State: state, Progress: 40}}
	}
	at := func(progress int) *devicesim.Health {
		return &devicesim.Health{Running: "fw:1", Transfer: &devicesim.TransferStatus{Key: uid + "/1/1", State: "failed", Progress: progress}}
	}
	runs := func(image, staged string) *devicesim.Health {
		h := &devicesim.Health{Running: image}
		if staged != "" {
			h.Staged = &devicesim.StagedImage{Image: staged, Key: uid + "/1/1"}
		}
		return h
	}
	for _, r := range []row{
		{name: "an image that stays", versions: []Version{created(0), pending, stored(9, 2, v1.Pending, 0).rolls("fw:2", 1, "")}},
		{name: "another image", versions: []Version{created(0), pending, stored(9, 2, v1.Pending, 0).declares("fw:3").rolls("fw:3", 2, "")}},
		{name: "another image than declared", versions: []Version{created(0), stored(0, 1, v1.Pending, 0).rolls("fw:1", 1, "")}, expected: "status.image fw:2", found: "status.image fw:1"},
		{name: "an image since too long", versions: []Version{created(0), pending, stored(9, 2, v1.Pending, 0).declares("fw:3").rolls("fw:3", 1, "")}, at: 9, expected: "imageGeneration 2", found: "imageGeneration 1"},
		{name: "an image since too short", versions: []Version{created(0), pending, stored(9, 2, v1.Pending, 0).rolls("fw:2", 2, "")}, at: 9, expected: "imageGeneration 1", found: "imageGeneration 2"},
		{name: "an error before any failure", versions: []Version{created(0), stored(0, 1, v1.Pending, 0).rolls("fw:2", 1, "why")}, expected: "is empty", found: "why"},
		{name: "an error without a failure", versions: []Version{created(0), pending, stored(0, 1, v1.Transferring, 1).rolls("fw:2", 1, "why")}, expected: "stays", found: "why"},
		{name: "an error that a report changes", versions: []Version{created(0), transferring, transferring.reports(5, "slow", "").rolls("fw:2", 1, "why")}, at: 5, expected: "stays", found: "why"},
		{name: "a failure without an error", versions: []Version{created(0), transferring, fails(60, "")}, at: 60, expected: "says why", found: `""`},
		{name: "a mistake of formatting", versions: []Version{created(0), transferring, fails(60, "the transfer broke at % %!(EXTRA int=40)")}, more: reads(at(50), at(40)), at: 60, expected: "is a sentence", found: "EXTRA"},
		{name: "no end", versions: []Version{created(0), transferring, fails(60, "the transfer was not begun within 1m0s: ")}, more: reads(runs("fw:1", ""), runs("fw:1", "")), at: 60, expected: "is a sentence", found: "1m0s: "},
		{name: "a broken transfer", versions: []Version{created(0), transferring, fails(60, "the transfer broke at 40 %")}, more: reads(at(50), at(40))},
		{name: "one that broke elsewhere", versions: []Version{created(0), transferring, fails(60, "the transfer broke at 50 %")}, more: reads(at(50), at(40)), at: 60, expected: "at 40 %", found: "50 %"},
		{name: "one that broke, called late", versions: []Version{created(0), transferring, fails(60, "the transfer took longer than 1m0s")}, more: reads(at(40), at(40)), at: 60, expected: "the transfer broke at 40 %", found: "longer"},
		{name: "one that ended", versions: []Version{created(0), transferring, fails(60, "the transfer ended, but the image was not staged")}, more: reads(in("done"), in("done"))},
		{name: "one that ended, called broken", versions: []Version{created(0), transferring, fails(60, "the transfer broke at 40 %")}, more: reads(in("done"), in("done")), at: 60, expected: "the transfer ended", found: "broke"},
		{name: "one under way", versions: []Version{created(0), transferring, fails(60, "the transfer took longer than 1m0s")}, more: reads(in("running"), in("running"))},
		{name: "one that was not begun", versions: []Version{created(0), transferring, fails(60, "the transfer was not begun within 1m0s")}, more: reads(runs("fw:1", ""), runs("fw:1", ""))},
		{name: "one that was not begun, called long", versions: []Version{created(0), transferring, fails(60, "the transfer took longer than 1m0s")}, more: reads(runs("fw:1", ""), runs("fw:1", "")), at: 60, expected: "was not begun within 1m0s", found: "longer"},
		{name: "one that says nothing", versions: []Version{created(0), transferring, fails(60, "it did not work")}, more: reads(at(50), at(40)), at: 60, expected: "transfer", found: "work"},
		{name: "a device that is silent", versions: []Version{created(0), transferring, fails(60, "the transfer took longer than 1m0s: no answer")}, more: reads(nil, nil)},
		{name: "another deadline", versions: []Version{created(0), transferring, fails(60, "the transfer took longer than 2m0s: no answer")}, more: reads(nil, nil), at: 60, expected: "1m0s", found: "2m0s"},
		{name: "no error of the device", versions: []Version{created(0), transferring, fails(60, "the transfer took longer than 1m0s")}, more: reads(nil, nil), at: 60, expected: ": ", found: "1m0s"},
		{name: "answers that don't agree", versions: []Version{created(0), transferring, fails(60, "the transfer took longer than 1m0s: the device's answers did not agree")}, more: known(observes(7, 3, 60), reads4(at(50), runs("fw:1", "")), made(12, 3, 60, Write))},
		{name: "answers that don't agree, called something else", versions: []Version{created(0), transferring, fails(60, "the transfer took longer than 1m0s: no answer")}, more: known(observes(7, 3, 60), reads4(at(50), runs("fw:1", "")), made(12, 3, 60, Write)), at: 60, expected: "ends with \": the device's answers did not agree\"", found: "no answer"},
		{name: "one of the errors that were met", versions: []Version{created(0), transferring, fails(60, "the transfer took longer than 1m0s: the device did not answer in time")}, more: met(rollout.Unreachable, rollout.TimedOut)},
		{name: "none of them", versions: []Version{created(0), transferring, fails(60, "the transfer took longer than 1m0s: the device did not answer in time")}, more: met(rollout.Unreachable), at: 60, expected: "could not be reached", found: "in time"},
		{name: "an error that isn't", versions: []Version{created(0), transferring, fails(60, "the transfer was not begun within 1m0s: no answer")}, more: reads(runs("fw:1", ""), runs("fw:1", "")), at: 60, expected: "names no error", found: "no answer"},
		{name: "a POST that was refused", versions: []Version{created(0), refused, fails(60, "the transfer was not begun within 1m0s: no burn")}, more: reads(runs("fw:1", ""), runs("fw:1", ""))},
		{name: "that is left out", versions: []Version{created(0), refused, fails(60, "the transfer was not begun within 1m0s")}, more: reads(runs("fw:1", ""), runs("fw:1", "")), at: 60, expected: "no burn", found: "1m0s"},
		{name: "and no answer", versions: []Version{created(0), refused, fails(60, "the transfer took longer than 1m0s: the device could not be reached; no burn")}, more: met(rollout.Unreachable)},
		{name: "a POST that had its effect", versions: []Version{created(0), refused, fails(60, "the transfer took longer than 1m0s")}, more: reads(in("running"), in("running"))},
		{name: "that is named", versions: []Version{created(0), refused, fails(60, "the transfer took longer than 1m0s: no burn")}, more: reads(in("running"), in("running")), at: 60, expected: "names no error", found: "no burn"},
		{name: "no reboot", versions: []Version{created(0), rebooting, fails(200, "the device did not reboot within 2m0s")}, more: reads(runs("fw:1", "fw:2"), runs("fw:1", "fw:2"))},
		{name: "what somebody else staged", versions: []Version{created(0), rebooting, fails(200, "the device came back from the reboot without the image")}, more: reads(runs("fw:1", "fw:3"), runs("fw:1", "fw:3"))},
		{name: "no deadline of a reboot", versions: []Version{created(0), rebooting, fails(200, "the device did not reboot")}, more: reads(runs("fw:1", "fw:2"), runs("fw:1", "fw:2")), at: 200, expected: "2m0s", found: "reboot"},
		{name: "a reboot into another image", versions: []Version{created(0), rebooting, fails(60, "the device came back from the reboot without the image")}, more: reads(runs("fw:1", ""), runs("fw:1", ""))},
		{name: "that called another failure", versions: []Version{created(0), rebooting, fails(60, "the device did not reboot within 2m0s")}, more: reads(runs("fw:1", ""), runs("fw:1", "")), at: 60, expected: "without the image", found: "did not reboot"},
		{name: "it goes back", versions: []Version{created(0), verifying, fails(60, "the device went back to another image")}, more: reads(runs("fw:1", ""), runs("fw:1", ""))},
		{name: "it is not healthy", versions: []Version{created(0), verifying, fails(300, "the device is not healthy on the image")}, more: reads(runs("fw:2", ""), runs("fw:2", ""))},
		{name: "that called another failure", versions: []Version{created(0), verifying, fails(300, "the device went back to another image")}, more: reads(runs("fw:2", ""), runs("fw:2", "")), at: 300, expected: "not healthy", found: "went back"},
	} {
		r.check(t, Outcome{})
	}
}
