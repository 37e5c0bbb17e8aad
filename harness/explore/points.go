package explore

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/trace"
)

// Kind is a kind of fault.
type Kind string

// The kinds.
const (
	// Killed has the controller killed before or after a request, and another start.
	Killed Kind = "killed"
	// Lost has a request served and its answer lost.
	Lost Kind = "lost"
	// Refused has a request refused.
	Refused Kind = "refused"
	// Stopped has the controller told to stop at a request, and another start.
	Stopped Kind = "stopped"
	// Held has the controller's watches hold back what they bring, from a request on.
	Held Kind = "held"
	// Joined has another controller start at a request, beside the one.
	Joined Kind = "joined"
	// Never has a request neither served nor answered.
	Never Kind = "unanswered"
	// Late has a request arrive after its sender has given up.
	Late Kind = "late"
	// Delayed has a request sent later.
	Delayed Kind = "delayed"
	// External has an external system do something wrong.
	External Kind = "external"
)

// Kinds are all of them.
var Kinds = []Kind{Killed, Lost, Refused, Stopped, Held, Joined, Never, Late, Delayed, External}

// delay is how much later a delayed request is sent: less than most timeouts. A late one
// arrives after most of them.
const (
	delay = 2 * time.Second
	late  = 20 * time.Second
)

// ExternalFault is something that an external system can do wrong.
type ExternalFault struct {
	// Command has it go wrong.
	Command string
	// Before is the index of one of the run's events. Command goes before the scenario's
	// command that led to that event.
	Before int
	// At is the index of the event at which it goes wrong.
	At int
	// Again says that this event shows the same as the one before it of its kind. Such
	// faults are tried last.
	Again bool
}

// Fault is something that goes wrong in a run, as a command of its scenario.
type Fault struct {
	Kind Kind `json:"kind"`
	// Command carries it.
	Command string `json:"command"`
	// Line is the line of the command before which that has to stand.
	Line int `json:"line"`
	// What says what it befalls, such as "web#2 create Secret web-credentials".
	What string `json:"what"`

	// rank says how telling it is, 0 the most: of its kind at a request that has an effect
	// the first is, and each further one (a longer time, another answer) is less so.
	rank      int
	recording int
	// point is the crash point of a kill, and same those that are the same.
	point process.CrashPoint
	away  time.Duration
	same  []process.CrashPoint
}

// String is the command, and what it befalls.
func (f Fault) String() string { return fmt.Sprintf("%s (%s)", f.Command, f.What) }

// enumerate are the single faults of a recording from an event on, in the order of its
// operations.
func (x *exploration) enumerate(r *recording, from int) (all []Fault) {
	for _, c := range x.crashes(r) {
		for n, away := range x.Away {
			f := c
			f.Command, f.away, f.rank = killAt(c.point, away), away, c.rank+n
			all = append(all, f)
		}
	}
	for _, op := range r.operations {
		all = append(all, x.faultsAt(op)...)
	}
	all = append(all, x.external(r, from)...)
	return slices.DeleteFunc(all, func(f Fault) bool {
		return x.Faults != nil && !slices.Contains(x.Faults, f.Kind) || x.clashes(r, f)
	})
}

// clashes says whether a scenario with faults has two such commands for one request, which
// may be one of the script's own.
func (x *exploration) clashes(r *recording, faults ...Fault) bool {
	named := slices.Clone(r.script.named)
	for _, f := range faults {
		for _, word := range strings.Fields(f.Command) {
			_, op, ok := scenario.RequestIn(word)
			if ok && slices.Contains(named, op) {
				_, err := x.parse(r.script, r.script.text(faults))
				return err != nil
			}
			if ok {
				named = append(named, op)
			}
		}
	}
	return false
}

// external are the faults of external systems.
func (x *exploration) external(r *recording, from int) (all []Fault) {
	if x.External == nil {
		return nil
	}
	for _, f := range x.External(r.result.Events) {
		line := r.sent(f.Before)
		if f.At < from || line == 0 || r.lines[f.At] == 0 {
			continue
		}
		e, rank := r.result.Events[f.At], 0
		if f.Again {
			rank = lookRank
		}
		all = append(all, Fault{Kind: External, Command: f.Command, Line: line, What: fmt.Sprintf("%s %s", e.Subject, trace.Say(e, nil)), rank: rank})
	}
	return all
}

// faultsAt are the faults at a request, but for kills.
func (x *exploration) faultsAt(op operation) (all []Fault) {
	add := func(kind Kind, n int, command string) {
		all = append(all, Fault{Kind: kind, Command: command, Line: op.line, What: what(op.Event), rank: op.rank() + n})
	}
	for _, kind := range []Kind{Lost, Refused, Joined, Never, Late, Delayed} {
		for n, command := range commandsAt(kind, op.Event) {
			add(kind, n, command)
		}
	}
	held := 0
	for n, away := range x.Away {
		// A stop at a request without an effect is the same as one at the next that has
		// one, but for the request that it calls off.
		if op.Effect || n == 0 {
			add(Stopped, n, stopAt(op.Operation, away))
		}
		if op.Effect && away > 0 { // a watch that is held for no time isn't held
			add(Held, held, holdFrom(op.Operation, away))
			held++
		}
	}
	return all
}

// lookRank is how much less telling a fault is at a request that has no effect.
const lookRank = 3

func (op operation) rank() int {
	if op.Effect {
		return 0
	}
	return lookRank
}

// commandsAt are the commands that have a kind of fault befall a request, none if that
// can't be: a sender without a timeout would wait for ever.
func commandsAt(kind Kind, e trace.Event) (all []string) {
	op := operationOf(e)
	request := func(how string) { all = append(all, fmt.Sprintf("request %s %s", op.Name(), how)) }
	switch kind {
	case Delayed:
		request("delayed=" + short(delay))
	case Late:
		if e.TimesOut {
			request("late=" + short(late))
		}
	case Refused:
		for _, status := range refusals(e) {
			request(fmt.Sprintf("refused=%d", status))
		}
	case Lost:
		request("answer=lost")
	case Never:
		if e.TimesOut {
			request("answer=never")
		}
	case Held:
		all = append(all, holdFrom(op, 10*time.Second))
	case Stopped:
		all = append(all, stopAt(op, 0))
	case killedBefore:
		all = append(all, killAt(process.CrashPoint{Operation: op, Side: process.Before}, 0))
	case killedAfter:
		all = append(all, killAt(process.CrashPoint{Operation: op, Side: process.After}, 0))
	case Joined:
		all = append(all, "start another controller at="+op.Name())
	}
	return all
}

func killAt(p process.CrashPoint, away time.Duration) string {
	return fmt.Sprintf("kill controller %s=%s restart=%s", p.Side, p.Name(), short(away))
}

func stopAt(op process.Operation, away time.Duration) string {
	return fmt.Sprintf("stop controller at=%s restart=%s", op.Name(), short(away))
}

func holdFrom(op process.Operation, length time.Duration) string {
	return fmt.Sprintf("watch down from=%s for=%s", op.Name(), short(length))
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

// operationOf is the operation that an event tells of.
func operationOf(e trace.Event) process.Operation {
	return process.Operation{Object: e.Subject, Number: e.Number}
}

// what says what an operation is, such as "web#2 create Secret web-credentials".
func what(e trace.Event) string { return operationOf(e).Name() + " " + e.Action() }
