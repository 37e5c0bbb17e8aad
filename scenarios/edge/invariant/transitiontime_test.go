package invariant

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

func TestTransitionTime(t *testing.T) {
	at := func(v Version, t time.Time) Version {
		v.Object.Status.LastTransitionTime = metav1.NewMicroTime(t)
		return v
	}
	pending := stored(0, 1, v1.Pending, 0).by(1)
	foreign := at(stored(9, 1, v1.Transferring, 1), second(3))
	foreign.Object.ResourceVersion = "7"
	ahead := at(stored(3, 1, v1.Pending, 0), second(9))
	ahead.Object.ResourceVersion = "8"
	for _, r := range []row{
		{name: "the time of the write", versions: []Version{pending, stored(5, 1, v1.Transferring, 1).by(2)}},
		{name: "a time before it", versions: []Version{pending, at(stored(5, 1, v1.Transferring, 1).by(2), second(4))},
			at: 5, expected: "lastTransitionTime 00:00:05.000000, when Transferring was written", found: "lastTransitionTime 00:00:04.000000"},
		{name: "a time that is cut", versions: []Version{pending, at(stored(5, 1, v1.Transferring, 1).by(2), second(5).Add(-time.Microsecond))}, at: 5, found: "00:00:04.999999"},
		{name: "a time that is moved", versions: []Version{pending, stored(5, 1, v1.Pending, 0).by(2)}, at: 5, expected: "lastTransitionTime stays 00:00:00.000000, since Pending does", found: "it is now 00:00:05.000000"},
		{name: "a time that stays", versions: []Version{pending, at(stored(5, 1, v1.Pending, 0).by(2), second(0))}},
		{name: "a time that was ahead", versions: []Version{pending, ahead, stored(5, 1, v1.Pending, 0).by(2)}, foreign: map[string]bool{"8": true}},
		{name: "a time that was ahead, and is moved to another", versions: []Version{pending, ahead, at(stored(5, 1, v1.Pending, 0).by(2), second(4))}, foreign: map[string]bool{"8": true}, at: 5, found: "it is now 00:00:04.000000"},
		{name: "a version that took a while", versions: []Version{pending, at(stored(8, 1, v1.Transferring, 1).by(2), second(5))}},
		{name: "the time of what is told", versions: []Version{pending, pending.reports(5, "x", "").by(2)}},
		{name: "another time of what is told", versions: []Version{pending, at(pending.reports(4, "x", "").by(2), second(0))}, at: 4, expected: "deviceErrors.time 00:00:05.000000, when it was written", found: "deviceErrors.time 00:00:04.000000"},
		{name: "somebody else's status", versions: []Version{pending, foreign}, foreign: map[string]bool{"7": true}},
	} {
		r.more = known(made(1, 1, 0, Write), made(2, 2, 5, Write))
		r.check(t, TransitionTime{})
	}
}
