// Package devicesim simulates one unreliable device: an http.Handler with two
// image slots, a plan of faults, a seed and a clock. It knows no Kubernetes.
//
// Nothing ticks inside a device. What a transfer or a reboot has come to is
// computed from the clock whenever somebody asks.
package devicesim

import (
	"context"
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
	// Seed feeds every random choice, together with the name, the kind of
	// what is chosen for and its ordinal: one device's luck never depends on
	// another's.
	Seed uint64
	// Plan is how long things take and what goes wrong.
	Plan Plan
	// Wait, if set, is how a handler lets time pass before it goes of: it
	// returns once d has passed, or with an error as soon as ctx ends. A
	// negative d never passes. By default it waits on the device's clock.
	Wait func(ctx context.Context, d time.Duration) error
}

// Device is one simulated device. It may be used by any number of goroutines.
type Device struct {
	cfg   Config
	clock clock.Clock
	start time.Time

	mu sync.Mutex
	state
	past     []state        // what it was, oldest first, the present last
	putOff   reboot         // the reboot that it will go down for, if any
	down     bool           // it reboots
	backAt   time.Time      // when the reboot ends; zero if never
	fate     *planned       // what goes wrong in the reboot
	downs    int            // how often it went down
	burns    int            // burns accepted
	requests map[string]int // requests that reached it, by kind
	faults   []*planned
	timed    int   // how many of the faults are of time
	cuts     []cut // when the power will be cut
	lied     map[client]tally
	truth    []Deed
	asked    bool // what happens now comes of a request
}

// state is what a device shows of itself.
type state struct {
	since    time.Time
	running  string
	sound    bool      // nothing is wrong with what runs
	warmAt   time.Time // when the device will be healthy; zero if it is, or never will be
	staged   slot
	transfer transfer
	boots    int // how often it booted; never forgotten
	moves    int // how often a transfer began or ended, or its health changed, since that boot
}

// healthy is what the device says of what runs.
func (s state) healthy() bool { return s.sound && s.warmAt.IsZero() }

// cut is a power cut that is to come.
type cut struct {
	at    time.Time
	fault *planned
}

// reboot is one that was accepted, and put off.
type reboot struct {
	until  time.Time
	byHand bool
}

// slot is the free slot of the two: empty, or holding a staged image.
type slot struct {
	image, key string
	corrupt    bool
}

// New returns a device that has just booted.
func New(cfg Config, clk clock.Clock) *Device {
	d := &Device{
		cfg:      cfg,
		clock:    clk,
		start:    clk.Now(),
		requests: map[string]int{},
		lied:     map[client]tally{},
	}
	if cfg.Wait == nil {
		d.cfg.Wait = d.waitOnClock
	}
	d.state = state{running: cfg.Running, sound: true, boots: 1}
	d.remember(d.start)
	for _, f := range cfg.Plan.Faults {
		d.add(f, d.start)
	}
	return d
}

// AddFault adds a fault to the device's plan, after those that are there. It
// holds from now on; ordinals and times still count from the device's start.
func (d *Device) AddFault(f Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.clock.Now()
	d.catchUp(now)
	d.add(f, now)
}

func (d *Device) add(f Fault, now time.Time) {
	p := &planned{Fault: f, chance: len(d.faults) - d.timed, before: d.count(f.Of)}
	d.faults = append(d.faults, p)
	if f.Of != ofTime {
		return
	}
	d.timed++
	at := d.start.Add(f.From)
	if at.Before(now) {
		at = now
	}
	d.cuts = append(d.cuts, cut{at, p})
}

// catchUp does what was due since somebody last asked, in the order in which
// it was due.
func (d *Device) catchUp(now time.Time) {
	for {
		at, happen := d.next()
		if happen == nil || at.After(now) {
			return
		}
		happen(at)
		d.remember(at)
	}
}

// next is what time alone will bring next, and when; nil if nothing.
func (d *Device) next() (at time.Time, happen func(time.Time)) {
	if d.down && !d.backAt.IsZero() {
		at, happen = d.backAt, d.boot
	}
	if t := d.transfer; t.state == stateRunning && !t.stalled {
		at, happen = t.endsAt(), d.endTransfer
	}
	if !d.warmAt.IsZero() && (happen == nil || d.warmAt.Before(at)) {
		at, happen = d.warmAt, d.warmUp
	}
	if p := d.putOff; !p.until.IsZero() && (happen == nil || p.until.Before(at)) {
		at, happen = p.until, func(at time.Time) { d.reboot(at, p.byHand) }
	}
	for i, cut := range d.cuts {
		if happen == nil || cut.at.Before(at) {
			at, happen = cut.at, func(at time.Time) {
				d.cuts = append(d.cuts[:i:i], d.cuts[i+1:]...)
				d.cutPower(at, cut.fault)
			}
		}
	}
	return at, happen
}
