package invariant

import (
	"fmt"
	"slices"
	"time"

	apiequality "k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"

	"example.com/edge-device-operator/devicesim"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/rollout"
)

// Reported is the invariant that while a rollout makes no progress, its status says
// why.
type Reported struct{}

// Promise is the invariant in one sentence.
func (Reported) Promise() string {
	return "the first error of a stay in a phase is reported in the status at once, and a change not before a minute has passed since the last report, and then at the next observation: errors that an observation or a POST of that stay really met, and a POST that was not accepted until an observation shows its effect"
}

// reportInterval is the least time between two reports of one stay.
const reportInterval = time.Minute

// Check goes through the stays in a phase.
func (Reported) Check(e Evidence) *Breach {
	for n, v := range e.Versions {
		s := v.status()
		if s == nil || n > 0 && isReport(e.Versions[n-1].Object, v.Object) {
			continue
		}
		if s.DeviceErrors != nil && n > 0 && positionOf(e.Versions[n-1].Object) != positionOf(v.Object) && !e.Foreign[v.Object.ResourceVersion] {
			return breach(v.At, fmt.Sprintf("no errors when the stay in %s begins", s.Phase), reportText(s.DeviceErrors))
		}
		end := n + 1
		for end < len(e.Versions) && isReport(e.Versions[end-1].Object, e.Versions[end].Object) {
			end++
		}
		if b := e.truthful(e.Versions[n:end]); b != nil {
			return b
		}
		if b := e.prompt(e.Versions[n:end], e.Versions[end:]); b != nil {
			return b
		}
		if b := e.current(e.Versions[n:end], e.Versions[end:]); b != nil {
			return b
		}
	}
	return nil
}

// truthful checks the reports of a stay: stay is the version that began it, and then
// its reports.
func (e Evidence) truthful(stay []Version) *Breach {
	for n, v := range stay[1:] {
		was := stay[n]
		before, _ := e.written(was)
		at, _ := e.written(v)
		if pause := at.Sub(before); n > 0 && pause < reportInterval {
			return breach(v.At, fmt.Sprintf("%v at least between two reports of %s", reportInterval, stay[0].Object.Status.Phase), fmt.Sprintf("%v between them", pause))
		}
		if expected := e.untrue(stay[0], was, v); expected != "" {
			return breach(v.At, expected, reportText(v.Object.Status.DeviceErrors))
		}
	}
	return nil
}

// untrue returns what a report should have said, empty if it is right.
func (e Evidence) untrue(begun, was, v Version) (expected string) {
	r, reported := e.reconcileOf(v.Operation), v.Object.Status.DeviceErrors
	if v.Operation == 0 {
		return ""
	}
	readings := r.observation()
	if len(readings) == 0 {
		return "an observation before a report"
	}
	last := readings[len(readings)-1]
	switch {
	case last.CalledOff:
		return fmt.Sprintf("no error, since %s was called off", last)
	case last.Status != 0 && last.Status != 200 && reported.Observe != string(UnexpectedStatus(last.Status)),
		last.Health == nil && reported.Observe == "":
		return fmt.Sprintf("the error of %s, which was answered with status %d", last, last.Status)
	case len(last.Met) > 0 && !slices.Contains(last.Met, rollout.DeviceError(reported.Observe)):
		return fmt.Sprintf("of %s: %v", last, last.Met[0])
	case len(last.Met) == 0 && len(readings) > 1 && agree(readings[len(readings)-2], last) && reported.Observe != "":
		return fmt.Sprintf("no error of the observation that %s ends", last)
	}
	failed, failedHere := 0, 0 // POSTs of this stay that were not accepted, and those of this reconcile
	for _, o := range e.Operations {
		if !o.posts() || o.Number <= begun.place() || o.Number > v.Operation || o.Status == 202 || o.CalledOff {
			continue
		}
		failed++
		if o.Reconcile != last.Reconcile || o.By != last.By {
			continue
		}
		failedHere++
		if o.Status != 0 && reported.Post != postRefused(o.Kind, o.Status) {
			return fmt.Sprintf("the error of %s, which was answered with status %d", o, o.Status)
		}
		if o.Status == 0 && len(o.Met) > 0 &&
			!slices.ContainsFunc(o.Met, func(e rollout.DeviceError) bool {
				return reported.Post == postUnanswered(o.Kind, e)
			}) {
			return fmt.Sprintf("of %s: %v", o, o.Met[0])
		}
	}
	before, effect := was.status().DeviceErrors, r.showsEffect(v)
	switch {
	case reported.Post != "" && failed == 0 && (before == nil || before.Post != reported.Post):
		return "no error of a POST, since none was refused"
	case reported.Post != "" && failedHere == 0 && effect:
		return "no error of a POST, since an observation shows its effect"
	case reported.Post == "" && before != nil && before.Post != "" && !effect:
		return "the POST that was not accepted, since no observation has shown its effect"
	}
	return ""
}

// showsEffect says whether an observation shows that a POST of a version's phase had its
// effect.
func (r reconcile) showsEffect(v Version) bool {
	readings := r.observation()
	return slices.Contains(r.observed(), rollout.NoError) && v.status().Phase == v1.Transferring && showsTransferOf(readings[len(readings)-1].Health, v.Object)
}

// showsTransferOf says whether a reading shows the transfer of an object's present
// attempt.
func showsTransferOf(h *devicesim.Health, o *v1.DeviceDeployment) bool {
	return h != nil && h.Transfer != nil && h.Transfer.Key == attemptKey(o.UID, o.Status.ObservedGeneration, o.Status.Attempts)
}

