package explore

import (
	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/world"
)

// A dead process keeps no memory. So a kill around a request that changes nothing is
// the same as one before the next request that does, and a kill after a request is the
// same as one before the next, as long as no time passes between, and nobody else does
// anything. What the controller does for other keys it finishes in that instant in any
// case, unless the schedule is sequential. What is not looked at here are Events, which
// have no numbers, and by which no controller goes.

// crashes are the kills of a recording that are distinct, each with those that are the
// same.
func (x *exploration) crashes(r *recording) (all []Fault) {
	of := map[string]int{} // the newest of each work
	for n, op := range r.operations {
		for _, side := range []process.Side{process.Before, process.After} {
			f := Fault{Kind: Killed, Line: op.line, What: what(op.Event), point: process.CrashPoint{Operation: op.Operation, Side: side}}
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
	if side == process.After {
		return !op.Effect
	}
	for m := n - 1; m >= 0; m-- {
		before := r.operations[m]
		if before.Operation.Object != op.Operation.Object {
			continue
		}
		return before.At == op.At && before.line == op.line && before.Actor == op.Actor &&
			!before.Concurrent && !op.Concurrent && (r.result.Schedule == world.Parallel || before.alone && op.alone)
	}
	return false
}
