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
	history       []state        // what it was, oldest first, the present last
	delayedReboot delayedReboot  // the reboot that it will go down for, if any
	down          bool           // it reboots
	backAt        time.Time      // when the reboot ends; zero if never
	bootFault     *plannedFault  // what goes wrong in the reboot
	shutdowns     int            // how often it went down
	burns         int            // burns accepted
	requests      map[string]int // requests that reached it, by kind
	faults        []*plannedFault
	timed         int        // how many of the faults are of time
	powerCuts     []powerCut // when the power will be cut
	tallies       map[client]tally
	changes       []StateChange
	inRequest     bool // what happens now comes of a request
}

// state is what a device shows of itself.
type state struct {
	since    time.Time
	running  string
	intact   bool      // nothing is wrong with what runs
	warmAt   time.Time // when the device will be healthy; zero if it is, or never will be
	staged   slot
	transfer transfer
	boots    int // how often it booted; never forgotten
	revision int // how often a transfer began or ended, or its health changed, since that boot
}

// healthy is what the device says of what runs.
func (s state) healthy() bool { return s.intact && s.warmAt.IsZero() }

// cut is a power cut that is to come.
type powerCut struct {
	at    time.Time
	fault *plannedFault
}

// reboot is one that was accepted, and put off.
type delayedReboot struct {
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
		tallies:  map[client]tally{},
	}
	if cfg.Wait == nil {
		d.cfg.Wait = d.waitOnClock
	}
	d.state = state{running: cfg.Running, intact: true, boots: 1}
	d.saveState(d.start)
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
	p := &plannedFault{Fault: f, randomID: len(d.faults) - d.timed, countBefore: d.count(f.Of)}
	d.faults = append(d.faults, p)
	if f.Of != ofTime {
		return
	}
	d.timed++
	at := d.start.Add(f.From)
	if at.Before(now) {
		at = now
	}
	d.powerCuts = append(d.powerCuts, powerCut{at, p})
}

// catchUp does what was due since somebody last asked, in the order in which
// it was due.
func (d *Device) catchUp(now time.Time) {
	for {
		at, event := d.nextEvent()
		if event == nil || at.After(now) {
			return
		}
		event(at)
		d.saveState(at)
	}
}

// next is what time alone will bring next, and when; nil if nothing.
func (d *Device) nextEvent() (at time.Time, event func(time.Time)) {
	if d.down && !d.backAt.IsZero() {
		at, event = d.backAt, d.boot
	}
	if t := d.transfer; t.state == stateRunning && !t.stalled {
		at, event = t.endsAt(), d.endTransfer
	}
	if !d.warmAt.IsZero() && (event == nil || d.warmAt.Before(at)) {
		at, event = d.warmAt, d.warmUp
	}
	if p := d.delayedReboot; !p.until.IsZero() && (event == nil || p.until.Before(at)) {
		at, event = p.until, func(at time.Time) { d.reboot(at, p.byHand) }
	}
	for i, c := range d.powerCuts {
		if event == nil || c.at.Before(at) {
			at, event = c.at, func(at time.Time) {
				d.powerCuts = append(d.powerCuts[:i:i], d.powerCuts[i+1:]...)
				d.cutPower(at, c.fault)
			}
		}
	}
	return at, event
}
