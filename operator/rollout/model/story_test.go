package model

import (
	"fmt"
	"slices"
	"strings"
)

// story describes, for people, the shortest way to a world, and the step from
// there that broke the promise, if one did. An object goes by its uid and its
// generation, as in 1.2.
func (s *search) story() string {
	if s.found == "" {
		return ""
	}
	var b strings.Builder
	names := s.describe(&b, s.at)
	t, after := s.stepOf(s.at, s.ordinal)
	fmt.Fprintf(&b, "%s\nand so: %s", sentence(t, names, &s.worlds[s.at], &after), s.found)
	return b.String()
}

// storyTo describes the shortest way to a world.
func (s *search) storyTo(n int32) string {
	var b strings.Builder
	s.describe(&b, n)
	w := s.worlds[n]
	fmt.Fprintf(&b, "and there it stays: %s, %s", w.object, w.device)
	return b.String()
}

// describe writes down the shortest way to a world, and returns the names that the
// controllers have there.
func (s *search) describe(b *strings.Builder, n int32) (names [2]string) {
	var way []int32
	for ; n >= 0; n = s.parents[n] {
		way = append(way, n)
	}
	slices.Reverse(way)
	names = [2]string{"A", "B"}
	start := s.worlds[way[0]]
	fmt.Fprintf(b, "the user asks for %s; the device: %s\n", start.object.image, start.device)
	for i := 1; i < len(way); i++ {
		t, after, swapped := s.stepTo(way[i-1], way[i])
		fmt.Fprintln(b, sentence(t, names, &s.worlds[way[i-1]], &after))
		if swapped {
			names[0], names[1] = names[1], names[0]
		}
	}
	return names
}

// stepTo finds the first step from one world to another.
func (s *search) stepTo(from, to int32) (found step, after world, swapped bool) {
	looking := true
	w := s.worlds[from]
	s.steps(&w, func(t step, next world, _ violation) {
		raw := next
		swap := s.canonical(&next)
		if looking && next == s.worlds[to] {
			found, after, swapped, looking = t, raw, swap, false
		}
	})
	return found, after, swapped
}

// stepOf finds a step from a world by its number.
func (s *search) stepOf(from int32, ordinal int) (found step, after world) {
	n := 0
	w := s.worlds[from]
	s.steps(&w, func(t step, next world, _ violation) {
		if n == ordinal {
			found, after = t, next
		}
		n++
	})
	return found, after
}

// sentence says what a step is.
func sentence(t step, names [2]string, before, after *world) string {
	who := "controller " + names[t.who]
	c, next := before.controllers[t.who], after.controllers[t.who]
	again := ""
	if next.doing == observing && next.copy != after.object {
		again = ", and its cache is behind: it goes by that copy again"
	}
	switch t.kind {
	case reads:
		return fmt.Sprintf("%s reads the object: %s", who, next.copy)
	case leaves:
		return fmt.Sprintf("%s finds nothing to do", who)
	case waits:
		return fmt.Sprintf("%s%s has to wait", who, goingBy(c, before))
	case vets:
		return fmt.Sprintf("%s reads the object again: it is still %s", who, c.copy)
	case decides, hearsNothing:
		shown := before.device.String()
		if t.kind == hearsNothing {
			shown = "no answer"
		}
		return fmt.Sprintf("%s%s %s", who, goingBy(c, before), decision(next, shown))
	case stores:
		return fmt.Sprintf("%s writes the status: %s%s", who, after.object, again)
	case reports:
		return fmt.Sprintf("%s only reports errors: %s%s", who, after.object, again)
	case conflicts:
		return fmt.Sprintf("%s writes the status: conflict%s", who, again)
	case confirms:
		return fmt.Sprintf("%s reads the object again: it is still %s", who, c.copy)
	case seesItMoved:
		return fmt.Sprintf("%s reads the object again: it has moved on%s", who, again)
	case sends:
		return fmt.Sprintf("%s sends its %s%s", who, c.post, again)
	case hearsNo:
		return fmt.Sprintf("%s sends its %s, hears that it is refused, and decides to report that", who, c.post)
	case crashes:
		return fmt.Sprintf("%s crashes, and starts anew", who)
	case arrives:
		return fmt.Sprintf("the device obeys the %s", before.wire)
	case isRefused:
		return fmt.Sprintf("the device refuses the %s", before.wire)
	case isLost:
		return fmt.Sprintf("the %s gets lost", before.wire)
	case timePasses:
		switch {
		case before.object.phase == pending:
			return "the backoff is over"
		case after.passed == half:
			return "half the deadline of Transferring passes"
		}
		return fmt.Sprintf("the deadline of %s passes", phases[before.object.phase])
	case edits:
		return fmt.Sprintf("the user edits the spec: %s", after.object)
	case deletes:
		return "the user deletes the object"
	case creates:
		return fmt.Sprintf("the user creates the object anew: %s", after.object)
	}
	return fmt.Sprintf("the device %s: %s", changes[t.kind], after.device)
}

