package timeline

import (
	"fmt"
	"io"
	"strings"

	"example.com/edge-device-operator/harness/trace"
)

// context is how many steps that are the same stand around a difference.
const context = 3

// WriteDifference writes where two runs go apart: what only one of them has, with - or +
// before it, and around it what both have. same says that they don't.
func WriteDifference(out io.Writer, left, right Run, words Words) (same bool, err error) {
	pairs := Align(left.Events, right.Events, words.Narrator)
	var b strings.Builder
	fmt.Fprintf(&b, "--- %s\n+++ %s\n", left.Name, right.Name)
	near := make([]bool, len(pairs))
	differ := 0
	for n, p := range pairs {
		if p.same() {
			continue
		}
		differ++
		for k := max(0, n-context); k <= min(len(pairs)-1, n+context); k++ {
			near[k] = true
		}
	}
	if differ == 0 {
		return true, nil
	}
	for n := 0; n < len(pairs); {
		end := n
		for end < len(pairs) && near[end] == near[n] && sign(pairs[end]) == sign(pairs[n]) {
			end++
		}
		if !near[n] {
			fmt.Fprintf(&b, "  … %s\n", theSame(end-n))
		} else {
			b.WriteString(lines(pairs[n:end], left, right, words.Narrator))
		}
		n = end
	}
	_, err = io.WriteString(out, b.String())
	return false, err
}

func theSame(n int) string {
	if n == 1 {
		return "1 step is the same"
	}
	return fmt.Sprintf("%d steps are the same", n)
}

func sign(p Pair) string {
	switch {
	case p.Right < 0:
		return "- "
	case p.Left < 0:
		return "+ "
	}
	return "  "
}

// lines are steps that have the same sign. Those that both have are told as on the left.
func lines(pairs []Pair, left, right Run, n trace.Narrator) string {
	var events []trace.Event
	for _, p := range pairs {
		if p.Left >= 0 {
			events = append(events, left.Events[p.Left])
		} else {
			events = append(events, right.Events[p.Right])
		}
	}
	var b strings.Builder
	for line := range strings.Lines(trace.Format(events, n)) {
		b.WriteString(sign(pairs[0]) + line)
	}
	return b.String()
}