// prompt checks that the first error of a stay is reported by the reconcile that met
// it; later are the versions after the stay.
func (e Evidence) prompt(stay, later []Version) *Breach {
	begun, reconciles := stay[0], e.reconciles()
	if s := begun.status(); e.deadline(s.Phase) == 0 || s.ObservedGeneration != begun.Object.Generation || s.DeviceErrors != nil {
		return nil // nothing is observed, or somebody else made the transition and left the errors
	}
	for n, r := range reconciles {
		last := r[len(r)-1]
		switch {
		case r[0].Number <= begun.place(), r.began().Before(begun.At), len(later) > 0 && !r.ended().Before(later[0].At):
			continue // of another stay, or at its end
		case r.began().Equal(begun.At) && e.another(r) && !e.wrote(begun.Operation, r):
			continue // it may have begun with the version before
		case r.deviceError() == "", !e.isCurrent(r.began()), e.staleDuring(r), r.refused(), e.moreThanReport(last), !e.isOver(reconciles[n+1:], r):
			continue
		case len(stay) > 1 && (stay[1].Operation == 0 || stay[1].Operation <= last.Number):
			return nil
		}
		return breach(r.ended(), fmt.Sprintf("the status reports the first error in %s", begun.Object.Status.Phase), r.deviceError()+", and nothing is reported")
	}
	return nil
}

// current checks that once a minute has passed since a report, the status follows what an
// observation meets; later are the versions after the stay.
func (e Evidence) current(stay, later []Version) *Breach {
	reconciles := e.reconciles()
	for n, r := range reconciles {
		var v *Version
		for m := range stay {
			if stay[m].before(r[0]) {
				v = &stay[m]
			}
		}
		if v == nil || len(later) > 0 && !r.ended().Before(later[0].At) || v.Object.DeletionTimestamp != nil || v.Object.Generation != v.Object.Status.ObservedGeneration {
			continue
		}
		said, met := v.Object.Status.DeviceErrors, r.observed()
		last := r[len(r)-1]
		if said == nil || len(met) == 0 {
			continue
		}
		shown := r.observation()[len(r.observation())-1]
		effect := said.Post != "" && r.showsEffect(*v)
		switch {
		case slices.Contains(met, rollout.DeviceError(said.Observe)) && !effect, r.began().Sub(said.Time.Time) < reportInterval, said.Time.After(r.began()):
			continue
		case last.Kind == Write, !e.isCurrent(r.began()), e.staleDuring(r), r.refused(), !e.isOver(reconciles[n+1:], r), e.another(r):
			continue
		}
		if effect {
			return breach(r.ended(), fmt.Sprintf("the status reports no error of a POST, whose effect %s shows", shown), reportText(said))
		}
		return breach(r.ended(), fmt.Sprintf("the status reports %q, which %s met", met[0], shown), reportText(said))
	}
	return nil
}

// observed is how an observation ended: with one of these errors, or NoError. It is empty if
// that isn't known.
func (r reconcile) observed() []rollout.DeviceError {
	readings := r.observation()
	if len(readings) == 0 {
		return nil
	}
	last := readings[len(readings)-1]
	switch pair := readings.lastTwo(); {
	case last.CalledOff:
		return nil
	case last.Health == nil:
		return last.Met
	case len(pair) == 2 && agree(pair[0], pair[1]):
		return []rollout.DeviceError{rollout.NoError}
	}
	return nil
}

// deviceError describes the device error that a reconcile has to report, empty if there
// is none.
func (r reconcile) deviceError() string {
	found := ""
	for _, o := range r {
		switch {
		case o.Kind == Health && o.Health == nil:
			found = o.String() + " brought no reading"
		case o.Kind == Health:
			found = ""
		case o.posts() && o.Status != 202:
			found = o.String() + " was not accepted"
		}
	}
	return found
}

func reportText(e *v1.DeviceErrors) string {
	return fmt.Sprintf("reported: observe %q, post %q", e.Observe, e.Post)
}

// isReport says whether a version differs from the one before only in
// status.deviceErrors, and in the messages of conditions that follow from it. If
// somebody took a step and left the conditions of the phase before, a report puts them
// right.
func isReport(from, to *v1.DeviceDeployment) bool {
	if to.Status.DeviceErrors == nil || positionOf(from) != positionOf(to) || apiequality.Semantic.DeepEqual(from.Status.DeviceErrors, to.Status.DeviceErrors) {
		return false
	}
	before, after := withoutErrors(from), withoutErrors(to)
	if c := meta.FindStatusCondition(before.Conditions, v1.ConditionProgressing); c != nil && c.Reason != string(before.Phase) && c.Reason != v1.ReasonDeleting {
		before.Conditions, after.Conditions = nil, nil
	}
	return apiequality.Semantic.DeepEqual(before, after)
}

// withoutErrors returns an object's status without what a report may change.
func withoutErrors(o *v1.DeviceDeployment) *v1.DeviceDeploymentStatus {
	s := o.Status.DeepCopy()
	s.DeviceErrors = nil
	for n := range s.Conditions {
		s.Conditions[n].Message = ""
	}
	return s
}

// moreThanReport says whether an operation is a write that is not a report, or may not
// be one.
func (e Evidence) moreThanReport(o Operation) bool {
	named := e.named(o.From)
	return o.Kind == Write && (named == nil || o.Sent == nil || !isReport(named.Object, o.Sent))
}

// withoutReports returns the versions that are not reports.
func (e Evidence) withoutReports() []Version {
	if e.versionCache != nil {
		return e.versionCache
	}
	var all []Version
	for n, v := range e.Versions {
		if n == 0 || !isReport(e.Versions[n-1].Object, v.Object) {
			all = append(all, v)
		}
	}
	return all
}
