package explore

import (
	"fmt"
	"slices"
	"strings"

	"example.com/edge-device-operator/harness/trace"
)

// besides adds what stands beside a shrunk violation: the nearest run that passes, which
// is the same without the faults, and the point of no return.
func (s *shrinker) besides(c candidate, out *Shrunk) {
	passes, fails := s.play(c.text(0)), s.play(c.text(c.faults()))
	out.Passes = "# Without the fault, nothing is broken.\n" + passes.result.Output
	out.Difference = apart(passes, fails)
	out.NoReturn = s.noReturn(c)
}

// apart tells where two runs go apart: the first lines of their traces that differ, and
// the first changes that only one of them makes.
func apart(passes, fails outcome) (lines []string) {
	one, other := told(passes), told(fails)
	n := 0
	for n < len(one) && n < len(other) && one[n] == other[n] {
		n++
	}
	line := func(all []string) string {
		if n < len(all) {
			return all[n]
		}
		return "nothing more happens"
	}
	lines = append(lines, "without the fault: "+line(one), "with it:           "+line(other))
	// What would have come later is no difference.
	passes.result.Events = slices.DeleteFunc(slices.Clone(passes.result.Events), func(e trace.Event) bool { return e.At > fails.result.Virtual })
	if only := onlyIn(passes, fails); only != "" {
		lines = append(lines, "only without it:   "+only)
	}
	if only := onlyIn(fails, passes); only != "" {
		lines = append(lines, "only with it:      "+only)
	}
	return lines
}

// told are the lines of a run's trace, without what only aligns them.
func told(o outcome) (lines []string) {
	for line := range strings.Lines(o.result.Trace) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return lines
}

// onlyIn are the changes that controllers make in one run, and in another one never or
// not as often: the first of them; empty if there are none.
func onlyIn(one, other outcome) string {
	count := map[string]int{}
	for _, e := range changes(other) {
		count[e.Subject+" "+e.Action()]++
	}
	var only []string
	for _, e := range changes(one) {
		key := e.Subject + " " + e.Action()
		if count[key]--; count[key] < 0 {
			only = append(only, what(e))
		}
	}
	if more := len(only) - someChanges; more > 0 {
		only = append(only[:someChanges], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(only, ", ")
}

// someChanges is how many changes are told.
const someChanges = 3

// changes are a run's requests that changed something.
func changes(o outcome) []trace.Event {
	return slices.DeleteFunc(slices.Clone(o.result.Events), func(e trace.Event) bool { return !e.IsRequest() || !e.Effect })
}
