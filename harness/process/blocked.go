package process

import (
	"bytes"
	"fmt"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
)

// workLabel is the profiler label of a reconcile's goroutine and of those that it
// starts. Its value is the task's name.
const workLabel = "work"

// Blocked lists the functions in which the goroutines of reconciles that aren't parked
// are. If a world doesn't settle, it shows who waits for real time, for example in
// time.Sleep.
func (p *Process) Blocked() []string {
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		return []string{err.Error()}
	}
	prefix, parked := p.taskName(""), func(task string) (is bool) {
		p.cfg.Quiescence.Do(func() { is = p.cfg.Quiescence.Parked(task) })
		return is
	}
	var lines []string
	for _, g := range goroutines(profile.String()) {
		if strings.HasPrefix(g.task, prefix) && !parked(g.task) {
			lines = append(lines, fmt.Sprintf("%s: in %s", g.task, g.where))
		}
	}
	slices.Sort(lines)
	return lines
}

// goroutine is a profile's entry for the goroutines with the same label and stack.
type goroutine struct {
	task  string
	where string
}

// goroutines parses a profile of goroutines in the text format of runtime/pprof:
//
//	1 @ 0x47e1ee 0x4a2b45
//	# labels: {"work":"controller 1/web"}
//	#	0x4a2b44	time.Sleep+0x104	/usr/lib/go/src/runtime/time.go:363
//	#	0x9b1c2d	example.com/op.(*Reconciler).Reconcile+0x2c	/src/op/op.go:31
func goroutines(profile string) (all []goroutine) {
	for record := range strings.SplitSeq(profile, "\n\n") {
		var g goroutine
		var frames []string
		for line := range strings.Lines(record) {
			if _, labels, ok := strings.Cut(line, `"`+workLabel+`":"`); ok && strings.HasPrefix(line, "# labels:") {
				g.task, _, _ = strings.Cut(labels, `"`)
			}
			if fields := strings.Split(strings.TrimSpace(line), "\t"); len(fields) >= 4 && fields[0] == "#" {
				function, _, _ := strings.Cut(fields[2], "+0x")
				frames = append(frames, strings.TrimSpace(function)+" ("+filepath.Base(fields[len(fields)-1])+")")
			}
		}
		if g.task != "" && len(frames) > 0 {
			g.where = strings.Join(frames[:min(len(frames), maxFrames)], ", called by ")
			all = append(all, g)
		}
	}
	return all
}

// maxFrames is how many frames of a stack are shown: enough to find the caller of a
// library that waits.
const maxFrames = 4
