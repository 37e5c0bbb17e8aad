package explore

import (
	"fmt"
	"io"
	"strings"
)

// Report is what was explored, and what was found.
type Report struct {
	// Scenarios is how many scenarios there were, and Runs how many times they were
	// played.
	Scenarios, Runs int
	// Points is how many places there were to kill a controller at: two for each
	// request. Effective is how many requests changed something, and Distinct how many
	// of the kills differ.
	Points, Effective, Distinct int
	// Audited is how many of the others were played all the same, and compared with
	// those that stand for them.
	Audited int
	// Unmet is how many faults never came about, and LeftOut how many weren't tried.
	Unmet, LeftOut int
	// Violations are the runs that broke something, in the order of the runs.
	Violations []Violation
	// Groups are the violations by their causes.
	Groups []Group
	// Inapplicable are runs whose script couldn't be played on, and why.
	Inapplicable []string
	// Errors are runs of which nothing can be said, and why: defects of the testbed.
	Errors []string
}

// Violation is a run that broke a promise.
type Violation struct {
	// Scenario is the scenario's name.
	Scenario string
	// Faults are what went wrong in it; none if it is broken without any.
	Faults []Fault
	// Promise is what was broken, Object of which object, and Kind that one's kind, empty
	// if it isn't known.
	Promise, Object, Kind string
	// Expected and Found say how.
	Expected, Found string
	// Story tells it, with what happened to the object until then.
	Story string
	// File is a scenario file that breaks it again.
	File string
}

func (r *Report) add(o outcome) {
	r.Runs++
	faults := "without a fault"
	if len(o.Faults) > 0 {
		faults = said(o.Faults)
	}
	switch {
	case o.err != nil:
		r.Errors = append(r.Errors, fmt.Sprintf("%s, %s: %v", o.Scenario, faults, o.err))
	case o.Violation != nil:
		v := o.Violation
		r.Violations = append(r.Violations, Violation{o.Scenario, o.Faults, v.Promise, v.Object, kindOf(o), v.Expected, v.Found, o.Story, o.Text})
	case o.Inapplicable != "":
		r.Inapplicable = append(r.Inapplicable, fmt.Sprintf("%s, %s: %s", o.Scenario, faults, o.Inapplicable))
	case o.Unmet:
		r.Unmet++
	}
}

func said(faults []Fault) string {
	var all []string
	for _, f := range faults {
		all = append(all, f.String())
	}
	return strings.Join(all, "; ")
}

// WriteText writes the report for people.
func (r Report) WriteText(out io.Writer) error {
	var b strings.Builder
	for n, g := range r.Groups {
		r.writeGroup(&b, n, g)
	}
	for _, line := range r.Errors {
		fmt.Fprintf(&b, "ERROR: %s\n", line)
	}
	for _, line := range r.Inapplicable {
		fmt.Fprintf(&b, "not to be played on: %s\n", line)
	}
	fmt.Fprintf(&b, "%d points, %d effective requests, %d distinct, %d merged ones audited\n", r.Points, r.Effective, r.Distinct, r.Audited)
	fmt.Fprintf(&b, "%d runs of %d scenarios: %s, %d unmet, %d left out\n", r.Runs, r.Scenarios, r.causes(), r.Unmet, r.LeftOut)
	_, err := io.WriteString(out, b.String())
	return err
}
