package devicesim

import (
	"maps"
	"time"
)

// ChangeKind is the kind of a StateChange.
type ChangeKind string

// The kinds of state changes.
const (
	// BurnStarted: a transfer started. It replaced any transfer under way and any
	// staged image.
	BurnStarted ChangeKind = "burn-started"
	// TransferFailed: a transfer failed.
	TransferFailed ChangeKind = "transfer-failed"
	// TransferStalled: a transfer will never progress again.
	TransferStalled ChangeKind = "transfer-stalled"
	// ImageStaged: a transfer succeeded, as far as the device knows, and an image is
	// staged.
	ImageStaged ChangeKind = "image-staged"
	// RebootStarted: the device went down on request.
	RebootStarted ChangeKind = "reboot-started"
	// PowerCut: the device went down by itself.
	PowerCut ChangeKind = "power-cut"
	// StateLost: the device lost everything but the running image.
	StateLost ChangeKind = "state-lost"
	// Booted: the device came up.
	Booted ChangeKind = "booted"
	// BecameHealthy: the device became healthy, some time after the boot.
	BecameHealthy ChangeKind = "became-healthy"
)

// StateChange is one real change of a device's state. It is ground truth: faults of
// the device's answers don't affect it.
type StateChange struct {
	// At is when it happened.
	At time.Time
	// Kind is what happened.
	Kind ChangeKind
	// Image is what was burned, staged or booted. For RebootStarted, PowerCut and
	// StateLost it is what was staged.
	Image string
	// Key is the key of the burn that caused it, if any.
	Key string
	// Healthy says, for Booted and BecameHealthy, whether the device is healthy now.
	Healthy bool
	// Fault is the effect of the plan's fault that caused it, empty if none did.
	Fault string
	// Requested says that a request caused it, and not time alone.
	Requested bool
	// ByHand says, for BurnStarted and RebootStarted, that the request had no If-Match.
	ByHand bool
}

// Truth is the real state of a device, as opposed to what it answers.
type Truth struct {
	// Running is the image that runs, or ran when the device went down.
	Running string
	// Healthy says whether the device is healthy on the running image.
	Healthy bool
	// Up is false while the device reboots.
	Up bool
	// Staged is the image that the next reboot will run, empty if there is none.
	Staged string
	// Transfer is the last transfer, zero if there was none since the device last lost its
	// state. Stalled says that it never progresses again.
	Transfer TransferStatus
	Stalled  bool
	// Requests counts the requests that reached the device while it was up,
	// including refused ones, by kind: health, burn, reboot.
	Requests map[string]int
	// Changes are all changes of the device's state, oldest first.
	Changes []StateChange
}

func (d *Device) record(change StateChange) {
	change.Requested = d.inRequest
	d.changes = append(d.changes, change)
}

// Truth returns the ground truth at this moment, for tests in the same process. No
// request can get it.
func (d *Device) Truth() Truth {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.clock.Now()
	d.catchUp(now)
	var last TransferStatus
	if s := d.transfer.status(now); s != nil {
		last = *s
	}
	return Truth{
		Running:  d.running,
		Healthy:  d.healthy(),
		Up:       !d.down,
		Staged:   d.staged.image,
		Transfer: last,
		Stalled:  d.transfer.stalled,
		Requests: maps.Clone(d.requests),
		// The log only grows, so the caller may keep this slice.
		Changes: d.changes[:len(d.changes):len(d.changes)],
	}
}
