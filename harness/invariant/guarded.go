package invariant

import (
	"fmt"
	"time"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// Guarded is the invariant that is called look, re-read, compare-and-swap: all
// that makes crashes, repeats and two controllers safe.
type Guarded struct{}

// Promise says it in one sentence.
func (Guarded) Promise() string {
	return "every POST follows a look, then a read past the cache that shows the attempt in the phase which the POST is of, and carries that look's ETag"
}

// Check looks at what came before each POST in its reconcile.
func (Guarded) Check(e Evidence) (time.Time, string) {
	for _, t := range e.turns() {
		var look, read Operation
		for _, o := range t {
			switch {
			case o.Kind == Look:
				look, read = o, Operation{}
			case o.Kind == Read:
				read = o
			case o.posts():
				if found := guard(look, read, o); found != "" {
					return o.Began, fmt.Sprintf("request #%d (%s) %s", o.Number, o.Kind, found)
				}
			}
		}
	}
	return time.Time{}, ""
}

// guard says what is wrong with a POST, nothing where all is well.
func guard(look, read, post Operation) string {
	phase := v1.Transferring
	if post.Kind == Reboot {
		phase = v1.Rebooting
	}
	switch dd := read.Read; {
	case look.Kind == "":
		return "was made without a look"
	case look.ETag == "" || post.ETag != look.ETag:
		return fmt.Sprintf("carries the ETag %s, the look before it %s", quoted(post.ETag), quoted(look.ETag))
	case dd == nil:
		return "was made without reading the object again after the look"
	case dd.DeletionTimestamp != nil || dd.Status == nil || dd.Status.ObservedGeneration != dd.Generation || dd.Status.Phase != phase:
		return fmt.Sprintf("was made although the object, read again, was %s", describe(positionOf(dd)))
	case post.Kind == Burn && post.Key != fmt.Sprintf("%s/%d/%d", dd.UID, dd.Generation, dd.Status.Attempts):
		return fmt.Sprintf("doesn't carry the key of attempt %d of generation %d, in which the object, read again, was", dd.Status.Attempts, dd.Generation)
	case post.Kind == Burn && post.Image != dd.Spec.Image:
		return fmt.Sprintf("is of %s, the object, read again, asked for %s", post.Image, dd.Spec.Image)
	}
	return ""
}

func quoted(etag string) string {
	if etag == "" {
		return "of nothing"
	}
	return etag
}
