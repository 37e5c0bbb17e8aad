package world

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Kind is what kubectl would take a word for: a kind or a resource that the
// operator's mapper knows, in any case, with its group behind a dot where that is
// needed.
func (w *World) Kind(word string) (schema.GroupVersionKind, error) {
	name, group, _ := strings.Cut(strings.ToLower(word), ".")
	kind, err := w.operator.Mapper.KindFor(schema.GroupVersionResource{Group: group, Resource: name})
	if err != nil {
		return schema.GroupVersionKind{}, fmt.Errorf("%s: %w", word, err)
	}
	return kind, nil
}

// fieldOwner is who the fields belong to that people in a world apply.
const fieldOwner = client.FieldOwner("somebody")

// Apply applies an object, on the server's side. Whoever else owns a field of it
// loses that.
func (w *World) Apply(ctx context.Context, o client.Object) error {
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	return w.Patch(ctx, o, client.RawPatch(types.ApplyPatchType, text), "applied", fieldOwner, client.ForceOwnership)
}
