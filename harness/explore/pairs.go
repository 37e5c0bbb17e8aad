package explore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/trace"
)

// Two faults can do what neither does alone: the second one strikes while the operator
// recovers from the first. Many first faults lead to the same recovery, and of these
// only one gets all second faults. Two recoveries are the same if the same had an effect
// before them, and the same happens in them. What a living process remembers is only
// seen by what it does: that is no proof. So each fault that no process dies of is also
// tried twice in a row.

// recovery is what happens in a run from its fault on.
type recovery struct {
	recording *recording
	first     Fault
	id        string
	seconds   []Fault // what else can go wrong in it
}

// recovery reads what happened after the fault of a run, nil if nothing did.
func (x *exploration) recovery(r *recording, first Fault, out outcome) (*recovery, error) {
	events := out.result.Events
	from := r.struck(first, events)
	if from >= len(events) {
		return nil, nil
	}
	sum := sha256.New()
	// Up to its fault a run is the recording, so that their number says which they were.
	effects := 0
	for _, e := range events[:from] {
		if e.Effect || e.Number == 0 {
			effects++
		}
	}
	fmt.Fprintln(sum, effects) // never an error
	for _, e := range renumbered(events, from, first.point) {
		text, err := json.Marshal(e)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(sum, "%d %t %t %s\n", e.At, e.Early, e.Effect, text) // never an error
	}
	after := &recording{name: r.name, script: r.script, result: out.result}
	after.locate(out.Faults)
	after.operations = after.read(from)
	rec := &recovery{recording: r, first: first, id: hex.EncodeToString(sum.Sum(nil)[:8]), seconds: x.enumerate(after, from)}
	for n := range rec.seconds {
		rec.seconds[n].same = nil // they aren't audited
	}
	return rec, nil
}

// struck is the place of the first event after a fault of a run: after the kill, or
// else after the first event that differs from the recording.
func (r *recording) struck(f Fault, events []trace.Event) int {
	if f.point != (process.CrashPoint{}) {
		return killedAt(events, f.point) + 1
	}
	for n, e := range events {
		if n >= len(r.result.Events) || !reflect.DeepEqual(e, r.result.Events[n]) {
			return n + 1
		}
	}
	return len(events)
}

// again is the index of the second fault that does to the next request of its kind what
// the first one did, -1 if there is none. What the operator does about a fault is mostly
// to try again, so these come before all others.
func (r *recovery) again() int {
	first := r.first.unnumbered()
	return slices.IndexFunc(r.seconds, func(f Fault) bool { return f.Kind == r.first.Kind && f.unnumbered() == first })
}

// onlyAgain leaves no other second fault than the same one again, and none after a kill: a
// dead process remembers nothing.
func (r *recovery) onlyAgain() {
	again := r.again()
	if again < 0 || r.first.point != (process.CrashPoint{}) {
		r.seconds = nil
		return
	}
	r.seconds = r.seconds[again : again+1]
}

// unnumbered says what is done to what, without the request's number.
func (f Fault) unnumbered() string {
	request, action, _ := strings.Cut(f.What, " ")
	work := request[:max(strings.LastIndex(request, "#"), 0)]
	return strings.Join([]string{strings.ReplaceAll(f.Command, request, ""), work, action}, " ")
}

// pair plays scenarios with a second fault during each of the recoveries.
func (x *exploration) pair(ctx context.Context, recoveries []*recovery) error {
	var all []Fault
	for n, r := range recoveries {
		again := r.again()
		for m, second := range r.seconds {
			if x.clashes(r.recording, r.first, second) {
				continue
			}
			second.recording = n
			if second.rank += r.first.rank; m == again {
				second.rank = r.first.rank - lookRank
			}
			all = append(all, second)
		}
	}
	all = inTurn(all, x.Seed)
	planned, later := len(all), x.later()[1:]
	all = all[:min(planned, x.most(later...))]
	x.taken += len(all)
	var jobs []job
	for _, second := range all {
		of := recoveries[second.recording]
		faults := []Fault{of.first, second}
		jobs = append(jobs, job{run: Run{Scenario: of.recording.name, Faults: faults}, play: func(ctx context.Context) outcome {
			return x.play(ctx, of.recording, faults)
		}})
	}
	return x.perform(ctx, Pairs, planned, x.until(len(later)), jobs)
}
