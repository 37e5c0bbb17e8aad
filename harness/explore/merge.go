package explore

import (
	"slices"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/world"
)

// A dead process keeps no memory. So a kill around a request that changes nothing is
// the same as one before the next request that does, and a kill after a request is the
// same as one before the next, as long as no time passes between, and nobody else does
// anything. Requests that are in flight together are left apart. What the controller
// does for other keys it finishes in that instant in any case, unless the schedule is
// sequential. What is not looked at here are Events, which have no numbers, and by which
// no controller goes.
//
// A request that is never made shifts the numbers of those after it. That is no matter
// unless the script has something wait for one of them.

// crashes are the kills of a recording that are distinct, each with those that are the
// same.
func (x *exploration) crashes(r *recording) (all []Fault) {
	of := map[string]int{} // the newest of each work
	for n, op := range r.operations {
		for _, side := range []process.Side{process.Before, process.After} {
			f := Fault{Kind: Killed, Line: op.line, What: what(op.Event), rank: op.rank(), point: process.CrashPoint{Operation: op.Operation, Side: side}}
			r.points++
			last, known := of[op.Operation.Object]
			if known && !x.NoMerge && r.same(n, side) {
				same := &all[last]
				// The one after a change says best what it is.
				same.same = append(same.same, f.point)
				continue
			}
			of[op.Operation.Object] = len(all)
			all = append(all, f)
		}
		if op.Effect {
			r.effective++
		}
	}
	r.distinct = len(all)
	return all
}

// same says whether a kill on a side of the n-th operation is the same as one on the
// side before it: before the operation, that is after the last one of the same work.
func (r *recording) same(n int, side process.Side) bool {
	op := r.operations[n]
	if op.FannedOut {
		return false
	}
	if side == process.After {
		return !op.Effect && op.Began == op.At && op.line == op.over && !slices.Contains(r.script.named, op.Operation)
	}
	if slices.ContainsFunc(r.script.named, func(named process.Operation) bool {
		return named.Object == op.Operation.Object && named.Number >= op.Operation.Number
	}) {
		return false
	}
	for m := n - 1; m >= 0; m-- {
		before := r.operations[m]
		if before.Operation.Object != op.Operation.Object {
			continue
		}
		return before.At == op.Began && before.over == op.line && before.Actor == op.Actor &&
			!before.Concurrent && !op.Concurrent && (r.result.Schedule == world.Parallel || before.alone && op.alone)
	}
	return false
}
