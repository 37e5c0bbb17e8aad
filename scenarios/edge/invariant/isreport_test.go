package invariant

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// TestIsReport has a report put conditions right that somebody left as they were when
// they took a step, and nothing else.
func TestIsReport(t *testing.T) {
	says := func(v Version, reason string) Version {
		v = v.copied()
		v.Object.Status.Conditions = []metav1.Condition{{Type: v1.ConditionProgressing, Status: metav1.ConditionTrue, Reason: reason}}
		return v
	}
	verifying := stored(0, 1, v1.Verifying, 1)
	left, right := says(verifying, "Transferring"), says(verifying, "Verifying")
	for _, c := range []struct {
		name     string
		from, to Version
		is       bool
	}{
		{"conditions that stay", right, right.reports(5, "x", ""), true},
		{"conditions that somebody left", left, right.reports(5, "x", ""), true},
		{"conditions that are changed", right, left.reports(5, "x", ""), false},
		{"another time besides", left, right.copied().written(5).reports(5, "x", ""), false},
	} {
		if is := isReport(c.from.Object, c.to.Object); is != c.is {
			t.Errorf("%s: is a report: %t", c.name, is)
		}
	}
}
