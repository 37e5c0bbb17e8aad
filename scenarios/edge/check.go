package edge

import (
	"k8s.io/apimachinery/pkg/types"

	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/scenarios/edge/invariant"
)

// checked counts what was checked, and remembers how many versions of each
// object that were.
type checked struct {
	times int
	seen  map[types.UID]int
}

// Checks is how many times the invariants were checked on some object.
func (w *World) Checks() int { return w.checked.times }

// Check checks the invariants on every object of which there is new evidence:
// another version, or a request in its name. What a device does by time alone
// matters only once somebody asks.
func (w *World) Check() error { return w.checkAll(false) }

func (w *World) checkAll(old bool) error {
	all, err := w.Histories()
	if err != nil {
		return err
	}
	known := w.Record()
	w.record.mu.Lock()
	defer w.record.mu.Unlock()
	for _, h := range all {
		uid, name := h.Versions[0].Object.GetUID(), h.Versions[0].Object.GetName()
		if !old && w.checked.seen[uid] == len(h.Versions) && !w.record.fresh[name] {
			continue
		}
		w.checked.seen[uid] = len(h.Versions)
		w.checked.times++
		if v := invariant.Check(w.evidence(h, known)); v != nil {
			return w.Violated(*v)
		}
	}
	w.record.prune(all, known)
	return nil
}

// present are the newest versions of the DeviceDeployments that aren't deleted, in
// the order of their creation.
func (w *World) present() ([]*v1.DeviceDeployment, error) {
	objects, err := w.Present()
	var all []*v1.DeviceDeployment
	for _, o := range objects {
		all = append(all, o.(*v1.DeviceDeployment))
	}
	return all, err
}
