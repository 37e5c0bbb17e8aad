package invariant

import (
	"fmt"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// ObserveReadPost is the invariant that is called look, re-read, compare-and-swap: all
// that makes crashes, repeats and two controllers safe.
type ObserveReadPost struct{}

// Promise says it in one sentence.
func (ObserveReadPost) Promise() string {
	return "every POST follows a look, then a read past the cache that shows the attempt in the phase which the POST is of, and carries that look's ETag"
}

// Check looks at what came before each POST in its reconcile.
func (ObserveReadPost) Check(e Evidence) *Breach {
	for _, t := range e.turns() {
		var look, read Operation
		for _, o := range t {
			switch {
			case o.Kind == Look:
				look, read = o, Operation{}
			case o.Kind == Read:
				read = o
			case o.posts():
				if expected, found := guard(look, read, o); found != "" {
					return breach(o.Began, expected, fmt.Sprintf("%s %s", o, found))
				}
			}
		}
	}
	return nil
}

// guard says what a POST takes, and what is wrong with it, nothing where all is
// well.
func guard(look, read, post Operation) (expected, found string) {
	phase := v1.Transferring
	if post.Kind == Reboot {
		phase = v1.Rebooting
	}
	switch dd := read.Read; {
	case look.Kind == "":
		return fmt.Sprintf("a look before the %s, in the same reconcile", post.Kind), "was made without"
	case look.ETag == "":
		return fmt.Sprintf("no %s on a look without an ETag", post.Kind), "carries " + ifMatch(post.ETag)
	case post.ETag != look.ETag:
		return fmt.Sprintf("%s, the ETag of the look before the %s", ifMatch(look.ETag), post.Kind), "carries " + ifMatch(post.ETag)
	case dd == nil:
		return fmt.Sprintf("the object read again, past the cache, between the look and the %s", post.Kind), "was made without"
	case dd.DeletionTimestamp != nil:
		return fmt.Sprintf("no %s once the object, read again, is being deleted", post.Kind), "was made"
	case dd.Status.ObservedGeneration != dd.Generation || dd.Status.Phase != phase:
		return fmt.Sprintf("%s of generation %d, read again, before the %s", phase, dd.Generation, post.Kind),
			fmt.Sprintf("was made although the object, read again, was %s", describe(positionOf(dd)))
	case post.Kind == Burn && post.Key != fmt.Sprintf("%s/%d/%d", dd.UID, dd.Generation, dd.Status.Attempts):
		return fmt.Sprintf("the key of attempt %d of generation %d, in which the object, read again, was", dd.Status.Attempts, dd.Generation),
			"carries " + keyOf(post.Key, string(dd.UID))
	case post.Kind == Burn && post.Image != dd.Spec.Image:
		return fmt.Sprintf("a burn of %s, for which the object, read again, asked", dd.Spec.Image), "is of " + post.Image
	}
	return "", ""
}

func ifMatch(etag string) string {
	if etag == "" {
		return "no If-Match"
	}
	return "If-Match " + etag
}

// keyOf says whose a burn's key is; a uid is in no violation, since it is
// another in each run.
func keyOf(key, uid string) string {
	if g, n, ok := attemptOf(key, uid); ok {
		return fmt.Sprintf("the key of attempt %d of generation %d", n, g)
	}
	return "a key without the object's uid"
}
