package devicesim

import "time"

// maxAge limits how old a stale answer may be, and so how many past states a device
// has to keep.
const maxAge = time.Hour

// saveState appends the present state to the history, and drops states that no
// stale answer can show any more.
func (d *Device) saveState(now time.Time) {
	d.since = now
	gone := 0
	for gone+1 < len(d.history) && !d.history[gone+1].since.After(now.Add(-maxAge)) {
		gone++
	}
	d.history = append(d.history[gone:], d.state)
}

// stateAt is the device's state at a time; before its start, the initial state.
func (d *Device) stateAt(at time.Time) state {
	for n := len(d.history) - 1; n > 0; n-- {
		if !d.history[n].since.After(at) {
			return d.history[n]
		}
	}
	return d.history[0]
}
