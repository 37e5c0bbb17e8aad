package invariant

import (
	"testing"
	"time"
)

func TestDeliveredOnce(t *testing.T) {
	arrives := func(kind Kind, status, times int) func(*Evidence) {
		o := made(3, 3, 7, kind)
		o.Status, o.Arrivals = status, times
		return known(made(1, 1, 0, Write), o)
	}
	for _, r := range []row{
		{name: "a look that is answered", more: arrives(Look, 200, 1)},
		{name: "a burn that is refused", more: arrives(Burn, 412, 1)},
		{name: "an answer that is lost", more: arrives(Burn, 0, 1)},
		{name: "a connection that is refused", more: arrives(Burn, 0, 0)},
		{name: "a look that is repeated", more: arrives(Look, 200, 2), at: 7, found: "request #3 (look) was sent once, and reached the device 2 times"},
		{name: "a burn that is repeated, and not answered", more: arrives(Burn, 0, 2), at: 7, found: "request #3 (burn) was sent once, and reached the device 2 times"},
		{name: "an answer from elsewhere", more: arrives(Look, 200, 0), at: 7, found: "request #3 (look) was answered with 200, and never reached the device"},
		{name: "requests to the API server", more: arrives(Write, 409, 0)},
		{name: "a request that nobody sent", more: func(e *Evidence) { e.Strays = []time.Time{second(9)} }, at: 9, found: "did not come through the controller's transport"},
	} {
		r.versions = []Version{created(0)}
		r.check(t, DeliveredOnce{})
	}
}

func TestOwnDevice(t *testing.T) {
	sent := func(kind Kind, to, by string) func(*Evidence) {
		o := made(3, 3, 7, kind)
		o.Host, o.For = to, by
		return known(o)
	}
	for _, r := range []row{
		{name: "its own device", more: sent(Burn, "press-01.example", "press-01")},
		{name: "another namespace's", more: sent(Burn, "press-01.other", "press-01"), at: 7, found: "request #3 (burn) went to press-01.other, the device is at press-01.example"},
		{name: "in another object's name", more: sent(Look, "press-01.example", "press-02"), at: 7, found: "request #3 (look) was made in a reconcile of press-02"},
		{name: "a write to another object", more: sent(Write, "", "press-02"), at: 7, found: "request #3 (write) was made in a reconcile of press-02"},
		{name: "by nobody", more: sent(Read, "", ""), at: 7, found: "request #3 (read) was made outside of every reconcile"},
		{name: "its own status", more: sent(Write, "", "press-01")},
	} {
		r.versions = []Version{created(0)}
		r.check(t, OwnDevice{})
	}
}
