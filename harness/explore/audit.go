package explore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/scenario/syntax"
	"example.com/edge-device-operator/harness/trace"
)

// merged is a kill that was taken to be the same as another one.
type merged struct {
	recording *recording
	stands    Fault // the one that was played
	merged    Fault // the one that wasn't
}

// audits play some of the kills that were merged with others: from the kill on, each
// has to go as the one does that stands for it, but for the numbers of the requests.
func (x *exploration) audits(recordings []*recording, all []Fault) (jobs []job) {
	var every []merged
	for _, f := range all {
		for _, p := range f.same {
			m := f
			m.point, m.Command = p, killAt(p, f.away)
			every = append(every, merged{recordings[f.recording], f, m})
		}
	}
	for _, m := range sample(every, x.Audit, x.Seed, auditStream) {
		jobs = append(jobs, job{run: Run{Scenario: m.recording.name, Faults: []Fault{m.stands, m.merged}}, play: func(ctx context.Context) outcome {
			return outcome{err: x.compare(ctx, m)}
		}})
	}
	return jobs
}

// Each use of the seed has a stream of its own.
const (
	auditStream = iota
	repeatStream
	orderStream
)

// sample draws so many of all, or all if there are no more.
func sample[T any](all []T, most int, seed, stream uint64) []T {
	random := rand.New(rand.NewPCG(seed, stream))
	random.Shuffle(len(all), func(a, b int) { all[a], all[b] = all[b], all[a] })
	return all[:min(most, len(all))]
}

// compare plays both, and says where they differ.
func (x *exploration) compare(ctx context.Context, m merged) error {
	a, b := x.run(ctx, m.recording, []Fault{m.stands}), x.run(ctx, m.recording, []Fault{m.merged})
	if a.err != nil || b.err != nil {
		return errors.Join(a.err, b.err)
	}
	unlike := func(what string) error {
		return fmt.Errorf("%s: %s was taken to be the same as %s, and is not: %s", m.recording.name, m.merged.Command, m.stands.Command, what)
	}
	one, other := since(a.result.Events, m.stands.point), since(b.result.Events, m.merged.point)
	for n := range max(len(one), len(other)) {
		if n < len(one) && n < len(other) && reflect.DeepEqual(one[n], other[n]) {
			continue
		}
		return unlike(fmt.Sprintf("then comes %s, and not %s", nth(other, n), nth(one, n)))
	}
	for n := range max(len(a.result.Rests), len(b.result.Rests)) {
		if n >= len(a.result.Rests) || n >= len(b.result.Rests) {
			return unlike("it comes to rest at other commands")
		}
		if d := difference(a.result.Rests[n].Ends, b.result.Rests[n].Ends); d != nil {
			return unlike(fmt.Sprintf("in the end it breaks %q", syntax.Block{Lines: d}.Commands()))
		}
	}
	return nil
}

// since are the events after a kill, each work's requests numbered from there.
func since(events []trace.Event, p process.CrashPoint) []trace.Event {
	return renumbered(events, killedAt(events, p)+1, p)
}

// killedAt is the place of a kill among the events, their number if it isn't there.
func killedAt(events []trace.Event, p process.CrashPoint) int {
	for n, e := range events {
		if e.Kind == trace.Kill && e.String(trace.Side) == string(p.Side) && e.String(trace.RequestSubject) == p.Object && e.Int(trace.RequestNumber) == p.Number {
			return n
		}
	}
	return len(events)
}

// renumbered are the events from a place on, each work's requests numbered from there:
// after a kill before a request, that one has been. One that arrives late was sent before,
// and has kept its number.
func renumbered(events []trace.Event, from int, p process.CrashPoint) (after []trace.Event) {
	before := map[string]int{}
	for _, e := range events[:min(from, len(events))] {
		before[e.Subject] = max(before[e.Subject], e.Number)
	}
	if p.Side == process.Before {
		before[p.Object] = p.Number
	}
	for _, e := range events[min(from, len(events)):] {
		e.Reconcile = 0 // it was counted in another life, or by another way
		if e.Number > before[e.Subject] {
			e.Number -= before[e.Subject]
		}
		after = append(after, e)
	}
	return after
}

func nth(all []trace.Event, n int) string {
	if n >= len(all) {
		return "nothing"
	}
	return fmt.Sprintf("%v %s +%d %s", all[n].At, all[n].Subject, all[n].Number, trace.Say(all[n], nil))
}
