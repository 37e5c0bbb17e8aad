package invariant

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// LetsGo is the invariant that an object which is being deleted, and which
// somebody's finalizer still holds, is as good as gone.
type LetsGo struct{}

// Promise says it in one sentence.
func (LetsGo) Promise() string {
	return "once an object is being deleted, a controller that can know so stores that, takes no step any more, and begins no request to the device"
}

// Check looks at what came after the deletion.
func (LetsGo) Check(e Evidence) *Breach {
	deleted, said := e.deletion()
	if deleted == nil {
		return nil
	}
	at := describe(positionOf(deleted.Object))
	for _, v := range e.Versions {
		if v.Object.DeletionTimestamp != nil && positionOf(v.Object) != positionOf(deleted.Object) && !e.Foreign[v.Object.ResourceVersion] {
			return breach(v.At, fmt.Sprintf("no step any more from %s, since the object is being deleted", at), describe(positionOf(v.Object)))
		}
	}
	turns := e.turns()
	for n, t := range turns {
		if !e.isCurrent(t.began()) {
			continue
		}
		knows := t.began().After(deleted.At) && !e.stale(t.began()) || said != nil && e.wrote(said.Operation, t)
		writes := false
		for _, o := range t {
			switch {
			case knows && o.toDevice():
				return breach(o.Began, "no request to the device any more, since the object is being deleted", o.String())
			case o.Kind == Read && o.Read != nil && o.Read.DeletionTimestamp != nil:
				knows, writes = true, true
			}
		}
		if last := t[len(t)-1]; writes && last.Kind != Write && deleted.status() != nil && !saysDeleting(last.Read) && e.isOver(turns[n+1:], t) {
			return breach(last.Began, "the status says next that the object is being deleted", "nothing is written")
		}
	}
	if deleted.status() == nil || saysDeleting(deleted.Object) {
		return nil
	}
	what, by := "the status says that the object is being deleted", e.Now
	if said != nil {
		by = said.At
	} else if !e.Deleted.IsZero() {
		by = e.Deleted
	}
	return e.notLate(what, deleted.At, by)
}

// deletion is the version at which an object began to be deleted, and the one
// that says so in its status; each is nil where there is none.
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

// wrote says whether an operation was the controller's own, before a reconcile
// of its began: then not even an old cache keeps it from knowing.
func (e Evidence) wrote(number int, t turn) bool {
	return slices.ContainsFunc(e.Operations, func(o Operation) bool {
		return number > 0 && o.Number == number && o.By == t.by() && number < t[0].Number
	})
}

// saysDeleting says whether an object's status says that it is being deleted.
func saysDeleting(o *v1.DeviceDeployment) bool {
	if o == nil {
		return false
	}
	c := meta.FindStatusCondition(o.Status.Conditions, v1.ConditionProgressing)
	return c != nil && c.Reason == v1.ReasonDeleting
}
