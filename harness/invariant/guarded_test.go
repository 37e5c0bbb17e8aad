package invariant

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

func TestGuarded(t *testing.T) {
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
		{name: "look, read, burn", more: known(looks(3, 3, 0), read, burned)},
		{name: "look, read, reboot", more: known(looks(3, 3, 0), reads(5, 3, 0, v1.Rebooting, 1), rebooted)},
		{name: "no POST", more: known(looks(3, 3, 0), read)},
		{name: "no look", more: known(read, burned), found: "request #6 (burn) was made without a look"},
		{name: "the look of another reconcile", more: known(looks(3, 2, 0), read, burned), found: "request #6 (burn) was made without a look"},
		{name: "no read", more: known(looks(3, 3, 0), burned), found: "request #6 (burn) was made without reading the object again after the look"},
		{name: "a read before the look", more: known(but(read, func(o *Operation) { o.Number = 2 }), looks(3, 3, 0), burned), found: "without reading the object again"},
		{name: "a read without an answer", more: known(looks(3, 3, 0), but(read, func(o *Operation) { o.Read = nil }), burned), found: "without reading the object again"},
		{name: "no ETag", more: known(looks(3, 3, 0), read, but(burned, func(o *Operation) { o.ETag = "" })), found: `carries the ETag of nothing, the look before it "1"`},
		{name: "another ETag", more: known(looks(3, 3, 0), read, but(burned, func(o *Operation) { o.ETag = `"0"` })), found: `carries the ETag "0", the look before it "1"`},
		{name: "the object has moved on", more: known(looks(3, 3, 0), reads(5, 3, 0, v1.Pending, 1), burned), found: "although the object, read again, was Pending (generation 1, attempt 1)"},
		{name: "another attempt", more: known(looks(3, 3, 0), reads(5, 3, 0, v1.Transferring, 2), burned), found: "doesn't carry the key of attempt 2 of generation 1"},
		{name: "another generation", more: known(looks(3, 3, 0), but(read, func(o *Operation) { o.Read.Generation = 2 }), burned), found: "although the object, read again, was Transferring"},
		{name: "another object", more: known(looks(3, 3, 0), but(read, func(o *Operation) { o.Read.UID = "another" }), burned), found: "doesn't carry the key"},
		{name: "another image", more: known(looks(3, 3, 0), read, but(burned, func(o *Operation) { o.Image = "fw:3" })), found: "is of fw:3, the object, read again, asked for fw:2"},
		{name: "an object that is being deleted", more: known(looks(3, 3, 0), but(read, func(o *Operation) { o.Read.DeletionTimestamp = &metav1.Time{Time: time.Now()} }), burned), found: "although the object"},
		{name: "a reboot in Transferring", more: known(looks(3, 3, 0), read, rebooted), found: "request #6 (reboot) was made although the object, read again, was Transferring"},
	} {
		r.versions = []Version{created(0)}
		r.check(t, Guarded{})
	}
}
