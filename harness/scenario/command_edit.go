package scenario

import (
	"encoding/json"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"example.com/edge-device-operator/harness/trace"
)

// editCommand sets fields of objects as a person.
//
//	edit deployment/web spec.replicas=3
var editCommand = Command{Name: "edit", Usage: "edit KIND/NAME… FIELD=VALUE…", Parse: parseEdit}

func parseEdit(_ *Parser, a *Arguments) Action {
	refs := readRefs(a)
	if len(a.Keys) == 0 {
		a.Fail(a.Command, "a field after the names, such as spec.replicas=3")
	}
	patch := map[string]any{}
	var what []trace.Field
	for _, k := range a.Keys {
		var value any
		if err := yaml.Unmarshal([]byte(a.Values[k.Text].Text), &value); err != nil {
			a.Fail(a.Values[k.Text], "a value in YAML")
		}
		// A field below one that another key has set can't be set.
		if err := unstructured.SetNestedField(patch, value, strings.Split(k.Text, ".")...); err != nil {
			a.Fail(k, "a field that isn't part of another one that is set")
		}
		what = append(what, trace.String(k.Text, a.Values[k.Text].Text))
	}
	raw, err := json.Marshal(patch)
	if err != nil {
		a.Fail(a.Command, err.Error())
	}
	return patches(refs, what, raw)
}
