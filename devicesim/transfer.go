package devicesim

import "time"

// transfer is the last transfer that the device knows of. Without a state, there is
// none.
type transfer struct {
	slot
	began   time.Time
	takes   time.Duration
	fault   *plannedFault // the fault of this transfer
	state   string
	broke   int  // the progress at which it failed, in percent
	stalled bool // it will never progress again
}

// The states of a transfer, as the API names them.
const (
	stateRunning = "running"
	stateDone    = "done"
	stateFailed  = "failed"
)

// progress is how far a transfer has got at a time, in percent.
func (t transfer) progress(now time.Time) int {
	switch {
	case t.state == stateDone:
		return 100
	case t.state == stateFailed:
		return t.broke
	case t.stalled:
		return t.fault.At
	case t.takes <= 0:
		return 100
	}
	return max(0, min(100, int(100*now.Sub(t.began)/t.takes)))
}

// endsAt is when a running transfer ends, successfully or not.
func (t transfer) endsAt() time.Time {
	if t.fault.At > 0 {
		return t.began.Add((t.takes * time.Duration(t.fault.At) / 100).Truncate(time.Microsecond))
	}
	return t.began.Add(t.takes)
}

// burn empties the free slot and starts a transfer to it. It replaces a transfer
// that is under way.
func (d *Device) burn(now time.Time, image, key string, byHand bool) {
	d.burns++
	d.revision++
	d.staged, d.previous = slot{}, slot{}
	fault := d.selectFault(ofTransfer, d.burns, now, client{})
	d.transfer = transfer{
		slot:  slot{image: image, key: key},
		began: now,
		takes: d.cfg.Plan.Transfer.draw(d.random(ofTransfer, d.burns, "takes")),
		fault: fault,
		state: stateRunning,
	}
	if fault.Do == doTake {
		fault.setHappened()
		d.transfer.takes = fault.For
	}
	d.record(StateChange{At: now, Kind: BurnStarted, Image: image, Key: key, ByHand: byHand})
	d.saveState(now)
}

// endTransfer ends a transfer, subject to its fault.
func (d *Device) endTransfer(at time.Time) {
	t := &d.transfer
	t.fault.setHappened()
	change := StateChange{At: at, Image: t.image, Key: t.key, Fault: t.fault.Do}
	switch t.fault.Do {
	case doStall:
		t.stalled = true
		change.Kind = TransferStalled
		d.record(change)
		return
	case doCutPower:
		d.breakTransfer(at, t.fault.At, doCutPower)
		d.cutPower(at, t.fault)
		return
	case doBreak:
		d.breakTransfer(at, t.fault.At, t.fault.Do)
		return
	case doStageWrong:
		d.staged = slot{image: t.fault.Image, key: t.key}
	case doCorrupt:
		d.staged = slot{image: t.image, key: t.key, corrupt: true}
	default:
		change.Fault = ""
		d.staged = t.slot
	}
	t.state = stateDone
	d.revision++
	change.Kind, change.Image = ImageStaged, d.staged.image
	d.record(change)
}

func (d *Device) breakTransfer(at time.Time, progress int, fault string) {
	d.transfer.state, d.transfer.broke = stateFailed, progress
	d.revision++
	d.record(StateChange{At: at, Kind: TransferFailed, Image: d.transfer.image, Key: d.transfer.key, Fault: fault})
}
