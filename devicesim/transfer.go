package devicesim

import "time"

// transfer is the last transfer that the device knows of; none if it has no
// state.
type transfer struct {
	slot
	began   time.Time
	takes   time.Duration
	fate    *planned // what goes wrong
	state   string
	broke   int  // the progress at which it failed, in percent
	stalled bool // it will never go on
}

// The states of a transfer, as the API names them.
const (
	stateRunning = "running"
	stateDone    = "done"
	stateFailed  = "failed"
)

// progress is how far a transfer is at a time, in percent.
func (t transfer) progress(now time.Time) int {
	switch {
	case t.state == stateDone:
		return 100
	case t.state == stateFailed:
		return t.broke
	case t.stalled:
		return t.fate.At
	case t.takes <= 0:
		return 100
	}
	return max(0, min(100, int(100*now.Sub(t.began)/t.takes)))
}

// endsAt is when a running transfer ends, well or not.
func (t transfer) endsAt() time.Time {
	if t.fate.At > 0 {
		return t.began.Add((t.takes * time.Duration(t.fate.At) / 100).Truncate(time.Microsecond))
	}
	return t.began.Add(t.takes)
}

// burn empties the free slot and begins a transfer to it; one that was under
// way is replaced.
func (d *Device) burn(now time.Time, image, key string) {
	d.burns++
	d.moves++
	d.staged = slot{}
	fate := d.begins(ofTransfer, d.burns, now, client{})
	d.transfer = transfer{
		slot:  slot{image: image, key: key},
		began: now,
		takes: d.cfg.Plan.Transfer.draw(d.random(ofTransfer, d.burns, "takes")),
		fate:  fate,
		state: stateRunning,
	}
	if fate.Do == doTake {
		fate.strikes()
		d.transfer.takes = fate.For
	}
	d.record(Deed{At: now, Kind: BurnBegan, Image: image, Key: key})
	d.remember(now)
}

// endTransfer is the end of a transfer as its fate has it.
func (d *Device) endTransfer(at time.Time) {
	t := &d.transfer
	t.fate.strikes()
	deed := Deed{At: at, Image: t.image, Key: t.key, Fault: t.fate.Do}
	switch t.fate.Do {
	case doStall:
		t.stalled = true
		deed.Kind = TransferStalled
		d.record(deed)
		return
	case doCutPower:
		d.breakTransfer(at, t.fate.At, doCutPower)
		d.cutPower(at, t.fate)
		return
	case doBreak:
		d.breakTransfer(at, t.fate.At, t.fate.Do)
		return
	case doStageWrong:
		d.staged = slot{image: t.fate.Image, key: t.key}
	case doCorrupt:
		d.staged = slot{image: t.image, key: t.key, corrupt: true}
	default:
		deed.Fault = ""
		d.staged = t.slot
	}
	t.state = stateDone
	d.moves++
	deed.Kind, deed.Image = Staged, d.staged.image
	d.record(deed)
}

func (d *Device) breakTransfer(at time.Time, progress int, fault string) {
	d.transfer.state, d.transfer.broke = stateFailed, progress
	d.moves++
	d.record(Deed{At: at, Kind: TransferBroke, Image: d.transfer.image, Key: d.transfer.key, Fault: fault})
}
