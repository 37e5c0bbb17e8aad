package devicesim

import (
	"crypto/sha256"
	"net/http"
)

// The bound: a client gets at most one wrong or stale reading before at least
// two right ones. It is what the operator's promise assumes of a device, and
// the device keeps to it, whatever its plan says, unless the fault says
// beyondBound. Answers that can't be read, or that come late or not at all,
// are neither wrong nor right.

// rightsBetween is how many right readings stand between two wrong ones.
const minRightBetween = 2

// client is who asks, as the User-Agent has it.
type client [sha256.Size]byte

func clientOf(r *http.Request) client { return sha256.Sum256([]byte(r.UserAgent())) }

// tally is how a client that was lied to fared since.
type tally struct {
	wrongAt int // the ordinal of the last wrong reading
	right   int // right readings after it
}

// maxClients bounds how many clients a device lies to, so that a tally for
// each is no leak. The ones that come later hear only the truth.
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

// toldRight counts a reading that was true and whole. One that was asked for
// before the last wrong one may reach the client before it, too.
func (d *Device) countRight(c client, ordinal int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if t, known := d.tallies[c]; known && ordinal > t.wrongAt {
		t.right++
		d.tallies[c] = t
	}
}
