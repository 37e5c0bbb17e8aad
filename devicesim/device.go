// Package devicesim simulates one unreliable device: an http.Handler with two
// image slots, a plan of faults, a seed and a clock. It does not depend on
// Kubernetes.
//
// A device has no timers and no goroutines. Whenever it is accessed, it first
// catches up with everything that was due by then.
package devicesim

import (
	"context"
	"sync"
	"time"

	"github.com/benbjohnson/clock"
)

// Config configures a device and its faults.
type Config struct {
	// Name is the device's name, as in its answers.
	Name string
	// Running is the image that runs initially.
	Running string
	// Seed seeds every random choice, together with the device's name and the kind
	// and ordinal of what the choice is for. So one device's choices never depend on
	// another's.
	Seed uint64
	// Plan says how long things take and what goes wrong.
	Plan Plan
	// Wait, if set, is called by handlers to wait. It returns nil once d has passed,
	// or an error as soon as ctx ends. A negative d means for ever. By default it
	// waits on the device's clock.
	Wait func(ctx context.Context, d time.Duration) error
}

// Device is one simulated device. It is safe for concurrent use.
type Device struct {
	cfg   Config
	clock clock.Clock
	start time.Time

	mu sync.Mutex
	state
	previous      slot           // what ran before what runs now, as long as it is in the other slot
	history       []state        // past states, oldest first, the present one last
	delayedReboot delayedReboot  // a reboot that was accepted and is still to come, if any
	down          bool           // it is rebooting
	backAt        time.Time      // when the reboot ends; zero if never
	bootFault     *plannedFault  // the fault of the present boot
	shutdowns     int            // how often it has gone down
	burns         int            // burns accepted
	requests      map[string]int // requests that reached it, by kind
	faults        []*plannedFault
	timed         int        // how many of the faults are of: time
	powerCuts     []powerCut // power cuts still to come
	tallies       map[client]tally
	changes       []StateChange
	inRequest     bool // a request is being acted on
}

// state is what GET /health shows.
type state struct {
	since    time.Time
	running  string
	intact   bool      // the running image is not corrupt
	warmAt   time.Time // when the device will be healthy; zero if it is, or never will be
	staged   slot
	transfer transfer
	boots    int // number of boots; never forgotten
	revision int // counts transfers that began or ended, and changes of health, since that boot
}

// healthy says whether the device is healthy.
func (s state) healthy() bool { return s.intact && s.warmAt.IsZero() }

// powerCut is a power cut at a time.
type powerCut struct {
	at    time.Time
	fault *plannedFault
}

// delayedReboot is a reboot that was accepted and is still to come.
type delayedReboot struct {
	until  time.Time
	byHand bool
}

// slot is the free one of the two slots: empty, or with a staged image.
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

// AddFault appends a fault to the device's plan. It takes effect from now on, but
// its ordinals and times count from the device's start.
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

// catchUp processes the events that were due since the last access, in order.
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

// nextEvent is the next event that time alone brings; nil if there is none.
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
