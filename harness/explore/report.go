package explore

import (
	"fmt"
	"io"
	"strings"
)

// Report is what was explored, and what was found.
type Report struct {
	// Scenarios is how many scenarios there were, and Runs how many times something
	// was played.
	Scenarios, Runs int
	// Points is how many places there were to kill a controller at: two for each
	// request. Effective is how many requests changed something, and Distinct how many
	// of the kills differ.
	Points, Effective, Distinct int
	// Audited is how many of the others were played all the same, and compared with
	// those that stand for them.
	Audited int
	// Repeated is how many runs were played twice, and compared.
	Repeated int
	// Recoveries is how many faults a second one could follow, and DistinctRecoveries
	// how many of these led to something of their own. Pairs is how many second faults
	// were played.
	Recoveries, DistinctRecoveries, Pairs int
	// Worlds is how many of the runs were random worlds.
	Worlds int
	// Unmet is how many faults never came about, or had one of the script's own not come
	// about, and LeftOut how many weren't tried.
	Unmet, LeftOut int
	// Left says of which stages how many were left out.
	Left []Planned
	// Moved are the requests that have other numbers than their scenarios say.
	Moved []string
	// Violations are the runs that broke something, in the order of the runs.
	Violations []Violation
	// Groups are the violations by their causes.
	Groups []Group
	// Inapplicable are where scripts couldn't be played on.
	Inapplicable []Inapplicable
	// Errors are runs of which nothing can be said, and why: defects of the testbed.
	Errors []string
}

// Violation is a run that broke a promise.
type Violation struct {
	// Scenario is the scenario's name.
	Scenario string `json:"scenario"`
	// Faults are what went wrong in it; none if it is broken without any.
	Faults []Fault `json:"faults,omitempty"`
	// Promise is what was broken, Object of which object, and Kind that one's kind, empty
	// if it isn't known.
	Promise string `json:"promise"`
	Object  string `json:"object,omitempty"`
	Kind    string `json:"kind,omitempty"`
	// Expected and Found say how.
	Expected string `json:"expected"`
	Found    string `json:"found"`
	// Story tells it, with what happened to the object until then.
	Story string `json:"story"`
	// File is a scenario file that breaks it again.
	File string `json:"file"`
}

// NewReport is the report of a journal.
func NewReport(j Journal) Report { return total(j.Planned, j.Runs) }

// total is the report of what was planned and what was played.
func total(planned []Planned, runs []Run) Report {
	runs = inStages(runs)
	var report Report
	count, recoveries := map[Stage]int{}, map[string]bool{}
	for _, r := range runs {
		count[r.Stage]++
		if r.Recovery != "" {
			report.Recoveries++
			recoveries[r.Scenario+" "+r.Recovery] = true
		}
		report.add(r)
	}
	report.Scenarios, report.Audited, report.Pairs, report.Worlds, report.Repeated = count[Scenarios], count[Audits], count[Pairs], count[Worlds], count[Repeats]
	report.DistinctRecoveries = len(recoveries)
	report.Runs = len(runs) + count[Audits] + count[Repeats] // each of these is two
	for _, stage := range stages {
		wanted := 0
		for _, p := range planned {
			if p.Stage == stage {
				wanted = max(wanted, p.Runs)
			}
		}
		if left := wanted - count[stage]; left > 0 {
			report.LeftOut += left
			report.Left = append(report.Left, Planned{stage, left})
		}
	}
	report.Groups = grouped(report.Violations)
	return report
}

// add adds what came of a run.
func (r *Report) add(run Run) {
	r.Points += run.Points
	r.Effective += run.Effective
	r.Distinct += run.Distinct
	for _, m := range run.Moved {
		r.Moved = append(r.Moved, run.Scenario+", "+m)
	}
	switch {
	case run.Error != "" && run.Stage == Audits:
		r.Errors = append(r.Errors, run.Error)
	case run.Error != "":
		r.Errors = append(r.Errors, fmt.Sprintf("%s: %s", run, run.Error))
	case run.Violation != nil:
		r.Violations = append(r.Violations, *run.Violation)
	case run.Inapplicable != "":
		r.inapplicable(run)
	case run.Unmet:
		r.Unmet++
	}
}

// Inapplicable is a command that runs couldn't be played on at.
type Inapplicable struct {
	// Run is the first of them, and Why says why it couldn't, with the command's file and
	// line before it.
	Run, Why string
	// Runs is how many there are.
	Runs int
}

// String says how many runs couldn't be played on there, and tells of the first.
func (i Inapplicable) String() string {
	text := fmt.Sprintf("%s: %s", i.Run, i.Why)
	if i.Runs > 1 {
		text += fmt.Sprintf(" (and %d more there)", i.Runs-1)
	}
	return text
}

// inapplicable adds a run that couldn't be played on to those that couldn't there.
func (r *Report) inapplicable(run Run) {
	where, _, _ := strings.Cut(run.Inapplicable, ": ")
	for n, i := range r.Inapplicable {
		if there, _, _ := strings.Cut(i.Why, ": "); there == where && len(run.Faults) > 0 {
			r.Inapplicable[n].Runs++
			return
		}
	}
	r.Inapplicable = append(r.Inapplicable, Inapplicable{run.String(), run.Inapplicable, 1})
}

// String says which run it is.
func (r Run) String() string {
	switch {
	case r.Stage == Worlds:
		return r.Scenario
	case len(r.Faults) == 0:
		return r.Scenario + ", without a fault"
	}
	return r.Scenario + ", " + said(r.Faults)
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
	for _, m := range r.Moved {
		fmt.Fprintf(&b, "moved: %s\n", m)
	}
	for _, i := range r.Inapplicable {
		fmt.Fprintf(&b, "could not be played to its end: %s\n", i)
	}
	for _, line := range r.Errors {
		fmt.Fprintf(&b, "ERROR: %s\n", line)
	}
	fmt.Fprintf(&b, "%d points, %d effective requests, %d distinct, %d merged ones audited\n", r.Points, r.Effective, r.Distinct, r.Audited)
	if r.Recoveries > 0 {
		fmt.Fprintf(&b, "%d pairs of faults; %d recoveries, %d distinct\n", r.Pairs, r.Recoveries, r.DistinctRecoveries)
	}
	if r.Worlds > 0 {
		fmt.Fprintf(&b, "%d random worlds\n", r.Worlds)
	}
	if r.Repeated > 0 {
		fmt.Fprintf(&b, "%d runs played twice\n", r.Repeated)
	}
	scenarios := "scenarios"
	if r.Scenarios == 1 {
		scenarios = "scenario"
	}
	fmt.Fprintf(&b, "%d runs of %d %s: %s, %d faults that never came about, %d left out", r.Runs, r.Scenarios, scenarios, r.causes(), r.Unmet, r.LeftOut)
	separator := ": "
	for _, left := range r.Left {
		fmt.Fprintf(&b, "%s%d %s", separator, left.Runs, left.Stage.plural())
		separator = ", "
	}
	b.WriteString("\n")
	_, err := io.WriteString(out, b.String())
	return err
}
