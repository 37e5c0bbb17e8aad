package scenario

import (
	"bytes"
	"context"
	"encoding/json"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"example.com/edge-device-operator/harness/trace"
)

// patchCommand patches objects as a person, with a JSON merge patch (RFC 7386).
//
//	patch configmap/web
//	| metadata: {labels: {tier: front}}
var patchCommand = Command{Name: "patch", Usage: "patch KIND/NAME… (and under it a merge patch in YAML, each line behind a |)", Text: true, Parse: parsePatch}

func parsePatch(_ *Parser, a *Arguments) Action {
	a.Allow()
	refs := readRefs(a)
	patch, err := yaml.YAMLToJSONStrict([]byte(a.Text))
	if err != nil {
		a.FailText(err)
	} else if !bytes.HasPrefix(patch, []byte("{")) {
		a.Fail(a.Command, "under it the fields of an object")
	}
	return patches(refs, []trace.Field{trace.String(trace.Patch, string(patch))}, patch)
}

// patches merges a patch into objects. For the trace, what describes it.
func patches(refs []objectRef, what []trace.Field, patch json.RawMessage) Action {
	return func(ctx context.Context, r *Run) error {
		for _, ref := range refs {
			o, err := r.object(ref)
			if err != nil {
				return err
			}
			if err := r.general().Patch(ctx, o, client.RawPatch(types.MergePatchType, patch), what); err != nil {
				return err
			}
		}
		return nil
	}
}
