package devicesim

import (
	"maps"
	"time"
)

// DeedKind is what a device physically did.
type ChangeKind string

const (
	// BurnBegan says that a transfer was begun; one that was under way, and
	// what was staged, is gone.
	BurnBegan ChangeKind = "burn began"
	// TransferBroke says that a transfer failed.
	TransferBroke ChangeKind = "transfer broke"
	// TransferStalled says that a transfer will never go on.
	TransferStalled ChangeKind = "transfer stalled"
	// Staged says that a transfer ended well, as the device sees it: an image
	// is staged.
	Staged ChangeKind = "image staged"
	// RebootBegan says that the device went down because it was asked to.
	RebootBegan ChangeKind = "reboot began"
	// PowerCut says that the device went down by itself.
	PowerCut ChangeKind = "power cut"
	// Forgot says that the device lost everything but what it runs.
	Forgot ChangeKind = "everything forgotten"
	// Booted says that the device came up.
	Booted ChangeKind = "booted"
	// WarmedUp says that what runs is healthy from now on, some time after the
	// boot.
	WarmedUp ChangeKind = "warmed up"
)

// Deed is one thing that a device physically did: ground truth, which no
// fault of its answers touches.
type StateChange struct {
	// At is when.
	At time.Time
	// Kind is what.
	Kind ChangeKind
	// Image is what was burned, staged or booted; of a device that goes down,
	// or forgets, what was staged.
	Image string
	// Key is the key of the burn that it goes back to, if any.
	Key string
	// Sound says, of Booted and WarmedUp, whether what runs now is healthy.
	Healthy bool
	// Fault is what the plan made go wrong here, empty where nothing did.
	Fault string
	// Asked says that it came of a request, and not of time alone.
	Requested bool
	// ByHand says, of RebootBegan, that it was asked for without If-Match.
	ByHand bool
}

// Truth is what a device really is, as opposed to what it answers.
type Truth struct {
	// Running is the image that runs, or that ran when the device went down.
	Running string
	// Healthy says whether what runs is sound.
	Healthy bool
	// Up is false while the device reboots.
	Up bool
	// Staged is the image that the next reboot will run, empty where none is.
	Staged string
	// Requests counts the requests that reached the device while it was up,
	// the refused ones included, by kind: health, burn, reboot.
	Requests map[string]int
	// Deeds is everything that the device did, oldest first.
	Changes []StateChange
}

func (d *Device) record(change StateChange) {
	change.Requested = d.inRequest
	d.changes = append(d.changes, change)
}

// Truth returns the ground truth at this moment. It is for tests in the same
// process; no request gets it.
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
