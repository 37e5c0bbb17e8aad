package devicesim

import (
	"fmt"
	"strings"
	"time"
)

// plannedFault is a fault of a device's plan, and what has become of it.
type plannedFault struct {
	Fault
	randomID    int  // its number among the random choices
	countBefore int  // how many of its kind there were when it was added
	matched     bool // it once matched
	selected    bool // it was once the first that matched
	happened    bool // its effect occurred
	forbidden   bool // the bound once prevented it
	precededBy  int  // the fault that matched before it, counted from 1; 0 if none did
	tooLate     bool // for a power cut at a time: the device was down already
}

// Outcome says whether a fault of a device's plan has happened.
type Outcome struct {
	// Fault is the fault.
	Fault Fault
	// Happened says whether its effect occurred at least once.
	Happened bool
	// Why says why it has never happened, if so, and Remedy what to do about it.
	Why, Remedy string
	// Earlier is the fault that matched first each time, by its place in the plan,
	// counted from 1; 0 if none did.
	Earlier int
}

// Outcomes returns the outcome of each fault so far, in the order of the plan, for
// tests in the same process. No request can get it.
func (d *Device) Outcomes() []Outcome {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.catchUp(d.clock.Now())
	var all []Outcome
	for _, f := range d.faults {
		o := Outcome{Fault: f.Fault, Happened: f.happened}
		if !f.happened {
			o.Why, o.Remedy = d.explain(f)
			if !f.selected && !f.forbidden {
				o.Earlier = f.precededBy
			}
		}
		all = append(all, o)
	}
	return all
}

// explain says why a fault has not happened, and what to do about it.
func (d *Device) explain(f *plannedFault) (why, remedy string) {
	switch {
	case f.tooLate:
		return "the device was down already at that time", "name another time"
	case f.Of == ofTime:
		return fmt.Sprintf("only %v have passed", d.clock.Now().Sub(d.start)), "name an earlier time"
	case f.selected && f.Of == ofTransfer:
		return "no transfer that it was to befall got that far", "name another transfer or an earlier progress, or run on"
	case f.selected && f.Of == ofBoot:
		return "the device is not back yet from the reboot that it was to befall", "run on until it is"
	case f.selected:
		return "what it told was true each time", "name another value, or another time"
	case f.forbidden:
		return "the bound passed it over whenever its turn came: the client had not had two right readings since the last wrong one", "have it lie less often, or say beyondBound=true"
	case f.matched:
		return "another fault came first each time", "put it before that one, or let that one hold less often"
	}
	noun := nouns[f.Of]
	switch n := d.count(f.Of) - f.countBefore; n {
	case 0:
		return fmt.Sprintf("there was no %s since it was added", noun), "have there be one"
	case 1:
		return fmt.Sprintf("the 1 %s since it was added is none that it means (%s)", noun, f.when()), "name one that there is"
	default:
		return fmt.Sprintf("of the %d %ss since it was added none is one that it means (%s)", n, noun, f.when()), "name one that there is"
	}
}

// nouns are the names of what faults can be of, for messages.
var nouns = map[string]string{
	ofHealth: "health request", ofBurn: "burn request", ofReboot: "reboot request", ofAny: "request", ofTransfer: "transfer", ofBoot: "boot",
}

// when says when a fault matches, in the syntax of a scenario.
func (f Fault) when() string {
	parts := []string{"of=" + f.Of}
	add := func(given bool, name string, value any) {
		if given {
			parts = append(parts, fmt.Sprintf("%s=%v", name, value))
		}
	}
	add(f.Nth > 0, "nth", f.Nth)
	add(f.Every > 0, "every", f.Every)
	add(f.From > 0, "from", brief(f.From))
	add(f.Until > 0, "until", brief(f.Until))
	return strings.Join(parts, " ")
}

// brief formats a duration as 2h, not 2h0m0s.
func brief(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// count is how many of a kind there have been.
func (d *Device) count(kind string) int {
	switch kind {
	case ofAny:
		return d.requests[ofHealth] + d.requests[ofBurn] + d.requests[ofReboot]
	case ofTransfer:
		return d.burns
	case ofBoot:
		return d.shutdowns
	}
	return d.requests[kind]
}

// selectFault returns matchingFault, and records for every fault whether it
// matched.
func (d *Device) selectFault(kind string, n int, now time.Time, c client) *plannedFault {
	first, position := d.matchingFault(kind, n, now, c)
	for i, f := range d.faults {
		switch d.match(i, kind, n, now, c) {
		case matchForbidden:
			f.forbidden = true
		case matches:
			f.matched = true
			if f == first {
				f.selected = true
			} else {
				f.precededBy = position
			}
		}
	}
	return first
}

// setHappened records that a fault's effect occurred.
func (f *plannedFault) setHappened() {
	if f != nil {
		f.happened = true
	}
}
