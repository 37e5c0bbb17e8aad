package devicesim

import "time"

// reboot takes the device down because somebody asked for it.
func (d *Device) reboot(now time.Time, byHand bool) {
	d.goDown(now, Deed{Kind: RebootBegan, ByHand: byHand}, "")
	d.remember(now)
}

// cutPower takes the device down although nobody asked for it. Where it is
// down already, that changes nothing.
func (d *Device) cutPower(at time.Time, f *planned) {
	if d.down {
		f.late = true
		return
	}
	f.strikes()
	d.goDown(at, Deed{Kind: PowerCut, Fault: doCutPower}, doCutPower)
}

// goDown takes the device down until its plan's time has passed. A transfer
// under way has failed; what runs is in the other slot, and safe.
func (d *Device) goDown(now time.Time, deed Deed, fault string) {
	if d.transfer.state == stateRunning {
		d.breakTransfer(now, d.transfer.progress(now), fault)
	}
	d.downs++
	d.down = true
	d.warmAt, d.putOff = time.Time{}, reboot{}
	d.fate = d.begins(ofBoot, d.downs, now, client{})
	switch d.fate.Do {
	case doNeverReturn:
		d.fate.strikes()
		d.backAt = time.Time{}
		deed.Fault = doNeverReturn
	case doTake:
		d.fate.strikes()
		d.backAt = now.Add(d.fate.For)
	default:
		d.backAt = now.Add(d.cfg.Plan.Reboot.draw(d.random(ofBoot, d.downs, "takes")))
	}
	deed.At, deed.Image, deed.Key = now, d.staged.image, d.staged.key
	d.record(deed)
}

// boot brings the device up as its fate has it.
func (d *Device) boot(at time.Time) {
	d.down = false
	d.boots++
	d.moves = 0
	deed := Deed{At: at, Kind: Booted, Fault: d.fate.Do}
	d.fate.strikes()
	switch d.fate.Do {
	case doRollBack:
	case doLoseStaged:
		d.transfer = transfer{}
	case doForget:
		d.transfer = transfer{}
		d.record(Deed{At: at, Kind: Forgot, Image: d.staged.image, Key: d.staged.key, Fault: doForget})
	default:
		deed.Fault = ""
		if d.staged.image != "" {
			d.running, d.sound = d.staged.image, !d.staged.corrupt
			deed.Key = d.staged.key
		}
		if d.fate.Do == doWarmUp && d.sound {
			d.warmAt = at.Add(d.fate.For)
			deed.Fault = doWarmUp
		}
	}
	d.staged = slot{}
	deed.Image, deed.Sound = d.running, d.healthy()
	d.record(deed)
}

// warmUp is the moment from which on the device is healthy.
func (d *Device) warmUp(at time.Time) {
	d.warmAt = time.Time{}
	d.moves++
	d.record(Deed{At: at, Kind: WarmedUp, Image: d.running, Sound: true})
}
