package devicesim

import (
	"crypto/sha256"
	"net/http"
)

// The bound: after a wrong or stale reading, a client gets at least two right ones
// before the next wrong one. The operator relies on it. The device keeps it,
// whatever its plan says, unless the fault has beyondBound. Answers that are
// unreadable, late or missing count as neither wrong nor right.

// minRightBetween is how many right readings there are between two wrong ones, at
// least.
const minRightBetween = 2

// client identifies a client by the hash of its User-Agent.
type client [sha256.Size]byte

func clientOf(r *http.Request) client { return sha256.Sum256([]byte(r.UserAgent())) }

// tally counts the readings of a client that has got a wrong one.
type tally struct {
	wrongAt int // ordinal of the last wrong reading
	right   int // right readings after it
}

// maxClients limits how many clients a device lies to, so that the tallies don't
// grow without bound. Later clients get only right readings.
const maxClients = 1000

func (d *Device) mayLie(c client) bool {
	t, known := d.tallies[c]
	if !known {
		return len(d.tallies) < maxClients
	}
	return t.right >= minRightBetween
}

func (d *Device) countWrong(c client, ordinal int) {
	if _, known := d.tallies[c]; known || len(d.tallies) < maxClients {
		d.tallies[c] = tally{wrongAt: ordinal}
	}
}

// countRight counts a right reading that was sent completely. One requested before
// the last wrong reading doesn't count, since it may reach the client first.
func (d *Device) countRight(c client, ordinal int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if t, known := d.tallies[c]; known && ordinal > t.wrongAt {
		t.right++
		d.tallies[c] = t
	}
}
