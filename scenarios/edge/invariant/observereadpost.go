package invariant

import (
	"fmt"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// ObserveReadPost is the invariant that makes crashes, retries and two controllers
// safe: observe, read the object again, compare and swap.
type ObserveReadPost struct{}

// Promise is the invariant in one sentence.
func (ObserveReadPost) Promise() string {
	return "every POST follows an observation and then a read past the cache that shows the attempt in the phase of that POST, and carries the ETag of that observation"
}

// Check looks at the requests before each POST in its reconcile.
func (ObserveReadPost) Check(e Evidence) *Breach {
	for _, r := range e.reconciles() {
		var reading, read Operation
		for _, o := range r {
			switch {
			case o.Kind == Health:
				reading, read = o, Operation{}
			case o.Kind == Read:
				read = o
			case o.posts():
				if expected, found := checkPost(reading, read, o); found != "" {
					return breach(o.Began, expected, fmt.Sprintf("%s %s", o, found))
				}
			}
		}
	}
	return nil
}

// checkPost returns what a POST requires and what is wrong with it; found is empty if
// nothing is. reading and read are the last ones before it.
func checkPost(reading, read, post Operation) (expected, found string) {
	phase := v1.Transferring
	if post.Kind == Reboot {
		phase = v1.Rebooting
	}
	switch dd := read.Read; {
	case reading.Kind == "":
		return fmt.Sprintf("an observation before the %s, in the same reconcile", post.Kind), "was made without"
	case reading.ETag == "":
		return fmt.Sprintf("no %s after an observation without an ETag", post.Kind), "carries " + ifMatch(post.ETag)
	case post.ETag != reading.ETag:
		return fmt.Sprintf("%s, the ETag of the observation before the %s", ifMatch(reading.ETag), post.Kind), "carries " + ifMatch(post.ETag)
	case dd == nil:
		return fmt.Sprintf("the object read again, past the cache, between the observation and the %s", post.Kind), "was made without"
	case dd.DeletionTimestamp != nil:
		return fmt.Sprintf("no %s once the object, read again, is being deleted", post.Kind), "was made"
	case dd.Status.ObservedGeneration != dd.Generation || dd.Status.Phase != phase:
		return fmt.Sprintf("%s of generation %d, read again, before the %s", phase, dd.Generation, post.Kind),
			fmt.Sprintf("was made although the object, read again, was %s", describe(positionOf(dd)))
	case post.Kind == Burn && post.Key != attemptKey(dd.UID, dd.Generation, dd.Status.Attempts):
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

// keyOf describes a burn's key without the uid, which is different in each run.
func keyOf(key, uid string) string {
	if g, n, ok := attemptOf(key, uid); ok {
		return fmt.Sprintf("the key of attempt %d of generation %d", n, g)
	}
	return "a key without the object's uid"
}
