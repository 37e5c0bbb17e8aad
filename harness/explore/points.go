package explore

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/trace"
)

// Kind is a kind of fault.
type Kind string

// The kinds, the most telling first.
const (
	// Killed has the controller killed before or after a request, and another start.
	Killed Kind = "killed"
	// Lost has a request served and its answer lost.
	Lost Kind = "lost"
	// Refused has a request refused.
	Refused Kind = "refused"
)

// Fault is something that goes wrong in a run, as a command of its scenario.
type Fault struct {
	Kind Kind `json:"kind"`
	// Command carries it.
	Command string `json:"command"`
	// Line is the line of the command before which that has to stand.
	Line int `json:"line"`
	// What says what it befalls, such as "web#2 create Secret web-credentials".
	What string `json:"what"`

	rank      int
	recording int
	// point is the crash point of a kill, and same those that are the same.
	point process.CrashPoint
	away  time.Duration
	same  []process.CrashPoint
}

// String is the command, and what it befalls.
func (f Fault) String() string { return fmt.Sprintf("%s (%s)", f.Command, f.What) }

// enumerate are the single faults of a recording, in the order of its operations.
func (x *exploration) enumerate(r *recording) (all []Fault) {
	for _, c := range x.crashes(r) {
		for n, away := range x.Away {
			f := c
			f.Command, f.away, f.rank = killAt(c.point, away), away, 3*n
			all = append(all, f)
		}
	}
	for _, op := range r.operations {
		fault := func(kind Kind, how string, rank int) {
			if !op.Effect {
				rank += 2
			}
			all = append(all, Fault{Kind: kind, Command: fmt.Sprintf("request %s %s", op.Name(), how), Line: op.line, What: what(op), rank: rank})
		}
		fault(Lost, "answer=lost", 1)
		for n, status := range refusals(op.Event) {
			fault(Refused, fmt.Sprintf("refused=%d", status), 2+n)
		}
	}
	return all
}

func killAt(p process.CrashPoint, away time.Duration) string {
	return fmt.Sprintf("kill controller %s=%s restart=%s", p.Side, p.Name(), short(away))
}

// refusals are the answers that a request can get in place of its own, whatever is
// stored: by a server that is overloaded or broken, or, of a write that names a
// version, because somebody else has changed what it doesn't look at.
func refusals(e trace.Event) []int {
	switch {
	case e.Kind == trace.Request, e.Kind == trace.Call:
		return []int{http.StatusServiceUnavailable}
	case e.Verb == "update", e.Verb == "patch":
		return []int{http.StatusConflict, http.StatusInternalServerError, http.StatusTooManyRequests}
	}
	return []int{http.StatusInternalServerError, http.StatusTooManyRequests}
}

// byRank sorts faults, the most telling first.
func byRank(all []Fault) { slices.SortStableFunc(all, func(a, b Fault) int { return a.rank - b.rank }) }

// what says what an operation is.
func what(op operation) string { return op.Name() + " " + action(op.Event) }

// action says what a request does, whatever its number.
func action(e trace.Event) string {
	switch e.Kind {
	case trace.Call:
		return fmt.Sprintf("%s %s %s", e.Target, e.Verb, e.String(trace.About))
	case trace.Request:
		return fmt.Sprintf("%s %s%s", e.Verb, e.Target, e.String(trace.Path))
	}
	return fmt.Sprintf("%s %s", e.Verb, e.Object)
}
