package edge

import (
	"k8s.io/apimachinery/pkg/types"

	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/scenarios/edge/invariant"
)

// checked counts the checks, and holds how many versions of each object were checked.
type checked struct {
	times int
	seen  map[types.UID]int
}

// Checks returns how many times the invariants were checked on an object.
func (w *World) Checks() int { return w.checked.times }

// Check checks the invariants on every object with new evidence: another version, or
// another request. A change that a device makes by itself matters only once somebody
// observes it.
func (w *World) Check() error { return w.checkAll(false) }

// checkAll checks every object with new evidence, or every object if all is set.
func (w *World) checkAll(all bool) error {
	histories, err := w.Histories()
	if err != nil {
		return err
	}
	known := w.Record()
	w.record.mu.Lock()
	defer w.record.mu.Unlock()
	for _, h := range histories {
		uid, name := h.Versions[0].Object.GetUID(), h.Versions[0].Object.GetName()
		if !all && w.checked.seen[uid] == len(h.Versions) && !w.record.unchecked[name] {
			continue
		}
		w.checked.seen[uid] = len(h.Versions)
		w.checked.times++
		if v := invariant.Check(w.evidence(h, known)); v != nil {
			return w.Violated(*v)
		}
	}
	w.record.prune(histories, known)
	return nil
}

// present returns the newest versions of the DeviceDeployments that exist, in the
// order of their creation.
func (w *World) present() ([]*v1.DeviceDeployment, error) {
	objects, err := w.Present()
	var all []*v1.DeviceDeployment
	for _, o := range objects {
		all = append(all, o.(*v1.DeviceDeployment))
	}
	return all, err
}
