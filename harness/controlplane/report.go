package controlplane

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// report reports the progress of something that takes long. On a terminal it rewrites
// the last line in place; elsewhere it writes a line from time to time.
type report struct {
	terminal bool
	every    time.Duration // between two lines that say the state
	start    time.Time

	mu    sync.Mutex // guards what follows
	w     io.Writer
	state func() string // nil if nothing is under way
	shown int           // characters of the line that is rewritten

	stop, stopped chan struct{}
}

// newReport reports to a writer until end is called. If the writer is nil, it reports
// nothing.
func newReport(w io.Writer, every time.Duration) *report {
	if w == nil {
		w = io.Discard
	}
	r := &report{w: w, every: every, start: time.Now(),
		stop: make(chan struct{}), stopped: make(chan struct{})}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		r.terminal = true
		r.every = time.Second / 4
	}
	go r.tick()
	return r
}

// say writes a permanent line.
func (r *report) say(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.erase()
	fmt.Fprintf(r.w, "control plane: "+format+"\n", args...)
}

// underWay sets the function that describes the present state, nil for none. It is
// called from time to time, and must neither block nor report.
func (r *report) underWay(state func() string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.erase()
	r.state = state
}

// end ends the last line and the report's goroutine.
func (r *report) end() {
	r.underWay(nil)
	close(r.stop)
	<-r.stopped
}

// took returns the time since the report's start, to the second.
func (r *report) took() time.Duration { return time.Since(r.start).Round(time.Second) }

func (r *report) tick() {
	defer close(r.stopped)
	ticker := time.NewTicker(r.every)
	defer ticker.Stop()
	for {
		select {
		case <-r.stop:
			return
		case <-ticker.C:
			r.show()
		}
	}
}

func (r *report) show() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state == nil {
		return
	}
	line := fmt.Sprintf("control plane: %s (%v)", r.state(), r.took())
	if !r.terminal {
		fmt.Fprintln(r.w, line)
		return
	}
	r.erase()
	fmt.Fprint(r.w, line)
	r.shown = len(line)
}

func (r *report) erase() {
	if r.shown > 0 {
		fmt.Fprintf(r.w, "\r%s\r", strings.Repeat(" ", r.shown))
		r.shown = 0
	}
}
