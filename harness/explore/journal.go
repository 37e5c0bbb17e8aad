package explore

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"reflect"
	"slices"
	"strings"
	"time"
)

// A journal is what an exploration writes while it goes on: JSON, a line for each run.
// From it, one that was interrupted goes on, and the parts of one that was divided are
// put together again.

// Version is that of the journal's format.
const Version = "explore/1"

// Line is a line of a journal: one of its fields is set.
type Line struct {
	// Header is the first line.
	Header *Header `json:"header,omitempty"`
	// Planned stands before the runs of a stage.
	Planned *Planned `json:"planned,omitempty"`
	// Run is a run that is over.
	Run *Run `json:"run,omitempty"`
}

// Header says what is explored.
type Header struct {
	Version   string    `json:"version"`
	Arguments Arguments `json:"arguments"`
	// Scenarios are the scenarios, in order.
	Scenarios []Text `json:"scenarios,omitempty"`
	Shard     Shard  `json:"shard,omitzero"`
}

// Arguments are those of the Options that decide which runs there are.
type Arguments struct {
	Faults  []Kind          `json:"faults,omitempty"`
	Away    []time.Duration `json:"away"` // in nanoseconds, as Rest
	Rest    time.Duration   `json:"rest"`
	Runs    int             `json:"runs,omitempty"`
	Depth   int             `json:"depth,omitempty"`
	Worlds  int             `json:"worlds,omitempty"`
	NoMerge bool            `json:"noMerge,omitempty"`
	Audit   int             `json:"audit,omitempty"`
	Repeat  int             `json:"repeat,omitempty"`
	First   bool            `json:"first,omitempty"`
	Seed    uint64          `json:"seed"`
}

// Text is a scenario's name, and a hash of its text.
type Text struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// Planned says how many runs a stage has, before any is left out.
type Planned struct {
	Stage Stage `json:"stage"`
	Runs  int   `json:"runs"`
}

// Run is what came of a run.
type Run struct {
	Stage Stage `json:"stage"`
	// N is its place in the stage, the most telling first.
	N int `json:"n"`
	// Scenario is the scenario's name.
	Scenario string `json:"scenario"`
	// Faults are what went wrong in it.
	Faults []Fault `json:"faults,omitempty"`

	// Points, Effective and Distinct are those of a scenario without a fault, as in
	// Report, and Record is a hash of what happened.
	Points    int    `json:"points,omitempty"`
	Effective int    `json:"effective,omitempty"`
	Distinct  int    `json:"distinct,omitempty"`
	Record    string `json:"record,omitempty"`
	// Recovery is a hash of what happened after a fault, where a second one is to come.
	Recovery string `json:"recovery,omitempty"`

	// Violation is what it broke, nil if it broke nothing.
	Violation *Violation `json:"violation,omitempty"`
	// Unmet says that the fault never came about.
	Unmet bool `json:"unmet,omitempty"`
	// Moved says which requests have other numbers than the scenario says.
	Moved []string `json:"moved,omitempty"`
	// Inapplicable says why the script couldn't be played on, empty if it could.
	Inapplicable string `json:"inapplicable,omitempty"`
	// Error says why nothing can be said of the run, empty if something can.
	Error string `json:"error,omitempty"`
}

// key tells the runs of an exploration apart.
func (r Run) key() string {
	key := fmt.Sprintf("%s %s", r.Stage, r.Scenario)
	for _, f := range r.Faults {
		key += fmt.Sprintf("\n%d %s", f.Line, f.Command)
	}
	return key
}

// Header is the first line of the journal of an exploration with these options.
func (o Options) Header() Header {
	o = o.withDefaults()
	h := Header{Version: Version, Shard: o.Shard, Arguments: Arguments{
		Faults: o.Faults, Away: o.Away, Rest: o.Rest, Runs: o.Runs, Depth: o.Depth, Worlds: o.Worlds, NoMerge: o.NoMerge, Audit: o.Audit, Repeat: o.Repeat, First: o.First, Seed: o.Seed,
	}}
	for _, f := range o.Files {
		h.Scenarios = append(h.Scenarios, Text{f.Name(), hash(f.Text())})
	}
	return h
}

