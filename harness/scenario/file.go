// Package scenario reads, runs and rewrites scenario files: one text file that
// is script, golden trace and documentation at once. It knows no particular
// operator: a Seam adds the commands that are about one.
//
// A file is a sequence of blocks. A block is one or more commands, a line
// "----", and under it what happened, up to the next empty line. A line that
// begins with # is a comment. Lines end with LF.
package scenario

import (
	"strings"

	"example.com/edge-device-operator/harness/scenario/syntax"
	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/world"
)

// File is a scenario that was read.
type File struct {
	// Path is the file's name, for messages.
	Path string
	// Title is the first comment line.
	Title string
	// About is what the file is a scenario of: the comment line "# About: ...",
	// without that beginning.
	About string
	// Seed is the file's own seed.
	Seed uint64
	// Objects is how many objects there are at most.
	Objects int
	// HoldsWorkers says that reconciles wait for what is outside, so that each
	// holds a worker: with at least as many workers as Objects, and only then, their
	// number makes no difference.
	HoldsWorkers bool
	// KillsControlPlane says that the file kills kube-apiserver or etcd: no
	// other world can run on them then.
	KillsControlPlane bool
	// Tied says that when something happens depends on another object: there is a
	// crash point, or a command after a run to the end, or too few workers, or a
	// sequential schedule.
	// Of any other file each object fares as it would alone, by ParseAlone.
	Tied bool

	language *Language
	tree     *syntax.File
	setup    Setup
	workers  int                    // as many as the file says; 0 if it doesn't
	schedule world.Schedule         // empty if the file says none
	show     func(trace.Event) bool // nil for everything
	alone    bool                   // it is read as if one object were the only one
	steps    [][]step               // by block
	actions  []int                  // lines whose commands say what their requests do
}

// step is one command, ready to be run.
type step struct {
	line int
	run  Action
	// arm, if set, comes before the command above this one: what that sets off
	// may already be what this one waits for.
	arm func(*Run) error
	// waits says that the command waits for an end.
	waits bool
}

// FixedWorkers is how many workers a file says that there are, 0 if it doesn't. In
// a sequential schedule another number would make a difference, too.
func (f *File) FixedWorkers() int {
	if f.workers == 0 && f.schedule == world.Sequential {
		return defaultWorkers
	}
	return f.workers
}

// Workers is how many workers a file is played with where nobody says: as many
// as it says itself, or enough that another number would make no difference.
func (f *File) Workers() int {
	if n := f.FixedWorkers(); n > 0 {
		return n
	}
	if f.HoldsWorkers {
		return max(defaultWorkers, f.Objects)
	}
	return defaultWorkers
}

const defaultWorkers = 4

// Parse reads a scenario file. The error is a *syntax.Error.
func (l *Language) Parse(path, text string) (*File, error) { return l.ParseAlone(path, text, "") }

// ParseAlone reads a scenario file as if one object, with what belongs to it, were
// the only one in it; what the file tells of others is left out. It is for files
// that are not Tied. The error is a *syntax.Error.
func (l *Language) ParseAlone(path, text, object string) (*File, error) {
	tree, mistake := syntax.Parse(path, text)
	f, err := l.bind(tree, object)
	switch {
	case err != nil:
		return nil, err // it stands above the other
	case mistake != nil:
		return nil, mistake
	}
	return f, nil
}

// bind gives the commands of a tree their meaning.
func (l *Language) bind(tree *syntax.File, object string) (*File, error) {
	f := &File{Path: tree.Path, Seed: 1, language: l, tree: tree, setup: l.seam.Setup(), alone: object != ""}
	p := newParser(f, object)
	for _, b := range tree.Blocks {
		var steps []step
		for _, line := range b.Lines {
			if len(line.Words) == 0 {
				f.comment(line)
				continue
			}
			s, err := p.command(line)
			if err != nil {
				return nil, err
			}
			steps = append(steps, s)
		}
		f.steps = append(f.steps, steps)
	}
	for _, line := range tree.Tail {
		f.comment(line)
	}
	return f, nil
}

// comment reads what a comment says about the file.
func (f *File) comment(line syntax.Line) {
	if about, ok := strings.CutPrefix(line.Text, "# About: "); ok {
		f.About = about
	}
	if text, _ := line.Comment(); f.Title == "" {
		f.Title = text
	}
}

// Text is the file as it stands.
func (f *File) Text() string { return f.tree.String() }
