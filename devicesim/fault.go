package devicesim

import (
	"fmt"
	"net/http"
	"slices"
	"sort"
	"strings"
	"time"
)

// Fault is one thing that goes wrong: what of, when, and what it does.
// ParseFault knows which fields go together.
type Fault struct {
	// Of is what goes wrong: a kind of request (health, burn, reboot, or any
	// of them), a physical thing (transfer, boot), or time itself. (It isn't
	// called "on" because that is a boolean in YAML.)
	Of string
	// Do is what it does, one of those that docs/device.md lists.
	Do string

	// Nth has the n-th of its kind go wrong, counted from 1 since the device's
	// start; 0 leaves that open.
	Nth int
	// Every has each k-th of its kind go wrong; 0 leaves that open.
	Every int
	// From and Until are when the fault begins and ends to hold, since the
	// device's start. A zero Until is never.
	From, Until time.Duration
	// P is the probability with which it happens; 0 leaves nothing to chance.
	P float64

	// At is the progress at which it happens, in percent.
	At int
	// For is how long something takes.
	For time.Duration
	// Pace is how long each byte takes.
	Pace time.Duration
	// Age is how old something is at most.
	Age time.Duration
	// By is how far a clock is off.
	By time.Duration
	// Acts says whether the request is acted on before its answer goes wrong;
	// nil stands for what the effect does by default.
	Acts *bool
	// Code is an HTTP status code.
	Code int
	// RetryAfter goes into the header of that name, in seconds; nil sends none.
	RetryAfter *int
	// To is a URL to be sent to.
	To string
	// Type is a media type.
	Type string
	// Image is an image.
	Image string
	// Device is the name of another device.
	Device string
	// Field and Value are which field of a health answer says what.
	Field, Value string
	// BeyondBound lifts the bound: the fault happens however often the client
	// was told something wrong before.
	BeyondBound bool
}

// What can go wrong.
const (
	ofHealth   = "health"
	ofBurn     = "burn"
	ofReboot   = "reboot"
	ofAny      = "any"
	ofTransfer = "transfer"
	ofBoot     = "boot"
	ofTime     = "time"
)

// places are all of them.
var subjects = []string{ofHealth, ofBurn, ofReboot, ofAny, ofTransfer, ofBoot, ofTime}

// holds says whether a fault is one of the n-th of a kind at a time since the
// device's start, chance left aside.
func (f Fault) matches(kind string, n int, elapsed time.Duration) bool {
	switch {
	case f.Of != kind && (f.Of != ofAny || kind == ofTransfer || kind == ofBoot):
		return false
	case f.Nth > 0 && n != f.Nth, f.Every > 0 && n%f.Every != 0:
		return false
	}
	return elapsed >= f.From && (f.Until == 0 || elapsed < f.Until)
}

// faultOf is the fault of the n-th of a kind and its place in the plan, counted
// from 1: the first that holds, that chance would have and that the bound allows.
// Where there is none, it is one that does nothing, at 0.
func (d *Device) matchingFault(kind string, n int, now time.Time, c client) (*plannedFault, int) {
	for i, f := range d.faults {
		if d.match(i, kind, n, now, c) == matches {
			return f, i + 1
		}
	}
	return &plannedFault{}, 0
}

// judgement is whether a fault is one of something.
type matchResult int

const (
	noMatch matchResult = iota
	matchForbidden
	matches
)

// judge says whether the i-th fault of the plan is one of the n-th of a kind.
func (d *Device) match(i int, kind string, n int, now time.Time, c client) matchResult {
	switch f := d.faults[i]; {
	case !f.matches(kind, n, now.Sub(d.start)):
	case f.P > 0 && d.random(kind, n, fmt.Sprintf("fault %d", f.randomID)).Float64() >= f.P:
	case effects[f.Do].lies && !f.BeyondBound && !d.mayLie(c):
		return matchForbidden
	default:
		return matches
	}
	return noMatch
}

// Waits says whether the fault has somebody wait for an answer.
func (f Fault) Waits() bool { return effects[f.Do].waits }

// acts says whether the request is acted on before its answer goes wrong.
func (f Fault) acts() bool {
	if f.Acts != nil {
		return *f.Acts
	}
	return effects[f.Do].acts
}

// Refuses says whether the connection for a request is refused, for those who
// make connections to ask before they do: while the device is down, and if
// the plan says so for this request, which then counts as made. One that gets
// through to ServeHTTP all the same is cut off there.
func (d *Device) Refuses(r *http.Request) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.clock.Now()
	d.catchUp(now)
	if d.down {
		return true
	}
	kind, refusal := route(r, now)
	if refusal != nil {
		return false
	}
	if f, _ := d.matchingFault(kind, d.requests[kind]+1, now, clientOf(r)); f.Do != doRefuse {
		return false
	}
	d.requests[kind]++
	d.selectFault(kind, d.requests[kind], now, clientOf(r)).setHappened()
	return true
}

// ParseFault reads a fault from the values of its fields, as they are named in
// a plan. The error is a *FieldError; where its Field is empty, its Value is a
// field that shouldn't be there.
func ParseFault(values map[string]string) (Fault, error) {
	var f Fault
	var unknown []string
	//determinism:ordered sorted below
	for name := range values {
		if _, ok := faultFields.named(name); !ok {
			unknown = append(unknown, name)
		}
	}
	if sort.Strings(unknown); len(unknown) > 0 {
		return Fault{}, &FieldError{"", unknown[0], "one of the fields " + strings.Join(faultFields.names(), ", ")}
	}
	for _, field := range faultFields {
		value, given := values[field.name]
		if !given {
			continue
		}
		if err := field.set(&f, value); err != nil {
			return Fault{}, &FieldError{field.name, value, err.Error()}
		}
	}
	return f, f.check(values)
}

// check says which fields of a fault don't go together.
func (f Fault) check(given map[string]string) error {
	if f.Of == "" {
		return &FieldError{"of", "", oneOf(subjects)}
	}
	if f.Do == "" || !effects[f.Do].isOf(f.Of) {
		return &FieldError{"do", f.Do, fmt.Sprintf("%s with of: %s", oneOf(effectsOf(f.Of)), f.Of)}
	}
	e := effects[f.Do]
	needs, takes := e.fieldsOf(f.Of)
	for _, name := range needs {
		if _, ok := given[name]; !ok {
			return &FieldError{name, "", faultFields.form(name)}
		}
	}
	allowed := slices.Concat([]string{"of", "do"}, needs, takes)
	if f.Of != ofTime {
		allowed = append(allowed, "nth", "every", "from", "until", "p")
	}
	if e.lies {
		allowed = append(allowed, "beyondBound")
	}
	for _, field := range faultFields {
		if _, ok := given[field.name]; ok && !slices.Contains(allowed, field.name) {
			return &FieldError{"", field.name, fmt.Sprintf("one of the fields %s with of: %s, do: %s", strings.Join(allowed, ", "), f.Of, f.Do)}
		}
	}
	switch {
	case f.Nth > 0 && f.Every > 0:
		return &FieldError{"every", given["every"], "either nth or every"}
	case given["until"] != "" && f.Until <= f.From:
		return &FieldError{"until", given["until"], "a time after from"}
	case f.Do == doWrong:
		return f.checkLie()
	}
	return nil
}