// hash is the beginning of a text's SHA-256.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// Differs says in what two headers differ, other than in the shard; it is empty if
// they don't.
func (h Header) Differs(other Header) string {
	switch {
	case h.Version != other.Version:
		return fmt.Sprintf("version %s and %s", h.Version, other.Version)
	case len(h.Scenarios) != len(other.Scenarios):
		return fmt.Sprintf("%d and %d scenarios", len(h.Scenarios), len(other.Scenarios))
	}
	for n, s := range h.Scenarios {
		switch o := other.Scenarios[n]; {
		case s.Name != o.Name:
			return fmt.Sprintf("scenarios %s and %s", s.Name, o.Name)
		case s != o:
			return fmt.Sprintf("the text of scenario %s", s.Name)
		}
	}
	a, b := reflect.ValueOf(h.Arguments), reflect.ValueOf(other.Arguments)
	for n := range a.NumField() {
		if x, y := a.Field(n).Interface(), b.Field(n).Interface(); !reflect.DeepEqual(x, y) {
			return fmt.Sprintf("%s %v and %v", strings.ToLower(a.Type().Field(n).Name), x, y)
		}
	}
	return ""
}

// Journal is a journal that was read.
type Journal struct {
	Header  Header
	Planned []Planned
	Runs    []Run
	// Length is how many bytes of it are whole lines: what follows was being written
	// when its writer ended.
	Length int64
}

// ReadJournal reads a journal. It leaves a last line out that isn't whole.
func ReadJournal(in io.Reader) (j Journal, err error) {
	lines := bufio.NewReader(in)
	for n := 1; ; n++ {
		text, err := lines.ReadBytes('\n')
		switch {
		case errors.Is(err, io.EOF) && j.Header.Version == "":
			return j, errors.New("it is no journal: it has no header")
		case errors.Is(err, io.EOF):
			return j, nil
		case err != nil:
			return j, err
		}
		if err := j.add(text, n); err != nil {
			if n == 1 {
				return j, err
			}
			return j, fmt.Errorf("line %d: %w", n, err)
		}
		j.Length += int64(len(text))
	}
}

func (j *Journal) add(text []byte, n int) error {
	var l Line
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	switch err := decoder.Decode(&l); {
	case n == 1 && (err != nil || l.Header == nil):
		return errors.New("it is no journal: it has no header")
	case n == 1 && l.Header.Version != Version:
		return fmt.Errorf("its version is %s, and %s is what can be read", l.Header.Version, Version)
	case err != nil:
		return err
	}
	switch {
	case l.Header != nil && n > 1:
		return errors.New("a second header")
	case l == (Line{}):
		return errors.New("neither what is planned nor a run")
	}
	j.Keep(l)
	return nil
}

// Keep adds a line.
func (j *Journal) Keep(l Line) {
	switch {
	case l.Header != nil:
		j.Header = *l.Header
	case l.Planned != nil:
		j.Planned = append(j.Planned, *l.Planned)
	case l.Run != nil:
		j.Runs = append(j.Runs, *l.Run)
	}
}

// Lines are its lines.
func (j Journal) Lines() iter.Seq[Line] {
	return func(yield func(Line) bool) {
		if !yield(Line{Header: &j.Header}) {
			return
		}
		for _, p := range j.Planned {
			if !yield(Line{Planned: &p}) {
				return
			}
		}
		for _, r := range j.Runs {
			if !yield(Line{Run: &r}) {
				return
			}
		}
	}
}

// Join puts the journals of one exploration's shards together; what several of them
// have is there once.
func Join(journals ...Journal) (whole Journal) {
	whole.Header = journals[0].Header
	whole.Header.Shard = Shard{}
	known, planned := map[string]bool{}, map[Stage]int{}
	for _, j := range journals {
		for _, p := range j.Planned {
			planned[p.Stage] = max(planned[p.Stage], p.Runs)
		}
		for _, r := range j.Runs {
			if !known[r.key()] {
				known[r.key()] = true
				whole.Runs = append(whole.Runs, r)
			}
		}
	}
	for _, stage := range stages {
		if runs, is := planned[stage]; is {
			whole.Planned = append(whole.Planned, Planned{stage, runs})
		}
	}
	whole.Runs = inStages(whole.Runs)
	return whole
}

// inStages sorts runs.
func inStages(runs []Run) []Run {
	runs = slices.Clone(runs)
	slices.SortFunc(runs, func(a, b Run) int {
		return cmp.Or(slices.Index(stages, a.Stage)-slices.Index(stages, b.Stage), a.N-b.N, strings.Compare(a.key(), b.key()))
	})
	return runs
}
