package explore

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Grammar is what the random worlds of a language have of their own: what there is in
// them, and what befalls it.
type Grammar struct {
	// Kinds are the kinds of what a world may have. Each world has some of them only,
	// which are drawn first: a thing that always comes along hides others.
	Kinds []string
	// Declare says what stands at the top, and what there is before the first
	// controller starts; Begin, which comes next, what people do at first.
	Declare, Begin func(*Draw)
	// TimesOut says that every request of the operator has a timeout, so that an answer
	// can stay away.
	TimesOut bool
	// Actions are what people do, and what else befalls the world in its course.
	Actions []Action
	// End says what has to be so that the world can come to its end. All it takes of a
	// controller is there already.
	End func(*Draw)
}

// Action is something that happens in the course of a world.
type Action struct {
	// Kind is one of the grammar's; a world that doesn't have it doesn't do this. A
	// action without a kind may be in every world.
	Kind string
	// Say says the commands for it, or nothing where it can't be just now.
	Say func(*Draw)
}

// Draw is a random world that is being drawn. All chance in it comes from it.
type Draw struct {
	*rand.Rand
	// Works are the names of the works whose requests can be disturbed. Declare
	// adds them.
	Works []string

	facts       map[string]bool
	text        strings.Builder
	kinds       map[string]bool
	now         time.Duration // how much virtual time has passed at least
	inexact     bool          // more may have passed
	controllers controllers
	disturbed   map[string]bool // requests and crash points
}

// Say says a command.
func (d *Draw) Say(format string, args ...any) { fmt.Fprintf(&d.text, format+"\n", args...) }

// May says whether the world has a kind of what its grammar allows.
func (d *Draw) May(kind string) bool { return d.kinds[kind] }

// Set notes whether something is so in the world, for Is.
func (d *Draw) Set(fact string, is bool) { d.facts[fact] = is }

// Is says whether something was noted to be so.
func (d *Draw) Is(fact string) bool { return d.facts[fact] }

// One draws one of some words.
func (d *Draw) One(of ...string) string { return of[d.IntN(len(of))] }

// Some draws at least one of some words, and keeps their order.
func (d *Draw) Some(of ...string) (some []string) {
	for len(some) == 0 {
		for _, word := range of {
			if d.IntN(2) == 0 {
				some = append(some, word)
			}
		}
	}
	return some
}

// Within draws a duration, in whole milliseconds.
func (d *Draw) Within(most time.Duration) time.Duration {
	return time.Duration(d.Int64N(int64(most/time.Millisecond))) * time.Millisecond
}

// pass lets virtual time pass.
func (d *Draw) pass(most time.Duration) {
	length := d.Within(most)
	d.now += length
	if !d.inexact && d.IntN(4) == 0 {
		d.Say("run until=%s", short(d.now))
		return
	}
	d.Say("run for=%s", short(length))
}

// DrawWorld draws the text of the i-th random world of a seed. rest is how much virtual
// time it may take to come to rest.
func DrawWorld(g *Grammar, seed uint64, i int, rest time.Duration) string {
	d := &Draw{Rand: rand.New(rand.NewPCG(seed, uint64(i))), kinds: map[string]bool{}, facts: map[string]bool{}, disturbed: map[string]bool{}, controllers: controllers{state: map[int]string{}}}
	kinds := d.Some(slices.Concat(d.generalKinds(), g.Kinds)...)
	for _, kind := range kinds {
		d.kinds[kind] = true
	}
	d.Say("# Random world %d of seed %d.\n#\n# It may have: %s.\n\nseed %d", i, seed, strings.Join(kinds, ", "), 1+d.IntN(1<<30))
	g.Declare(d)
	d.disturb(g.TimesOut)
	g.Begin(d)
	d.controllers.start("")
	var actions []Action
	for _, action := range slices.Concat(generalActions, g.Actions) {
		if action.Kind == "" || d.kinds[action.Kind] {
			actions = append(actions, action)
		}
	}
	for range 3 + d.IntN(6) {
		d.pass(40 * time.Second)
		if len(actions) > 0 {
			actions[d.IntN(len(actions))].Say(d)
		}
	}
	d.end()
	if g.End != nil {
		g.End(d)
	}
	d.Say("run\nrest within=%s\n----", short(rest))
	return d.text.String()
}
