package explore

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/trace"
)

// repeatable is a run that can be played a second time.
type repeatable struct {
	run  Run
	file func() (*scenario.File, error)
}

// repeat plays some of all runs twice, and compares. What isn't the same each time can't
// be replayed, and its violations can't be shrunk: the operator goes by the time of day,
// say, or by the order of a map.
func (x *exploration) repeat(ctx context.Context, recordings []*recording, faults []Fault, worlds int) error {
	var all []repeatable
	of := func(r *recording, faults ...Fault) {
		all = append(all, repeatable{Run{Scenario: r.name, Faults: faults}, func() (*scenario.File, error) {
			return x.parse(r.script, r.script.text(faults))
		}})
	}
	for _, r := range recordings {
		of(r)
	}
	for _, f := range faults {
		of(recordings[f.recording], f)
	}
	for n := range worlds {
		all = append(all, repeatable{Run{Scenario: x.worldName(n)}, func() (*scenario.File, error) { return x.world(n) }})
	}
	var jobs []job
	for _, r := range sample(all, x.Repeat, x.Seed, repeatStream) {
		jobs = append(jobs, job{run: r.run, play: func(ctx context.Context) outcome { return outcome{err: x.twice(ctx, r)} }})
	}
	return x.perform(ctx, Repeats, len(jobs), 0, jobs)
}

// twice plays a run twice. The error says where the two go apart.
func (x *exploration) twice(ctx context.Context, r repeatable) error {
	o := scenario.Options{World: x.World, FullTrace: true}
	o.World.Stored = true
	var both [2]outcome
	for n := range both {
		f, err := r.file()
		if err != nil {
			return err
		}
		if both[n] = x.playFile(ctx, f, outcome{}, o); both[n].err != nil {
			return both[n].err
		}
	}
	if where := goApart(both[0].result.Events, both[1].result.Events); where != "" {
		return fmt.Errorf("it isn't the same each time that it is played: %s", where)
	}
	for n := range both[0].result.Rests {
		if d := difference(both[0].result.Rests[n].Ends, both[1].result.Rests[n].Ends); d != nil {
			return errors.New("it isn't the same each time that it is played, though each request is: " + d[0].Text)
		}
	}
	return nil
}

// goApart says where the events of two runs go apart: at which request of whom, and in
// which field. It is empty if they are the same.
func goApart(one, other []trace.Event) string {
	for n := range max(len(one), len(other)) {
		switch {
		case n >= len(one):
			return fmt.Sprintf("%s comes the second time only", which(other[n]))
		case n >= len(other):
			return fmt.Sprintf("%s comes the first time only", which(one[n]))
		case reflect.DeepEqual(one[n], other[n]):
			continue
		}
		a, b := one[n], other[n]
		switch {
		case which(a) != which(b):
			return fmt.Sprintf("first comes %s, and then %s", which(a), which(b))
		case a.At != b.At:
			return fmt.Sprintf("%s comes at %v, and then at %v", which(a), a.At, b.At)
		case trace.Say(a, nil) != trace.Say(b, nil):
			return fmt.Sprintf("%s is first %q, and then %q", which(a), trace.Say(a, nil), trace.Say(b, nil))
		}
		field, x, y := apartAt("", fields(a), fields(b))
		return fmt.Sprintf("%s: %s is first %v, and then %v", which(a), field, x, y)
	}
	return ""
}

// which says which event it is: whose, its number, and what it does.
func which(e trace.Event) string {
	if e.Number == 0 {
		return fmt.Sprintf("%s: %s", e.Actor, trace.Say(e, nil))
	}
	return fmt.Sprintf("%s: %s", e.Actor, what(e))
}

// fields are what an event carries: its own fields, and those of the object that was
// stored.
func fields(e trace.Event) map[string]any {
	all := maps.Clone(e.Stored)
	if all == nil {
		all = map[string]any{}
	}
	for _, f := range e.Fields {
		all[f.Key] = f.Value
	}
	return all
}

// apartAt is the path of the first field in which two values differ, and its values.
func apartAt(path string, a, b any) (field string, x, y any) {
	one, isMap := a.(map[string]any)
	if other, both := b.(map[string]any); isMap && both {
		keys := maps.Clone(one)
		maps.Copy(keys, other)
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			if !same(one[key], other[key]) {
				return apartAt(path+"."+key, one[key], other[key])
			}
		}
	}
	all, isList := a.([]any)
	if others, both := b.([]any); isList && both && len(all) == len(others) {
		for n := range all {
			if !same(all[n], others[n]) {
				return apartAt(fmt.Sprintf("%s[%d]", path, n), all[n], others[n])
			}
		}
	}
	if path != "" {
		path = path[1:]
	}
	return path, a, b
}
