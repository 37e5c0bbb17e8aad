package world

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// object is one with a status.
func object(status map[string]any) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "example.com/v1", "kind": "Thing", "metadata": map[string]any{"name": "one"}, "status": status,
	}}
}

// TestConditionsHaveNoOrder: two controllers that add a condition each may do so in either
// order, and what is there in the end is the same. Other lists have an order.
func TestConditionsHaveNoOrder(t *testing.T) {
	ready, valid := map[string]any{"type": "Ready", "status": "True"}, map[string]any{"type": "Valid", "status": "True"}
	for field, same := range map[string]bool{"conditions": true, "steps": false} {
		one := ended(t, canonical{}, object(map[string]any{field: []any{ready, valid}}))
		other := ended(t, canonical{}, object(map[string]any{field: []any{valid, ready}}))
		if (one == other) != same {
			t.Errorf("%s:\n%s\n%s", field, one, other)
		}
	}
	one := ended(t, canonical{exact: true}, object(map[string]any{"conditions": []any{ready, valid}}))
	other := ended(t, canonical{exact: true}, object(map[string]any{"conditions": []any{valid, ready}}))
	if one == other {
		t.Error("what is shown of conditions isn't what was written")
	}
}

// ended is an object's canonical form, as JSON.
func ended(t *testing.T, c canonical, o *unstructured.Unstructured) string {
	t.Helper()
	e, err := c.ending(o, runtime.NewScheme())
	if err != nil {
		t.Fatal(err)
	}
	return inJSON(e.Fields)
}
