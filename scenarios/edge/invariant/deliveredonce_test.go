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
		{name: "an observation that is answered", more: arrives(Health, 200, 1)},
		{name: "a burn that is refused", more: arrives(Burn, 412, 1)},
		{name: "an answer that is lost", more: arrives(Burn, 0, 1)},
		{name: "a connection that is refused", more: arrives(Burn, 0, 0)},
		{name: "an observation that is repeated", more: arrives(Health, 200, 2), at: 7, expected: "request #3 (health), which was sent once, reaches the device once", found: "it reached the device 2 times"},
		{name: "a burn that is repeated, and not answered", more: arrives(Burn, 0, 2), at: 7, expected: "request #3 (burn)", found: "it reached the device 2 times"},
		{name: "an answer from elsewhere", more: arrives(Health, 200, 0), at: 7, expected: "request #3 (health), which was answered with 200, reached the device", found: "it never did"},
		{name: "an answer that the world made up", more: func(e *Evidence) {
			o := made(3, 3, 7, Health)
			o.Status, o.Arrivals, o.Unserved = 409, 0, true
			e.Operations = []Operation{o}
		}},
		{name: "requests to the API server", more: arrives(Write, 409, 0)},
		{name: "a request that nobody sent", more: func(e *Evidence) { e.Strays = []time.Time{second(9)} }, at: 9, expected: "only what left through the controller's transport", found: "a request that did not"},
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
		{name: "another namespace's", more: sent(Burn, "press-01.other", "press-01"), at: 7, expected: "request #3 (burn) sent to press-01.example, where the device is", found: "it went to press-01.other"},
		{name: "in another object's name", more: sent(Health, "press-01.example", "press-02"), at: 7, expected: "request #3 (health) made in a reconcile of press-01", found: "it was made in a reconcile of press-02"},
		{name: "a write to another object", more: sent(Write, "", "press-02"), at: 7, expected: "request #3 (write) made in a reconcile of press-01", found: "it was made in a reconcile of press-02"},
		{name: "by nobody", more: sent(Read, "", ""), at: 7, expected: "request #3 (read) made in a reconcile of press-01", found: "it was made outside of every reconcile"},
		{name: "without a name of its own", more: and(sent(Burn, "press-01.example", "press-01"), func(e *Evidence) { e.Operations[0].OwnAgent = "edge-device-operator/1" }), at: 7, expected: "request #3 (burn) with the User-Agent edge-device-operator/1", found: `""`},
		{name: "its own status", more: sent(Write, "", "press-01")},
	} {
		r.versions = []Version{created(0)}
		r.check(t, OwnDevice{})
	}
}
