package explore

import (
	"fmt"
	"slices"
	"strings"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/scenario/syntax"
	"example.com/edge-device-operator/harness/trace"
)

// NoReturn says from which request on nothing saves a run, the point of no return: for
// each request from the first fault on, what becomes of the run in which no fault comes
// after that request, as it stands, and if the controller is killed right after it and
// started again, with a fresh cache.
type NoReturn struct {
	// Tries are those requests, in the order of the run. The first is the one that the
	// first fault befalls.
	Tries []Recovery
}

// Recovery is what becomes of a run after a request.
type Recovery struct {
	// What is the request, such as "web#3 update ConfigMap web".
	What string
	// Undisturbed is what becomes of it as it stands, and Restarted what becomes of it
	// if the controller starts again then.
	Undisturbed, Restarted Verdict
}

// Verdict is what becomes of a run.
type Verdict string

const (
	// Recovers says that the promise is kept in the end.
	Recovers Verdict = "recovers"
	// Broken says that it is not.
	Broken Verdict = "stays broken"
	// Unknown says that nobody can tell: another controller lives beside the one, or the
	// script can't be played on.
	Unknown Verdict = "can't be told"
)

func (r Recovery) lost() bool { return r.Undisturbed == Broken && r.Restarted == Broken }

// First is which of Tries is the point of no return, -1 if none is.
func (n NoReturn) First() int { return slices.IndexFunc(n.Tries, Recovery.lost) }

// noReturn looks for the point of no return of a candidate.
func (s *shrinker) noReturn(c candidate) (found NoReturn) {
	fails := s.play(c.text(c.faults()))
	events := fails.result.Events
	moments := make([]int, c.faults()+1) // of each fault
	first := 1
	for n := 1; n <= c.faults(); n++ {
		if moments[n] = moment(events, c.at(c.fault(n)).target()); moments[n] < moments[first] {
			first = n
		}
	}
	try := func(what string, at int, restarted candidate, struck func(outcome) bool) {
		until := func(c candidate) candidate {
			return s.patient(c.keeping(func(_ place, one command) bool { return one.fault == 0 || moments[one.fault] <= at }))
		}
		r := Recovery{What: what, Undisturbed: verdict(s.whole(until(c))), Restarted: Unknown}
		if at < 0 || !events[at].Concurrent {
			// What breaks it at that request breaks it before the kill.
			if o := s.whole(until(restarted)); struck(o) || verdict(o) == Broken {
				r.Restarted = verdict(o)
			}
		}
		found.Tries = append(found.Tries, r)
	}
	// The first fault itself.
	one := c.at(c.fault(first))
	restarted, struck := c.restarted(first, one.target())
	try(one.befalls(), moments[first], restarted, struck)
	for n := moments[first] + 1; n < len(events); n++ {
		if e := events[n]; e.IsRequest() && e.Actor.Role == trace.Controller {
			restarted, struck := c.killed(first, operationOf(e))
			try(what(e), n, restarted, struck)
		}
	}
	return found
}

// befalls says what a fault befalls: the request, or the controller at it.
func (c command) befalls() string {
	if len(c.aims) == 0 || c.aims[0].what == "" {
		return c.Text
	}
	what := c.target().Name() + " " + c.aims[0].what
	if c.name() == "request" {
		return what
	}
	for _, w := range c.said() {
		if key, _, ok := scenario.RequestIn(w); ok {
			return fmt.Sprintf("the %s %s %s", c.name(), strings.TrimSuffix(key, "="), what)
		}
	}
	return what
}

// whole plays a candidate with all of its faults.
func (s *shrinker) whole(c candidate) outcome { return s.play(c.text(c.faults())) }

// moment is when a request is over or something befalls its controller at it, as a place
// among the events; -1 if that is not told, as of a fault that befalls no request.
func moment(events []trace.Event, op process.Operation) int {
	return slices.IndexFunc(events, func(e trace.Event) bool {
		return e.IsRequest() && operationOf(e) == op || comesAt(e, op)
	})
}

// comesAt says whether an event is what befalls a controller at a request.
func comesAt(e trace.Event, op process.Operation) bool {
	return e.String(trace.RequestSubject) == op.Object && e.Int(trace.RequestNumber) == op.Number
}

