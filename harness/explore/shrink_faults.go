package explore

import (
	"slices"
	"strings"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/scenario/syntax"
	"example.com/edge-device-operator/harness/trace"
)

// The two sides of a kill are rungs of their own.
const (
	killedBefore Kind = "killed before"
	killedAfter  Kind = "killed after"
)

// rung is a way in which a request can go wrong, or a controller at it.
type rung struct {
	kind Kind
	// command is the first word of its commands, and key how another one begins.
	command, key string
}

// is says whether a fault's command is one of these.
func (r rung) is(words []string) bool {
	return len(words) > 2 && words[0] == r.command && slices.ContainsFunc(words[2:], func(w string) bool { return strings.HasPrefix(w, r.key) })
}

// ladder has the rungs, the weakest first.
var ladder = []rung{
	{Delayed, "request", "delayed="},
	{Late, "request", "late="},
	{Refused, "request", "refused="},
	{Lost, "request", "answer=lost"},
	{Never, "request", "answer=never"},
	{Held, "watch", "from="},
	{Stopped, "stop", "at="},
	{killedBefore, "kill", "before="},
	{killedAfter, "kill", "after="},
	{Joined, "start", "at="},
}

// rungOf is where a fault's command stands on the ladder, -1 if it doesn't.
func rungOf(one command) int {
	return slices.IndexFunc(ladder, func(r rung) bool { return r.is(one.said()) })
}

// weaken has each fault be the weakest that breaks the promise, and of those the first
// at its instant: what goes wrong anywhere in one pass of a reconcile is often one
// cause.
func (s *shrinker) weaken(c candidate) candidate {
	for n := 1; n <= c.faults(); n++ {
		before, at := s.run(c.text(n-1)), c.fault(n)
		one := c.at(at)
		now := rungOf(one)
		if now < 0 || len(one.aims) != 1 {
			continue
		}
		events := c.later(n, before.result.Events)
		for _, weaker := range s.weaker(one, events, now) {
			// Nothing else has changed, and so it has to be that request and no other.
			if found, ok := s.try(c.with(at, weaker), c); ok {
				at, one := found.fault(n), found.at(found.fault(n))
				one.aims = []aim{aimAt(events, one.target())}
				if found = found.with(at, one); !found.hits(s.run(found.text(found.faults()))) {
					continue
				}
				c = found
				break
			}
		}
	}
	return c
}

// weaker are the faults that come before one, given a run without it.
func (s *shrinker) weaker(one command, events []trace.Event, now int) (all []command) {
	op := one.target()
	here := slices.IndexFunc(events, func(e trace.Event) bool {
		return e.IsRequest() && operationOf(e) == op
	})
	if here < 0 {
		return nil
	}
	for r := 0; r <= now; r++ {
		for n, e := range events {
			if !e.IsRequest() || e.Subject != op.Object || e.At != events[here].At || r == now && n > here {
				continue
			}
			for _, text := range commandsAt(ladder[r].kind, e) {
				if r == now && n == here && (ladder[r].kind != Refused || text == one.Text) {
					return all // what follows is no weaker
				}
				other := one.words(strings.Fields(text))
				other.aims = []aim{{}}
				all = append(all, other)
			}
		}
	}
	return all
}

// target is the request that a fault befalls.
func (c command) target() (op process.Operation) {
	for _, w := range c.said() {
		if _, named, ok := scenario.RequestIn(w); ok {
			return named
		}
	}
	return op
}

// withActions has each command that carries a fault say what the requests do that it
// names, so that they are found again once they have other numbers.
func (c candidate) withActions() candidate {
	for n := 1; n <= c.faults(); n++ {
		at := c.fault(n)
		one := c.at(at)
		var body []syntax.Line
		for _, aim := range one.aims {
			if aim.what == "" {
				break
			}
			body = append(body, syntax.Line{Text: "| " + aim.what})
		}
		if len(body) == len(one.aims) {
			one.Body = body
			c = c.with(at, one)
		}
	}
	return c
}

// shrunkFaults are the faults of a candidate.
func (c candidate) shrunkFaults() (all []Fault) {
	for n := 1; n <= c.faults(); n++ {
		one := c.at(c.fault(n))
		f := Fault{Command: one.Text}
		if r := rungOf(one); r >= 0 {
			f.Kind = ladder[r].kind
		}
		if len(one.aims) > 0 {
			f.What = one.target().Name() + " " + one.aims[0].what
		}
		all = append(all, f)
	}
	return all
}
