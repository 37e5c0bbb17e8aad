package world

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
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
	return w.Patch(ctx, o, client.RawPatch(types.ApplyPatchType, text), nil, fieldOwner, client.ForceOwnership)
}

// mappers are those of API servers, by their addresses.
var mappers sync.Map

// discovered maps kinds as an API server does: it is asked for a kind when that is
// needed first, once for all worlds.
func discovered(c *rest.Config) (meta.RESTMapper, error) {
	if known, ok := mappers.Load(c.Host); ok {
		return known.(meta.RESTMapper), nil
	}
	httpClient, err := rest.HTTPClientFor(c)
	if err != nil {
		return nil, err
	}
	m, err := apiutil.NewDynamicRESTMapper(c, httpClient)
	if err != nil {
		return nil, err
	}
	known, _ := mappers.LoadOrStore(c.Host, m)
	return known.(meta.RESTMapper), nil
}
