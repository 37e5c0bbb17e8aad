package edge

import (
	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/world"
	"example.com/edge-device-operator/scenarios/edge/invariant"
)

// arrived notes a write that has been on its way: while it was, its sender
// waited for the answer, or had given up, and what it wrote couldn't come
// earlier. It is part of no reconcile, and has no number: its sender's own end
// of it has.
func (r *record) arrived(x process.Exchange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o := invariant.Operation{Kind: invariant.Write, By: world.ControllerName(x.Incarnation), For: x.Object, Began: x.Began, Ended: x.Ended, Status: x.Status}
	r.operations[x.Object] = append([]invariant.Operation{o}, r.operations[x.Object]...)
	r.fresh[x.Object] = true
}
