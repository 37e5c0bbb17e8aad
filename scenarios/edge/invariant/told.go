package invariant

import (
	"fmt"
	"time"

	apiequality "k8s.io/apimachinery/pkg/api/equality"

	"example.com/edge-device-operator/devicesim"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/rollout"
)

// Told is the invariant that an object says why nothing moves, while nothing
// does.
type Told struct{}

// Promise says it in one sentence.
func (Told) Promise() string {
	return "the first trouble of a stay in a phase is told in the status at once, and what changes then no sooner than a minute after the last such write: what a look or a POST of that stay really met, and a POST that was not accepted until a look shows its effect"
}

// tellPause is the least time between two writes that tell of one stay.
const tellPause = time.Minute

// Check goes through the stays in a phase.
func (Told) Check(e Evidence) *Breach {
	for n, v := range e.Versions {
		s := v.status()
		if s == nil || n > 0 && tells(e.Versions[n-1].Object, v.Object) {
			continue
		}
		if s.DeviceErrors != nil && n > 0 && positionOf(e.Versions[n-1].Object) != positionOf(v.Object) && !e.Foreign[v.Object.ResourceVersion] {
			return breach(v.At, fmt.Sprintf("nothing is told of the stay in %s that begins", s.Phase), whatTold(s.DeviceErrors))
		}
		end := n + 1
		for end < len(e.Versions) && tells(e.Versions[end-1].Object, e.Versions[end].Object) {
			end++
		}
		if b := e.truthful(e.Versions[n:end]); b != nil {
			return b
		}
		if b := e.prompt(e.Versions[n:end], e.Versions[end:]); b != nil {
			return b
		}
	}
	return nil
}

// truthful checks what is told in a stay: the version that began it, and those
// that tell of it.
func (e Evidence) truthful(stay []Version) *Breach {
	for n, v := range stay[1:] {
		was := stay[n]
		if pause := v.At.Sub(was.At); n > 0 && pause < tellPause {
			return breach(v.At, fmt.Sprintf("%v at least between two writes that tell of %s", tellPause, stay[0].Object.Status.Phase), fmt.Sprintf("%v between them", pause))
		}
		if expected := e.untrue(stay[0], was, v); expected != "" {
			return breach(v.At, expected, whatTold(v.Object.Status.DeviceErrors))
		}
	}
	return nil
}

// untrue says what else a version was to tell, nothing where it tells the truth.
func (e Evidence) untrue(begun, was, v Version) (expected string) {
	t, says := e.turnOf(v.Operation), v.Object.Status.DeviceErrors
	if v.Operation == 0 {
		return ""
	}
	looks := t.looks()
	if len(looks) == 0 {
		return "a look, before anything is told"
	}
	look := looks[len(looks)-1]
	switch {
	case look.Status != 0 && look.Status != 200 && says.Observe != string(rollout.UnexpectedStatus(look.Status)),
		look.Shown == nil && says.Observe == "":
		return fmt.Sprintf("what %s met, which was answered with status %d", look, look.Status)
	}
	failed := 0 // POSTs of this stay that were not accepted
	for _, o := range e.Operations {
		if !o.posts() || o.Number <= begun.Operation || o.Number > v.Operation || o.Status == 202 {
			continue
		}
		failed++
		if o.Reconcile == look.Reconcile && o.By == look.By && o.Status != 0 && says.Post != string(rollout.PostRefused("/"+string(o.Kind), o.Status)) {
			return fmt.Sprintf("what %s met, which was answered with status %d", o, o.Status)
		}
	}
	before := was.status().DeviceErrors
	switch {
	case says.Post != "" && failed == 0 && (before == nil || before.Post != says.Post):
		return "nothing of a POST, since none was refused"
	case says.Post == "" && before != nil && before.Post != "" && !showsTransferOf(look.Shown, v.Object):
		return "the POST that was not accepted, since no look has shown its effect"
	}
	return ""
}

// showsTransferOf says whether an answer shows the transfer of an object's
// present attempt.
func showsTransferOf(h *devicesim.Health, o *v1.DeviceDeployment) bool {
	return h != nil && h.Transfer != nil && h.Transfer.Key == fmt.Sprintf("%s/%d/%d", o.UID, o.Status.ObservedGeneration, o.Status.Attempts)
}

// prompt checks that the first trouble of a stay is told by the reconcile that
// met it; later are the versions that came after the stay.
func (e Evidence) prompt(stay, later []Version) *Breach {
	begun, turns := stay[0], e.turns()
	if s := begun.status(); e.deadline(s.Phase) == 0 || s.ObservedGeneration != begun.Object.Generation || s.DeviceErrors != nil {
		return nil // nobody looks, or somebody else took the step and left what was told
	}
	for n, t := range turns {
		last := t[len(t)-1]
		switch {
		case t[0].Number <= begun.Operation, t.began().Before(begun.At), len(later) > 0 && !t.ended().Before(later[0].At):
			continue // of another stay, or at its end
		case t.began().Equal(begun.At) && e.another(t) && !e.wrote(begun.Operation, t):
			continue // it may have begun before, with the copy before
		case t.met() == "", !e.isCurrent(t.began()), e.stale(t.began()), t.refused(), e.moves(last), !e.isOver(turns[n+1:], t):
			continue
		case len(stay) > 1 && (stay[1].Operation == 0 || stay[1].Operation <= last.Number):
			return nil
		}
		return breach(t.ended(), fmt.Sprintf("the status tells of the first trouble in %s", begun.Object.Status.Phase), t.met()+", and nothing is told")
	}
	return nil
}

// met says what a reconcile met that has to be told, nothing where all went
// well.
func (t turn) met() string {
	found := ""
	for _, o := range t {
		switch {
		case o.Kind == Look && o.Shown == nil:
			found = o.String() + " brought no reading"
		case o.Kind == Look:
			found = ""
		case o.posts() && o.Status != 202:
			found = o.String() + " was not accepted"
		}
	}
	return found
}

func whatTold(t *v1.DeviceErrors) string {
	return fmt.Sprintf("told is: look %q, POST %q", t.Observe, t.Post)
}

// tells says whether all that happens from one version of an object to another
// is that its status tells of trouble: nothing changes but that, and what the
// conditions say of it.
func tells(from, to *v1.DeviceDeployment) bool {
	if to.Status.DeviceErrors == nil || positionOf(from) != positionOf(to) || apiequality.Semantic.DeepEqual(from.Status.DeviceErrors, to.Status.DeviceErrors) {
		return false
	}
	return apiequality.Semantic.DeepEqual(untold(from), untold(to))
}

// untold is an object's status without what it tells of trouble.
func untold(o *v1.DeviceDeployment) *v1.DeviceDeploymentStatus {
	s := o.Status.DeepCopy()
	s.DeviceErrors = nil
	for n := range s.Conditions {
		s.Conditions[n].Message = ""
	}
	return s
}

// moves says whether an operation is a write of more than trouble, as far as
// that is known.
func (e Evidence) moves(o Operation) bool {
	named := e.named(o.From)
	return o.Kind == Write && (named == nil || o.Sent == nil || !tells(named.Object, o.Sent))
}

// moved are the versions that more came about with than that trouble was told.
func (e Evidence) moved() []Version {
	if e.onward != nil {
		return e.onward
	}
	var all []Version
	for n, v := range e.Versions {
		if n == 0 || !tells(e.Versions[n-1].Object, v.Object) {
			all = append(all, v)
		}
	}
	return all
}
