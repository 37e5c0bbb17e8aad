package invariant

import (
	"fmt"
	"slices"
	"strings"
	"time"

	apiequality "k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// Conditions is the invariant that the conditions say what the rest of the status says.
type Conditions struct{}

// Promise is the invariant in one sentence.
func (Conditions) Promise() string {
	return "the conditions follow from the rest of the status, in each write of it: those that go with its phase and no others, with its generation, the time of their last change, and a message that tells the attempt, the image, the failure and the present errors; to report a deletion, Progressing and Reconciling become False, and nothing else changes"
}

// Check looks at each version in which a controller wrote the status.
func (Conditions) Check(e Evidence) *Breach {
	was := &v1.DeviceDeployment{}
	for _, v := range e.Versions {
		if v.status() != nil && !e.byHand(v) && !sameButTime(was, v.Object) {
			at, known := e.written(v)
			if expected, found := wrongConditions(was, v.Object, at, known); expected != "" {
				return breach(v.At, expected, found)
			}
		}
		was = v.Object
	}
	return nil
}

// sameButTime says whether two versions have the same status, but perhaps for the time of
// the last transition, which is put right alone.
func sameButTime(a, b *v1.DeviceDeployment) bool {
	s := a.Status.DeepCopy()
	s.LastTransitionTime = b.Status.LastTransitionTime
	return apiequality.Semantic.DeepEqual(*s, b.Status)
}

// wrongConditions says what is wrong with the conditions after a write of the status at a
// time, which may not be known; both texts are empty if nothing is.
func wrongConditions(was, now *v1.DeviceDeployment, at time.Time, known bool) (expected, found string) {
	deletion := now.DeletionTimestamp != nil && saysDeleting(now) && !saysDeleting(was)
	if deletion {
		rest := now.Status.DeepCopy()
		rest.Conditions = was.Status.Conditions
		if !apiequality.Semantic.DeepEqual(*rest, was.Status) {
			return "a report of the deletion that changes nothing but conditions", "it changes more"
		}
	}
	for _, kind := range conditionTypes {
		before, after := meta.FindStatusCondition(was.Status.Conditions, kind), meta.FindStatusCondition(now.Status.Conditions, kind)
		want := wantedCondition(now, kind)
		if deletion {
			want = wantedWhenDeleted(now, before, kind)
		}
		if want == nil || after == nil {
			if want != nil || after != nil {
				return describeCondition(kind, want), describeCondition(kind, after)
			}
			continue
		}
		for _, text := range wantedTexts(now, deletion) {
			if !strings.Contains(after.Message, text) && (!deletion || want != before) {
				return fmt.Sprintf("a message of %s that says: %s", kind, text), describeCondition(kind, after)
			}
		}
		if slices.Contains(strings.Split(after.Message, "; "), "") || strings.Contains(after.Message, "%!") {
			return fmt.Sprintf("a message of %s without an empty part or a mistake of formatting", kind), describeCondition(kind, after)
		}
		wanted := *want
		wanted.Message = after.Message
		switch {
		case before != nil && before.Status == wanted.Status:
			wanted.LastTransitionTime = before.LastTransitionTime
		case known:
			wanted.LastTransitionTime = metav1.NewTime(at.Truncate(time.Second))
		default:
			wanted.LastTransitionTime = after.LastTransitionTime
		}
		if !apiequality.Semantic.DeepEqual(wanted, *after) {
			return describeCondition(kind, &wanted), describeCondition(kind, after)
		}
	}
	return "", ""
}

// conditionTypes are the operator's conditions.
var conditionTypes = []string{v1.ConditionProgressing, v1.ConditionSucceeded, v1.ConditionFailed, v1.ConditionReconciling, v1.ConditionStalled}

// wantedCondition is what a condition has to be in a phase, but for its message and its
// time; nil if there has to be none.
func wantedCondition(o *v1.DeviceDeployment, kind string) *metav1.Condition {
	phase := o.Status.Phase
	is := map[string]bool{
		v1.ConditionProgressing: phase != v1.Succeeded && phase != v1.Failed,
		v1.ConditionReconciling: phase != v1.Succeeded && phase != v1.Failed,
		v1.ConditionSucceeded:   phase == v1.Succeeded,
		v1.ConditionFailed:      phase == v1.Failed,
		v1.ConditionStalled:     phase == v1.Failed,
	}[kind]
	c := &metav1.Condition{Type: kind, Status: metav1.ConditionTrue, Reason: string(phase), ObservedGeneration: o.Status.ObservedGeneration}
	if !is {
		c.Status = metav1.ConditionFalse
		if kind == v1.ConditionReconciling || kind == v1.ConditionStalled {
			return nil // kstatus takes them for present as soon as they are there
		}
	}
	return c
}

// wantedWhenDeleted is that when a deletion is reported.
func wantedWhenDeleted(o *v1.DeviceDeployment, before *metav1.Condition, kind string) *metav1.Condition {
	if kind != v1.ConditionProgressing && kind != v1.ConditionReconciling {
		return before
	}
	return &metav1.Condition{Type: kind, Status: metav1.ConditionFalse, Reason: v1.ReasonDeleting, ObservedGeneration: o.Generation}
}

// wantedTexts are what the messages have to tell.
func wantedTexts(o *v1.DeviceDeployment, deletion bool) (all []string) {
	if deletion {
		return []string{"being deleted"}
	}
	s := o.Status
	limit := o.Spec.RetryPolicy.MaxAttempts
	failed := s.Phase == v1.Failed || s.Phase == v1.Pending && s.Attempts > 0
	switch {
	case failed:
		all = append(all, fmt.Sprintf("attempt %d of %d failed: %s;", s.Attempts, limit, s.LastError))
	case s.Phase == v1.Pending:
		all = append(all, o.Spec.Image, fmt.Sprintf("%d attempts at most", limit))
	default:
		all = append(all, fmt.Sprintf("attempt %d of %d: ", s.Attempts, limit), o.Spec.Image)
	}
	all = append(all, tells[s.Phase])
	if s.DeviceErrors != nil {
		all = append(all, s.DeviceErrors.Observe, s.DeviceErrors.Post)
	}
	return all
}

// tells are the words by which a message tells its phase.
var tells = map[v1.Phase]string{
	v1.Transferring: "transferring", v1.Rebooting: "rebooting", v1.Verifying: "verifying",
	v1.Succeeded: "healthy", v1.Failed: "no attempt is left",
}

// describeCondition describes a condition that may be missing.
func describeCondition(kind string, c *metav1.Condition) string {
	if c == nil {
		return fmt.Sprintf("no condition %s", kind)
	}
	return fmt.Sprintf("%s %s since %s, reason %s, generation %d: %s", c.Type, c.Status, clock(c.LastTransitionTime.Time), c.Reason, c.ObservedGeneration, c.Message)
}