var changes = map[kind]string{
	staging: "ends the transfer", getsOn: "gets on with the transfer", stalling: "stalls the transfer", breaks: "breaks the transfer", stagesWrong: "ends the transfer",
	boots: "is back", bootsBack: "is back without what was staged", bootsUnhealthy: "is back, not healthy",
	comesUp:        "is healthy by now",
	bootsForgetful: "is back, and has forgotten everything", rebootsItself: "reboots by itself",
}

// goingBy says what a controller acts on, where that is out of date.
func goingBy(c controller, w *world) string {
	if c.copy == w.object {
		return ""
	}
	return ", still going by " + c.copy.String() + ","
}

func decision(c controller, shown string) string {
	what := "decides on " + c.post.String()
	if c.doing == reporting {
		what = "decides to report that"
	}
	if c.doing == writing {
		what = fmt.Sprintf("decides on %s", phases[c.to.phase])
		if c.copy.observed != c.copy.generation || c.copy.phase == pending {
			return what
		}
	}
	return fmt.Sprintf("observes (%s) and %s", shown, what)
}

func (o object) String() string {
	if o.uid == 0 {
		return "no object"
	}
	status := "no status yet"
	if o.phase != noPhase {
		status = fmt.Sprintf("%s, attempts %d", phases[o.phase], o.attempts)
		if o.observed != o.generation {
			status += fmt.Sprintf(" of generation %d", o.observed)
		}
		if o.unfinished != (unfinished{}) {
			status += fmt.Sprintf(", attempt %d's transfer left under way (%d)", o.unfinished.number, o.unfinished.progress)
		}
		if o.reported {
			status += ", errors reported"
		}
	}
	return fmt.Sprintf("[object %d.%d, %s: %s]", o.uid, o.generation, o.image, status)
}

func (a attempt) String() string {
	if a.uid == 0 {
		return "another attempt"
	}
	return fmt.Sprintf("attempt %d of %d.%d", a.number, a.uid, a.generation)
}

func (d device) String() string {
	if !d.up {
		return "it is down"
	}
	s := "it runs " + d.running.String()
	if !d.healthy {
		s += ", not healthy"
	}
	if d.staged != noImage {
		s += fmt.Sprintf(", %s staged for %s", d.staged, d.stagedBy)
	}
	if d.transfer != noTransfer {
		s += fmt.Sprintf(", transfer of %s for %s %s", d.takes, d.asked, [...]string{underWay: fmt.Sprintf("under way (%d)", d.progress), done: "done", broken: "broken"}[d.transfer])
	}
	return s
}

func (p post) String() string {
	if p.request == reboot {
		return fmt.Sprintf("POST /reboot for %s", p.attempt)
	}
	return fmt.Sprintf("POST /burn of %s for %s", p.image, p.attempt)
}
