package timeline

import (
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"example.com/edge-device-operator/harness/trace"
)

// Pair is a step of two runs that are laid side by side: the places of their events that
// say the same, or of one that has none like it in the other run, which is -1 then.
type Pair struct{ Left, Right int }

// same says whether both runs have the step.
func (p Pair) same() bool { return p.Left >= 0 && p.Right >= 0 }

// Align lays two runs side by side. Events are the same that say the same of the same
// subject, whenever that was and whatever the numbers of the requests are.
func Align(left, right []trace.Event, n trace.Narrator) (pairs []Pair) {
	before, after := said(left, n), said(right, n)
	text := strings.Join(before, "")
	starts := map[int]int{} // the line that begins at a byte
	at := 0
	for k, line := range before {
		starts[at] = k
		at += len(line)
	}
	starts[at] = len(before)
	l, r := 0, 0
	both := func(until int) {
		for ; l < until; l, r = l+1, r+1 {
			pairs = append(pairs, Pair{l, r})
		}
	}
	for _, e := range udiff.Lines(text, strings.Join(after, "")) {
		both(starts[e.Start])
		for end := starts[e.End]; l < end; l++ {
			pairs = append(pairs, Pair{l, -1})
		}
		for range strings.Count(e.New, "\n") {
			pairs = append(pairs, Pair{-1, r})
			r++
		}
	}
	both(len(before))
	return pairs
}

// said is a line for each event: what it says, without when and which request it was.
func said(events []trace.Event, n trace.Narrator) []string {
	lines := make([]string, len(events))
	for k, e := range events {
		e.Number = 0
		// One start more or less is no difference of all that comes later; which of two that
		// live at the same time it was is said.
		line := string(e.Actor.Role) + "\t" + e.Subject + "\t" + string(e.Kind) + "\t" + trace.Say(e, n)
		lines[k] = strings.ReplaceAll(line, "\n", " ") + "\n"
	}
	return lines
}
