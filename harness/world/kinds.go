package world

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

// Kind returns the kind for a word, as kubectl does: a kind or a resource that the
// operator's mapper knows, in any case, followed by a dot and its group if necessary.
func (w *World) Kind(word string) (schema.GroupVersionKind, error) {
	name, group, _ := strings.Cut(strings.ToLower(word), ".")
	kind, err := w.operator.Mapper.KindFor(schema.GroupVersionResource{Group: group, Resource: name})
	if err != nil {
		return schema.GroupVersionKind{}, fmt.Errorf("%s: %w", word, err)
	}
	return kind, nil
}

// newObject is an empty object of a kind, and newList an empty list of such: of the type
// that the operator's scheme has, or unstructured if it has none.
func (w *World) newObject(kind schema.GroupVersionKind) (client.Object, error) {
	o, err := w.operator.Scheme.New(kind)
	if runtime.IsNotRegisteredError(err) {
		o, err = &unstructured.Unstructured{}, nil
	}
	return ofKind[client.Object](o, kind, err)
}

func (w *World) newList(kind schema.GroupVersionKind) (client.ObjectList, error) {
	kind.Kind += "List"
	o, err := w.operator.Scheme.New(kind)
	if runtime.IsNotRegisteredError(err) {
		o, err = &unstructured.UnstructuredList{}, nil
	}
	return ofKind[client.ObjectList](o, kind, err)
}

// ofKind is a new object with its kind, which an unstructured one has nowhere else.
func ofKind[T any](o runtime.Object, kind schema.GroupVersionKind, err error) (is T, _ error) {
	if err != nil {
		return is, err
	}
	o.GetObjectKind().SetGroupVersionKind(kind)
	is, ok := o.(T)
	if !ok {
		return is, fmt.Errorf("%s is a %T", kind.Kind, o)
	}
	return is, nil
}

// fieldOwner is the field manager of people's server-side applies.
const fieldOwner = client.FieldOwner("somebody")

// Apply applies an object with a server-side apply. It takes fields over from other
// owners.
func (w *World) Apply(ctx context.Context, o client.Object) error {
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	return w.Patch(ctx, o, client.RawPatch(types.ApplyPatchType, text), nil, fieldOwner, client.ForceOwnership)
}

// mappers are the mappers of API servers, by address.
var mappers sync.Map

// discovered maps kinds by discovery. It asks an API server for a kind once for all
// worlds, when that is first needed.
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
