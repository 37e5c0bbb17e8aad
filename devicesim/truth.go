package devicesim

import "time"

// DeedKind is what a device physically did.
type DeedKind string

const (
	// BurnBegan says that a transfer was begun.
	BurnBegan DeedKind = "burn began"
	// TransferBroke says that a transfer failed.
	TransferBroke DeedKind = "transfer broke"
	// Staged says that a transfer ended well: its image is staged.
	Staged DeedKind = "image staged"
	// RebootBegan says that the device went down.
	RebootBegan DeedKind = "reboot began"
	// Booted says that the device came up.
	Booted DeedKind = "booted"
)

// Deed is one thing that a device physically did: ground truth, which no
// fault of its answers touches.
type Deed struct {
	// At is when.
	At time.Time
	// Kind is what.
	Kind DeedKind
	// Image is what was burned, staged or booted.
	Image string
	// Key is the key of the burn that it goes back to, if any.
	Key string
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
	// Deeds is everything that the device did, oldest first.
	Deeds []Deed
}

func (d *Device) record(at time.Time, kind DeedKind, s slot) {
	d.truth = append(d.truth, Deed{At: at, Kind: kind, Image: s.image, Key: s.key})
}

// Truth returns the ground truth at this moment. It is for tests in the same
// process; no request gets it.
func (d *Device) Truth() Truth {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.catchUp(d.clock.Now())
	return Truth{
		Running: d.running,
		Healthy: true,
		Up:      d.backAt.IsZero(),
		Staged:  d.staged.image,
		// The log only grows, so the caller may keep this slice.
		Deeds: d.truth[:len(d.truth):len(d.truth)],
	}
}
