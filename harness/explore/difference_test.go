package explore

import (
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"example.com/edge-device-operator/harness/scenario/syntax"
	"example.com/edge-device-operator/harness/world"
)

func TestDifference(t *testing.T) {
	object := func(kind, name string, fields map[string]any) world.Ending {
		e := world.Ending{Kind: schema.GroupKind{Kind: kind}, Name: name, Fields: fields}
		if kind == "Deployment" {
			e.Kind.Group = "apps"
		}
		return e
	}
	web := object("Secret", "web", map[string]any{"data": map[string]any{"a": "1", "b": []any{"x"}}})
	for name, tt := range map[string]struct {
		want, have []world.Ending
		expect     string
	}{
		"none":               {[]world.Ending{web}, []world.Ending{web}, ""},
		"one is missing":     {[]world.Ending{web, object("Deployment", "web", nil)}, []world.Ending{web}, "expect deployment.apps/web\n"},
		"one too many":       {[]world.Ending{web}, []world.Ending{web, object("Secret", "old", nil)}, "expect secret/old absent\n"},
		"another value":      {[]world.Ending{web}, []world.Ending{object("Secret", "web", map[string]any{"data": map[string]any{"a": "2", "b": []any{"x"}}})}, "expect secret/web\n| data:\n|   a: \"1\"\n"},
		"a value less":       {[]world.Ending{web}, []world.Ending{object("Secret", "web", map[string]any{"data": map[string]any{"a": "1"}})}, "expect secret/web\n| data:\n|   b:\n|   - x\n"},
		"a value too many":   {[]world.Ending{object("Secret", "web", map[string]any{})}, []world.Ending{object("Secret", "web", map[string]any{"data": "x"})}, "expect secret/web\n| data: null\n"},
		"too few of several": {[]world.Ending{object("Pod", "job-*", nil), object("Pod", "job-*", nil)}, []world.Ending{object("Pod", "job-*", nil)}, "expect pod/job-* count=2\n"},
		"none of several":    {[]world.Ending{object("Pod", "job-*", nil)}, nil, "expect pod/job-* count=1\n"},
		"several in vain":    {nil, []world.Ending{object("Pod", "job-*", nil)}, "expect pod/job-* absent\n"},
		"several in any order": {
			[]world.Ending{object("Pod", "job-*", map[string]any{"a": "1"}), object("Pod", "job-*", map[string]any{"a": "2"})},
			[]world.Ending{object("Pod", "job-*", map[string]any{"a": "2"}), object("Pod", "job-*", map[string]any{"a": "1"})}, "",
		},
		"another value of several": {
			[]world.Ending{object("Pod", "job-*", map[string]any{"a": "1"}), object("Pod", "job-*", map[string]any{"a": "1"})},
			[]world.Ending{object("Pod", "job-*", map[string]any{"a": "1"}), object("Pod", "job-*", map[string]any{"a": "2"})},
			"expect pod/job-* count=2\n| a: \"1\"\n",
		},
		"another of a list": {[]world.Ending{web}, []world.Ending{object("Secret", "web", map[string]any{"data": map[string]any{"a": "1", "b": []any{"y"}}})}, "expect secret/web\n| data:\n|   b:\n|   - x\n"},
	} {
		if got := (syntax.Block{Lines: difference(tt.want, tt.have)}).Commands(); got != tt.expect {
			t.Errorf("%s: %q, want %q", name, got, tt.expect)
		}
	}
}
