package devicesim

import "time"

// reboot takes the device down on request.
func (d *Device) reboot(now time.Time, byHand bool) {
	d.shutDown(now, StateChange{Kind: RebootStarted, ByHand: byHand}, "")
	d.saveState(now)
}

// cutPower takes the device down without a request. It does nothing if the device
// is down already.
func (d *Device) cutPower(at time.Time, f *plannedFault) {
	if d.down {
		f.tooLate = true
		return
	}
	f.setHappened()
	d.shutDown(at, StateChange{Kind: PowerCut, Fault: doCutPower}, doCutPower)
}

// shutDown takes the device down for as long as its plan says. A transfer under way
// fails. The running image is in the other slot, and safe.
func (d *Device) shutDown(now time.Time, change StateChange, fault string) {
	if d.transfer.state == stateRunning {
		d.breakTransfer(now, d.transfer.progress(now), fault)
	}
	d.shutdowns++
	d.down = true
	d.warmAt, d.delayedReboot = time.Time{}, delayedReboot{}
	d.bootFault = d.selectFault(ofBoot, d.shutdowns, now, client{})
	switch d.bootFault.Do {
	case doNeverReturn:
		d.bootFault.setHappened()
		d.backAt = time.Time{}
		change.Fault = doNeverReturn
	case doTake:
		d.bootFault.setHappened()
		d.backAt = now.Add(d.bootFault.For)
	default:
		d.backAt = now.Add(d.cfg.Plan.Reboot.draw(d.random(ofBoot, d.shutdowns, "takes")))
	}
	change.At, change.Image, change.Key = now, d.staged.image, d.staged.key
	d.record(change)
}

// boot brings the device up, subject to the fault of the boot.
func (d *Device) boot(at time.Time) {
	d.down = false
	d.boots++
	d.revision = 0
	change := StateChange{At: at, Kind: Booted, Fault: d.bootFault.Do}
	d.bootFault.setHappened()
	switch d.bootFault.Do {
	case doRollBack:
	case doGoBack:
		if d.previous.image != "" {
			now := slot{image: d.running, corrupt: !d.intact}
			d.running, d.intact, d.previous = d.previous.image, !d.previous.corrupt, now
		}
	case doLoseStaged:
		d.transfer = transfer{}
	case doForget:
		d.transfer = transfer{}
		d.record(StateChange{At: at, Kind: StateLost, Image: d.staged.image, Key: d.staged.key, Fault: doForget})
	default:
		change.Fault = ""
		if d.staged.image != "" {
			d.previous = slot{image: d.running, corrupt: !d.intact}
			d.running, d.intact = d.staged.image, !d.staged.corrupt
			change.Key = d.staged.key
		}
		if d.bootFault.Do == doWarmUp && d.intact {
			d.warmAt = at.Add(d.bootFault.For)
			change.Fault = doWarmUp
		}
	}
	d.staged = slot{}
	change.Image, change.Healthy = d.running, d.healthy()
	d.record(change)
}

// warmUp makes the device healthy some time after a boot.
func (d *Device) warmUp(at time.Time) {
	d.warmAt = time.Time{}
	d.revision++
	d.record(StateChange{At: at, Kind: BecameHealthy, Image: d.running, Healthy: true})
}
