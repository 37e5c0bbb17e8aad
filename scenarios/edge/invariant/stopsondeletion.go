package invariant

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// StopsOnDeletion is the invariant that the operator leaves an object alone while
// somebody's finalizer holds up its deletion.
type StopsOnDeletion struct{}

// Promise is the invariant in one sentence.
func (StopsOnDeletion) Promise() string {
	return "once an object is being deleted, a controller that can know so stores that, makes no more transitions, and sends no more requests to the device"
}

// Check looks at what happened after the deletion.
func (StopsOnDeletion) Check(e Evidence) *Breach {
	deleted, said := e.deletion()
	if deleted == nil {
		return nil
	}
	at := describe(positionOf(deleted.Object))
	for _, v := range e.Versions {
		if v.Object.DeletionTimestamp != nil && positionOf(v.Object) != positionOf(deleted.Object) && !e.Foreign[v.Object.ResourceVersion] {
			return breach(v.At, fmt.Sprintf("no transition from %s, since the object is being deleted", at), describe(positionOf(v.Object)))
		}
	}
	reconciles := e.reconciles()
	for n, r := range reconciles {
		if !e.isCurrent(r.began()) {
			continue
		}
		knows := r.began().After(deleted.At) && !e.stale(r.began()) || said != nil && e.wrote(said.Operation, r)
		writes := false
		for _, o := range r {
			switch {
			case knows && o.toDevice():
				return breach(o.Began, "no more requests to the device, since the object is being deleted", o.String())
			case o.Kind == Read && o.Read != nil && o.Read.DeletionTimestamp != nil:
				knows, writes = true, true
			}
		}
		if last := r[len(r)-1]; writes && last.Kind != Write && deleted.status() != nil && !saysDeleting(last.Read) && e.isOver(reconciles[n+1:], r) {
			return breach(last.Began, "the status says next that the object is being deleted", "nothing is written")
		}
	}
	if deleted.status() == nil || saysDeleting(deleted.Object) {
		return nil
	}
	return e.notLate("the status says that the object is being deleted", deleted.At, e.lasts(said))
}

// deletion returns the first version with a deletionTimestamp, and the first one whose
// status says so; each is nil if there is none.
func (e Evidence) deletion() (deleted, said *Version) {
	for n := range e.Versions {
		v := &e.Versions[n]
		if deleted == nil && v.Object.DeletionTimestamp != nil {
			deleted = v
		}
		if said == nil && deleted != nil && saysDeleting(v.Object) {
			said = v
		}
	}
	return deleted, said
}

// wrote says whether an operation was made by the same controller before a reconcile
// began. The controller then knows of it even if its cache is stale.
func (e Evidence) wrote(number int, r reconcile) bool {
	return slices.ContainsFunc(e.Operations, func(o Operation) bool {
		return number > 0 && o.Number == number && o.By == r.by() && number < r[0].Number
	})
}

// saysDeleting says whether an object's conditions report that it is being deleted.
func saysDeleting(o *v1.DeviceDeployment) bool {
	if o == nil {
		return false
	}
	c := meta.FindStatusCondition(o.Status.Conditions, v1.ConditionProgressing)
	return c != nil && c.Reason == v1.ReasonDeleting
}
