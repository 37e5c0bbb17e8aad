// Package devicesim simulates one unreliable device: an http.Handler with two
// image slots, a plan of faults, a seed and a clock. It knows no Kubernetes.
//
// Nothing ticks inside a device. What a transfer or a reboot has come to is
// computed from the clock whenever somebody asks.
package devicesim

import (
	"fmt"
	"sync"
	"time"

	"github.com/benbjohnson/clock"
)

// Config says what a device is and how it misbehaves.
type Config struct {
	// Name is the device's name; its answers carry it.
	Name string
	// Running is the image that runs at first.
	Running string
	// Seed feeds every random choice, together with the name, the kind of the
	// request and its ordinal: one device's luck never depends on another's.
	Seed uint64
	// Plan is how long things take and what goes wrong.
	Plan Plan
}

// Device is one simulated device. It may be used by any number of goroutines.
type Device struct {
	cfg   Config
	clock clock.Clock

	mu       sync.Mutex
	running  string
	staged   slot
	transfer *transfer
	backAt   time.Time // when a reboot ends; zero while the device is up
	boots    int       // how often it booted; never forgotten
	moves    int       // how often a transfer began or ended since that boot
	burns    int       // burns accepted
	truth    []Deed
}

// slot is the free slot of the two: empty, or holding a staged image.
type slot struct{ image, key string }

// transfer is the last transfer that the device knows of.
type transfer struct {
	slot
	began time.Time
	takes time.Duration
	// breaksAt is the percentage at which it breaks, or 0.
	breaksAt int
	state    string
}

// The states of a transfer, as the API names them.
const (
	stateRunning = "running"
	stateDone    = "done"
	stateFailed  = "failed"
)

// New returns a device that has just booted.
func New(cfg Config, clk clock.Clock) *Device {
	return &Device{cfg: cfg, clock: clk, running: cfg.Running, boots: 1}
}

// progress is how far a transfer is at a time, in percent.
func (t *transfer) progress(now time.Time) int {
	switch {
	case t.state == stateDone:
		return 100
	case t.state == stateFailed:
		return t.breaksAt
	case t.takes <= 0:
		return 100
	}
	return min(100, int(100*now.Sub(t.began)/t.takes))
}

// endsAt is when a running transfer ends, well or not.
func (t *transfer) endsAt() time.Time {
	if t.breaksAt > 0 {
		return t.began.Add((t.takes * time.Duration(t.breaksAt) / 100).Truncate(time.Microsecond))
	}
	return t.began.Add(t.takes)
}

// catchUp does what was due since somebody last asked.
func (d *Device) catchUp(now time.Time) {
	if t := d.transfer; t != nil && t.state == stateRunning && !now.Before(t.endsAt()) {
		d.moves++
		if t.breaksAt > 0 {
			t.state = stateFailed
			d.record(t.endsAt(), TransferBroke, t.slot)
		} else {
			t.state = stateDone
			d.staged = t.slot
			d.record(t.endsAt(), Staged, t.slot)
		}
	}
	if !d.backAt.IsZero() && !now.Before(d.backAt) {
		at := d.backAt
		d.backAt = time.Time{}
		d.boots++
		d.moves = 0
		if d.staged.image != "" {
			d.running = d.staged.image
		}
		d.record(at, Booted, slot{image: d.running, key: d.staged.key})
		d.staged = slot{}
	}
}

// etag names the device's state: it changes with every boot and whenever a
// transfer begins or ends, and not with a transfer's progress.
func (d *Device) etag() string { return fmt.Sprintf(`"%s.%d"`, d.bootID(), d.moves) }

// bootID never repeats, whatever the device has forgotten.
func (d *Device) bootID() string { return fmt.Sprintf("%s-%d", d.cfg.Name, d.boots) }

// burn empties the free slot and begins a transfer to it; one that was under
// way is replaced.
func (d *Device) burn(now time.Time, image, key string) {
	d.burns++
	d.moves++
	d.staged = slot{}
	d.transfer = &transfer{
		slot:     slot{image: image, key: key},
		began:    now,
		takes:    d.cfg.Plan.Transfer.draw(d.random("burn", d.burns)),
		breaksAt: d.cfg.Plan.breakOf(d.burns),
		state:    stateRunning,
	}
	d.record(now, BurnBegan, d.transfer.slot)
}

// reboot takes the device down until its plan's time has passed. A transfer
// under way has failed.
func (d *Device) reboot(now time.Time) {
	if t := d.transfer; t != nil && t.state == stateRunning {
		t.breaksAt = max(1, t.progress(now))
		t.state = stateFailed
		d.record(now, TransferBroke, t.slot)
	}
	d.backAt = now.Add(d.cfg.Plan.Reboot.draw(d.random("reboot", d.boots)))
	d.record(now, RebootBegan, d.staged)
}