// strikes says whether an event is that a controller is killed or stopped at a request.
func strikes(e trace.Event, op process.Operation) bool {
	return (e.Kind == trace.Kill || e.Kind == trace.Stop) && comesAt(e, op)
}

// restarted is a candidate in which the controller starts again at once where a fault is;
// and struck says of a run whether that came about.
func (c candidate) restarted(fault int, op process.Operation) (other candidate, struck func(outcome) bool) {
	at := c.fault(fault)
	one := c.at(at)
	for n, w := range one.Words {
		if strings.HasPrefix(w.Text, "restart=") {
			words := one.said()
			words[n] = "restart=0s"
			return c.with(at, one.words(words)), strikesIn(op)
		}
	}
	return c.killed(fault, op)
}

// killed is a candidate in which the controller is also killed after a request, and starts
// again at once.
func (c candidate) killed(fault int, op process.Operation) (other candidate, struck func(outcome) bool) {
	at := c.fault(fault)
	kill := command{Line: syntax.Line{}}.words(strings.Fields(killAt(process.CrashPoint{Operation: op, Side: process.After}, 0)))
	other = c.copied()
	other.blocks[at.block] = slices.Insert(other.blocks[at.block], at.n, kill)
	return other, strikesIn(op)
}

func strikesIn(op process.Operation) func(outcome) bool {
	return func(o outcome) bool {
		return slices.ContainsFunc(o.result.Events, func(e trace.Event) bool { return strikes(e, op) })
	}
}

// patient is a candidate that gives the operator all the time to recover, before what it
// expects in the end.
func (s *shrinker) patient(c candidate) candidate {
	last := len(c.blocks) - 1
	b := c.blocks[last]
	n := len(b) - 1
	if b[n].name() != "expect" || n > 0 && b[n-1].name() == "rest" {
		return c
	}
	c = c.copied()
	c.blocks[last] = slices.Insert(c.blocks[last], n, command{}.words([]string{"run", "for=" + short(s.x.Rest)}))
	return c
}

func verdict(o outcome) Verdict {
	switch {
	case o.Violation != nil:
		return Broken
	case o.err != nil, o.Inapplicable != "":
		return Unknown
	}
	return Recovers
}

// String tells it in a sentence, and in more if it would recover later again.
func (n NoReturn) String() string {
	first := n.First()
	switch {
	case len(n.Tries) == 0:
		return ""
	case first < 0 && slices.ContainsFunc(n.Tries, func(r Recovery) bool { return r.Undisturbed == Broken && r.Restarted != Recovers }):
		return "No point of no return was found."
	case first < 0:
		return fmt.Sprintf("There is no point of no return: after each request it recovers%s.", saved(n.Tries))
	}
	text := fmt.Sprintf("From %s on, it recovers neither undisturbed nor restarted.", n.Tries[first].What)
	if first > 0 {
		text = fmt.Sprintf("Until %s it recovers%s; from %s on, neither undisturbed nor restarted.", n.Tries[first-1].What, saved(n.Tries[:first]), n.Tries[first].What)
	}
	var later []string
	for _, r := range n.Tries[first:] {
		if r.Undisturbed == Recovers || r.Restarted == Recovers {
			later = append(later, fmt.Sprintf("after %s%s", r.What, saved([]Recovery{r})))
		}
	}
	if len(later) > 0 {
		text += " But it recovers again " + strings.Join(later, ", ") + "."
	}
	return text
}

// saved says what it takes to save the run after each of some requests.
func saved(tries []Recovery) string {
	each := func(of func(Recovery) Verdict) bool {
		return !slices.ContainsFunc(tries, func(r Recovery) bool { return of(r) != Recovers })
	}
	switch {
	case each(func(r Recovery) Verdict { return r.Undisturbed }):
		return " undisturbed"
	case each(func(r Recovery) Verdict { return r.Restarted }):
		return " if it is restarted"
	}
	return " one way or the other"
}

// table is a line for each request.
func (n NoReturn) table() (lines []string) {
	width := len("up to")
	for _, r := range n.Tries {
		width = max(width, len(r.What))
	}
	lines = append(lines, fmt.Sprintf("%-*s  %-13s  %s", width, "up to", "undisturbed", "restarted"))
	for _, r := range n.Tries {
		lines = append(lines, fmt.Sprintf("%-*s  %-13s  %s", width, r.What, r.Undisturbed, r.Restarted))
	}
	return lines
}
