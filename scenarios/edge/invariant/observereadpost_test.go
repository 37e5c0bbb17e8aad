package invariant

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

func TestObserveReadPost(t *testing.T) {
	read, burned := reads(5, 3, 0, v1.Transferring, 1), burns(6, 3, 0, 1)
	rebooted := made(6, 3, 0, Reboot)
	but := func(o Operation, change func(*Operation)) Operation {
		if o.Read != nil {
			o.Read = o.Read.DeepCopy()
		}
		change(&o)
		return o
	}
	for _, r := range []row{
		{name: "look, read, burn", more: known(observes(3, 3, 0), read, burned)},
		{name: "look, read, reboot", more: known(observes(3, 3, 0), reads(5, 3, 0, v1.Rebooting, 1), rebooted)},
		{name: "no POST", more: known(observes(3, 3, 0), read)},
		{name: "no observation", more: known(read, burned), expected: "an observation before the burn, in the same reconcile", found: "request #6 (burn) was made without"},
		{name: "the observation of another reconcile", more: known(observes(3, 2, 0), read, burned), expected: "an observation before the burn, in the same reconcile", found: "request #6 (burn) was made without"},
		{name: "no read", more: known(observes(3, 3, 0), burned), expected: "the object read again, past the cache, between the observation and the burn", found: "request #6 (burn) was made without"},
		{name: "a read before the observation", more: known(but(read, func(o *Operation) { o.Number = 2 }), observes(3, 3, 0), burned), expected: "the object read again", found: "was made without"},
		{name: "a read without an answer", more: known(observes(3, 3, 0), but(read, func(o *Operation) { o.Read = nil }), burned), expected: "the object read again", found: "was made without"},
		{name: "no ETag", more: known(observes(3, 3, 0), read, but(burned, func(o *Operation) { o.ETag = "" })), expected: `If-Match "1", the ETag of the observation before the burn`, found: "request #6 (burn) carries no If-Match"},
		{name: "another ETag", more: known(observes(3, 3, 0), read, but(burned, func(o *Operation) { o.ETag = `"0"` })), expected: `If-Match "1"`, found: `request #6 (burn) carries If-Match "0"`},
		{name: "the object has moved on", more: known(observes(3, 3, 0), reads(5, 3, 0, v1.Pending, 1), burned), expected: "Transferring of generation 1, read again, before the burn", found: "request #6 (burn) was made although the object, read again, was Pending (generation 1, attempt 1)"},
		{name: "another attempt", more: known(observes(3, 3, 0), reads(5, 3, 0, v1.Transferring, 2), burned), expected: "the key of attempt 2 of generation 1, in which the object, read again, was", found: "request #6 (burn) carries the key of attempt 1 of generation 1"},
		{name: "another generation", more: known(observes(3, 3, 0), but(read, func(o *Operation) { o.Read.Generation = 2 }), burned), expected: "Transferring of generation 2", found: "although the object, read again, was Transferring (generation 1, attempt 1)"},
		{name: "another object", more: known(observes(3, 3, 0), but(read, func(o *Operation) { o.Read.UID = "another" }), burned), expected: "the key of attempt 1 of generation 1", found: "carries a key without the object's uid"},
		{name: "another image", more: known(observes(3, 3, 0), read, but(burned, func(o *Operation) { o.Image = "fw:3" })), expected: "a burn of fw:2, for which the object, read again, asked", found: "request #6 (burn) is of fw:3"},
		{name: "an object that is being deleted", more: known(observes(3, 3, 0), but(read, func(o *Operation) { o.Read.DeletionTimestamp = &metav1.Time{Time: time.Now()} }), burned), expected: "no burn once the object, read again, is being deleted", found: "request #6 (burn) was made"},
		{name: "a reboot in Transferring", more: known(observes(3, 3, 0), read, rebooted), expected: "Rebooting of generation 1, read again, before the reboot", found: "request #6 (reboot) was made although the object, read again, was Transferring"},
		{name: "an observation without an ETag", more: known(made(3, 3, 0, Read), but(made(4, 3, 0, Health), func(o *Operation) { o.ETag = "" }), read, burned), expected: "no burn after an observation without an ETag", found: `request #6 (burn) carries If-Match "1"`},
	} {
		r.versions = []Version{created(0)}
		r.check(t, ObserveReadPost{})
	}
}
