package edge

import (
	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/world"
	"example.com/edge-device-operator/scenarios/edge/invariant"
)

// lateWrite adds the arrival of a late write. Only the sender's operation has a number
// and belongs to a reconcile; that one ended when the sender got no answer, and this
// one explains what was stored later. left is how many operations had left by then.
func (r *record) lateWrite(x process.Exchange, left int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o := invariant.Operation{
		Kind: invariant.Write, Late: x.Number, Left: left,
		By: world.ControllerName(x.Incarnation), For: x.Object, Began: x.Began, Ended: x.Ended, Status: x.Status,
	}
	if dd := objectIn(x); dd != nil {
		o.Version = dd.ResourceVersion
	}
	r.operations[x.Object] = append([]invariant.Operation{o}, r.operations[x.Object]...)
	r.unchecked[x.Object] = true
}
