package devicesim

import "time"

// maxAge bounds how old a stale answer may be, and so how much of its past a
// device has to keep.
const maxAge = time.Hour

// remember keeps what the device has just become, and lets go of what no
// stale answer can show any more.
func (d *Device) saveState(now time.Time) {
	d.since = now
	gone := 0
	for gone+1 < len(d.history) && !d.history[gone+1].since.After(now.Add(-maxAge)) {
		gone++
	}
	d.history = append(d.history[gone:], d.state)
}

// stateAt is what the device was at a time; before its start, what it was then.
func (d *Device) stateAt(at time.Time) state {
	for n := len(d.history) - 1; n > 0; n-- {
		if !d.history[n].since.After(at) {
			return d.history[n]
		}
	}
	return d.history[0]
}
