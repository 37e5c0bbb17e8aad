package trace

import (
	"sort"
	"sync"
	"time"
)

// Trace collects events. The package documentation says who may add them.
type Trace struct {
	mu     sync.Mutex // guards what follows; no other lock is taken under it
	events []Event
	taken  int
	parts  []int // where parts end that stay apart, after taken
}

// Add records an event.
func (t *Trace) Add(e Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.events = append(t.events, e)
}

// Take returns the events since the last Take, in canonical order: virtual time,
// subject, the subject's own sequence. It is called when the world is settled;
// events of one instant that are taken apart, or that Divide has divided, stay apart.
func (t *Trace) Take() (events []Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, end := range append(t.parts, len(t.events)) {
		events = append(events, canonical(t.events[t.taken:end])...)
		t.taken = end
	}
	t.parts = nil
	return events
}

// Divide has what comes next stay behind what has been. It is called when the world
// is settled.
func (t *Trace) Divide() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.parts = append(t.parts, len(t.events))
}

// Tail returns the last events of a subject, at most n, up to a time.
func (t *Trace) Tail(subject string, until time.Duration, n int) []Event {
	t.mu.Lock()
	defer t.mu.Unlock()
	var events []Event
	for _, e := range t.events {
		if e.Subject == subject && e.At <= until {
			events = append(events, e)
		}
	}
	events = canonical(events)
	return events[max(0, len(events)-n):]
}

func canonical(events []Event) []Event {
	sorted := append([]Event(nil), events...)
	sort.SliceStable(sorted, func(i, j int) bool {
		a, b := sorted[i], sorted[j]
		if a.At != b.At {
			return a.At < b.At
		}
		if a.rank() != b.rank() {
			return a.rank() < b.rank()
		}
		if a.Subject != b.Subject {
			return a.Subject < b.Subject
		}
		return a.Early && !b.Early
	})
	return sorted
}

// rank groups the events of one instant: the world's early ones, those with a
// subject, the world's others.
func (e Event) rank() int {
	switch {
	case e.Subject != "":
		return 1
	case e.Early:
		return 0
	}
	return 2
}
