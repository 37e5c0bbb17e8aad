package scenario

import (
	"context"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// applyCommand applies an object as a person, with a server-side apply as by kubectl
// apply --server-side.
//
//	apply
//	| apiVersion: v1
//	| kind: ConfigMap
//	| metadata: {name: web}
var applyCommand = Command{Name: "apply", Usage: "apply (and under it an object in YAML, each line behind a |)", Text: true, Parse: parseApply}

func parseApply(_ *Parser, a *Arguments) Action {
	a.Allow()
	a.NoNames()
	o := &unstructured.Unstructured{}
	if strings.Contains(strings.TrimSpace(a.Text), "\n---") {
		a.Fail(a.Command, "under it one object, and no --- in the middle of it")
	}
	if err := yaml.UnmarshalStrict([]byte(a.Text), &o.Object); err != nil {
		a.FailText(err)
	} else if err := isObject(o); err != nil {
		a.Fail(a.Command, "under it "+err.Error())
	}
	return func(ctx context.Context, r *Run) error {
		if err := r.EnsureController(ctx); err != nil {
			return err
		}
		applied := o.DeepCopy()
		if err := r.general().Apply(ctx, applied); err != nil {
			return err
		}
		if applied.GetDeletionTimestamp() != nil {
			r.terminating = append(r.terminating, Terminating{a.Line, applied.GetKind() + " " + applied.GetName()})
		}
		return nil
	}
}
