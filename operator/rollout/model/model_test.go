package model

import (
	"flag"
	"testing"
	"time"
)

var large = flag.Bool("model.large", false, "search within large bounds, which takes a minute or two and some gigabytes")

// searched are the bounds of the searches that must find nothing.
func searched() []bounds {
	switch {
	case *large:
		return []bounds{{1, 3, 2}, {1, 2, 4}, {2, 2, 2}, {2, 1, 5}, {3, 1, 3}, {3, 0, 6}}
	case raceDetector:
		return []bounds{{1, 1, 2}, {2, 1, 1}, {2, 0, 3}}
	}
	return []bounds{{1, 2, 2}, {2, 2, 1}, {2, 1, 2}, {3, 0, 4}}
}

// TestModel searches the whole world for a broken promise, and for a place
// from which a fair run never ends.
func TestModel(t *testing.T) {
	for _, b := range searched() {
		t.Run(b.String(), func(t *testing.T) {
			start := time.Now()
			s := explore(asShipped, b)
			t.Logf("%d worlds, %d fair steps between them, %.1f s", len(s.worlds), len(s.edges), time.Since(start).Seconds())
			if s.found != "" {
				t.Fatalf("\n%s", s.story())
			}
			if n := s.endless(); n >= 0 {
				t.Fatalf("a fair run need never end:\n%s", s.storyTo(n))
			}
			t.Logf("with the fair runs: %.1f s", time.Since(start).Seconds())
		})
	}
}

// TestModelWithoutShortCuts searches smaller bounds without leaving out what
// is sure to be refused: conflicts, 412s, and copies that are out of date. It
// also says that the model is no empty promise: everything that can happen in
// it does.
func TestModelWithoutShortCuts(t *testing.T) {
	within := []bounds{{1, 1, 0}, {2, 0, 1}}
	if *large {
		within = []bounds{{1, 1, 1}, {2, 0, 2}}
	}
	var taken [kinds]int
	stored := map[phase]bool{}
	for _, b := range within {
		t.Run(b.String(), func(t *testing.T) {
			s := newSearch(asShipped, b)
			s.unreduced = true
			s.run()
			t.Logf("%d worlds", len(s.worlds))
			for k := range taken {
				taken[k] += s.taken[k]
			}
			for _, w := range s.worlds {
				stored[w.object.phase] = true
			}
			if s.found != "" {
				t.Fatalf("\n%s", s.story())
			}
			if n := s.endless(); n >= 0 {
				t.Fatalf("a fair run need never end:\n%s", s.storyTo(n))
			}
		})
	}
	for k, times := range taken {
		if times == 0 && kind(k) != vets { // which is a negative control's
			t.Errorf("step %d is never taken", k)
		}
	}
	if len(stored) != len(phases) {
		t.Errorf("of the phases, %v are stored", stored)
	}
}

// TestLateBurn says what isn't promised, with a story: a burn that is on its way
// when the user goes back to the image that the device runs may still arrive.
func TestLateBurn(t *testing.T) {
	s := explore(asShipped, bounds{1, 1, 0})
	for n, w := range s.worlds {
		if o, d := w.object, w.device; o.phase == succeeded && o.ended() && d.staged != noImage && d.staged != o.image {
			t.Logf("\n%s", s.storyTo(int32(n)))
			return
		}
	}
	t.Error("it doesn't happen any more: say so in docs/state-machine.md")
}

// TestEveryPartOfTheProtocolIsNeeded leaves out one part after the other, and
// finds a promise broken each time: neither is any part for show, nor does the
// model overlook what happens without it.
func TestEveryPartOfTheProtocolIsNeeded(t *testing.T) {
	for _, control := range []struct {
		name    string
		without func(*protocol)
		bounds  bounds
	}{
		{"POSTs without If-Match", func(p *protocol) { p.ifMatch = false }, bounds{1, 0, 0}},
		{"no re-read before the POST", func(p *protocol) { p.reread = false }, bounds{2, 1, 1}},
		{"the re-read before the observation", func(p *protocol) { p.early = true }, bounds{2, 1, 1}},
		{"status writes without a resourceVersion", func(p *protocol) { p.optimistic = false }, bounds{2, 0, 1}},
		{"deadlines judged by the time after the observation", func(p *protocol) { p.lateClock = true }, bounds{1, 0, 0}},
	} {
		t.Run(control.name, func(t *testing.T) {
			p := asShipped
			control.without(&p)
			s := explore(p, control.bounds)
			if s.found == "" {
				t.Fatalf("%d worlds within %v, and nothing is broken", len(s.worlds), control.bounds)
			}
			t.Logf("%d worlds\n%s", len(s.worlds), s.story())
		})
	}
}
