package devicesim

import (
	"fmt"
	"net/http"
	"slices"
	"sort"
	"strings"
	"time"
)

// Fault is one thing that goes wrong: with what, when, and to what effect.
// ParseFault checks which fields go together.
type Fault struct {
	// Of is what goes wrong: a kind of request (health, burn, reboot, or any of
	// them), a transfer or a boot, or time for a fault at a given time. (It isn't
	// called "on" because that is a boolean in YAML.)
	Of string
	// Do is the effect, one of those in docs/device.md.
	Do string

	// Nth limits the fault to the n-th of its kind, counted from 1 since the
	// device's start; 0 means any.
	Nth int
	// Every limits the fault to each k-th of its kind; 0 means any.
	Every int
	// From and Until limit the fault to a time since the device's start, Until
	// excluded. A zero Until means that it has no end.
	From, Until time.Duration
	// P is the probability with which it happens; 0 means always.
	P float64

	// At is the progress at which it happens, in percent.
	At int
	// For is how long something takes.
	For time.Duration
	// Pace is how long each byte takes.
	Pace time.Duration
	// Age is the maximum age of an answer.
	Age time.Duration
	// By is how much a clock is off.
	By time.Duration
	// Acts says whether the request is acted on before its answer goes wrong; nil
	// means the effect's default.
	Acts *bool
	// Code is an HTTP status code.
	Code int
	// RetryAfter is the value of that header, in seconds; nil means no header.
	RetryAfter *int
	// To is the URL of a redirect.
	To string
	// Type is a media type.
	Type string
	// Image is the image that is staged.
	Image string
	// Device is the name of another device.
	Device string
	// Field is a field of a health answer, and Value its wrong value.
	Field, Value string
	// BeyondBound lifts the bound: the fault happens however many wrong readings
	// the client has got before.
	BeyondBound bool
}

// MindsLooks says whether it matters to the fault how often the device is asked for
// its health.
func (f Fault) MindsLooks() bool { return f.Of == ofHealth || f.Of == ofAny }

// What a fault can be of.
const (
	ofHealth   = "health"
	ofBurn     = "burn"
	ofReboot   = "reboot"
	ofAny      = "any"
	ofTransfer = "transfer"
	ofBoot     = "boot"
	ofTime     = "time"
)

// subjects are all values of Of.
var subjects = []string{ofHealth, ofBurn, ofReboot, ofAny, ofTransfer, ofBoot, ofTime}

// matches says whether a fault applies to the n-th of a kind, at a time since the
// device's start. It ignores P.
func (f Fault) matches(kind string, n int, elapsed time.Duration) bool {
	switch {
	case f.Of != kind && (f.Of != ofAny || kind == ofTransfer || kind == ofBoot):
		return false
	case f.Nth > 0 && n != f.Nth, f.Every > 0 && n%f.Every != 0:
		return false
	}
	return elapsed >= f.From && (f.Until == 0 || elapsed < f.Until)
}

// matchingFault is the fault of the n-th of a kind, and its position in the plan,
// counted from 1. It is the first that matches, that chance selects and that the
// bound allows. If there is none, it is a fault without effect, at position 0.
func (d *Device) matchingFault(kind string, n int, now time.Time, c client) (*plannedFault, int) {
	for i, f := range d.faults {
		if d.match(i, kind, n, now, c) == matches {
			return f, i + 1
		}
	}
	return &plannedFault{}, 0
}

// matchResult says whether a fault applies to something.
type matchResult int

const (
	noMatch        matchResult = iota
	matchForbidden             // but for the bound it would
	matches
)

// match says whether the i-th fault of the plan applies to the n-th of a kind.
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

// Waits says whether the fault makes the client wait for an answer.
func (f Fault) Waits() bool { return effects[f.Do].waits }

// acts says whether the request is acted on before its answer goes wrong.
func (f Fault) acts() bool {
	if f.Acts != nil {
		return *f.Acts
	}
	return effects[f.Do].acts
}

// Refuses says whether the device refuses the connection for a request. In-process
// transports ask before they connect. The device refuses while it is down, and if
// the plan says so for this request, which then counts as a request. A request that
// reaches ServeHTTP all the same is reset there.
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

// ParseFault parses a fault from the values of its fields, by their names in a plan.
// The error is a *FieldError. If its Field is empty, its Value is the name of an
// unexpected field.
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

// check checks that the fields of a fault go together.
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
