package devicesim

import "time"

// maxAge bounds how old a stale answer may be, and so how much of its past a
// device has to keep.
const maxAge = time.Hour

// remember keeps what the device has just become, and lets go of what no
// stale answer can show any more.
func (d *Device) remember(now time.Time) {
	d.since = now
	gone := 0
	for gone+1 < len(d.past) && !d.past[gone+1].since.After(now.Add(-maxAge)) {
		gone++
	}
	d.past = append(d.past[gone:], d.state)
}

// stateAt is what the device was at a time; before its start, what it was then.
func (d *Device) stateAt(at time.Time) state {
	for n := len(d.past) - 1; n > 0; n-- {
		if !d.past[n].since.After(at) {
			return d.past[n]
		}
	}
	return d.past[0]
}
