package devicesim

import (
	"maps"
	"time"
)

// ChangeKind is the kind of a StateChange.
type ChangeKind string

const (
	// BurnBegan: a transfer started. It replaced any transfer under way and any
	// staged image.
	BurnBegan ChangeKind = "burn began"
	// TransferBroke: a transfer failed.
	TransferBroke ChangeKind = "transfer broke"
	// TransferStalled: a transfer will never progress again.
	TransferStalled ChangeKind = "transfer stalled"
	// Staged: a transfer succeeded, as far as the device knows, and an image is
	// staged.
	Staged ChangeKind = "image staged"
	// RebootBegan: the device went down on request.
	RebootBegan ChangeKind = "reboot began"
	// PowerCut: the device went down by itself.
	PowerCut ChangeKind = "power cut"
	// Forgot: the device lost everything but the running image.
	Forgot ChangeKind = "everything forgotten"
	// Booted: the device came up.
	Booted ChangeKind = "booted"
	// WarmedUp: the device became healthy, some time after the boot.
	WarmedUp ChangeKind = "warmed up"
)

// StateChange is one real change of a device's state. It is ground truth: faults of
// the device's answers don't affect it.
type StateChange struct {
	// At is when it happened.
	At time.Time
	// Kind is what happened.
	Kind ChangeKind
	// Image is what was burned, staged or booted. For RebootBegan, PowerCut and
	// Forgot it is what was staged.
	Image string
	// Key is the key of the burn that caused it, if any.
	Key string
	// Healthy says, for Booted and WarmedUp, whether the device is healthy now.
	Healthy bool
	// Fault is the effect of the plan's fault that caused it, empty if none did.
	Fault string
	// Requested says that a request caused it, and not time alone.
	Requested bool
	// ByHand says, for RebootBegan, that the request had no If-Match.
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
	d.catchUp(d.clock.Now())
	return Truth{
		Running:  d.running,
		Healthy:  d.healthy(),
		Up:       !d.down,
		Staged:   d.staged.image,
		Requests: maps.Clone(d.requests),
		// The log only grows, so the caller may keep this slice.
		Changes: d.changes[:len(d.changes):len(d.changes)],
	}
}
