package world

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"example.com/edge-device-operator/harness/trace"
)

// Ending is an object as it is in the end, without what differs between two worlds in
// which the same has happened at other times: uids, versions, generations, times, the
// namespace, hashes, and the ends of names that the API server made up.
type Ending struct {
	Kind schema.GroupKind
	// Name is PREFIX* where the API server made it up, and has no hashes.
	Name string
	// Fields are the object's.
	Fields map[string]any
}

// String names the object, such as "Secret web".
func (e Ending) String() string { return e.Kind.Kind + " " + e.Name }

// Ends are the objects that are there, by kind and name.
func (w *World) Ends() (all []Ending, err error) {
	present, err := w.Present()
	if err != nil {
		return nil, err
	}
	histories, err := w.Histories()
	if err != nil {
		return nil, err
	}
	c := canonical{namespace: w.scope.namespace, hashes: w.operator.Hashes, names: map[string]string{}}
	for _, h := range histories {
		o := h.Versions[0].Object // others may name what is gone
		if prefix := o.GetGenerateName(); prefix != "" && strings.HasPrefix(o.GetName(), prefix) {
			c.names[o.GetName()] = c.unhashed(prefix) + "*"
		}
	}
	for _, o := range present {
		e, err := c.ending(o, w.operator.Scheme)
		if err != nil {
			return nil, err
		}
		if w.hooks.Ending != nil {
			w.hooks.Ending(&e)
		}
		all = append(all, e)
	}
	slices.SortStableFunc(all, func(a, b Ending) int {
		return cmp.Or(strings.Compare(a.Kind.String(), b.Kind.String()), strings.Compare(a.Name, b.Name), strings.Compare(inJSON(a.Fields), inJSON(b.Fields)))
	})
	return all, nil
}

func inJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error() // of what came from JSON, nothing is left that fails
	}
	return string(text)
}

// stored is the object in an answer, in JSON or protobuf, for Event.Stored; nil if it is
// none of the operator's scheme.
func (w *World) stored(answer []byte) map[string]any {
	decoded, _, err := w.decoder.Decode(answer, nil, nil)
	if runtime.IsNotRegisteredError(err) {
		decoded, _, err = unstructured.UnstructuredJSONScheme.Decode(answer, nil, nil)
	}
	o, ok := decoded.(client.Object)
	if err != nil || !ok {
		return nil
	}
	return w.fieldsOf(o)
}

// fieldsOf are an object's fields for Event.Stored; nil if it is none of the operator's
// scheme.
func (w *World) fieldsOf(o client.Object) map[string]any {
	c := canonical{namespace: w.scope.namespace, hashes: w.operator.Hashes, exact: true, show: w.generated.Show}
	e, err := c.ending(o, w.operator.Scheme)
	if err != nil {
		return nil // it was decoded by that scheme
	}
	return e.Fields
}

// sortByType sorts conditions, which are a map by their type, whatever a
// CustomResourceDefinition says of them:
// https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#typical-status-properties
// Their order only says which of an operator's controllers wrote first.
func sortByType(conditions []any) {
	typeOf := func(condition any) string {
		fields, _ := condition.(map[string]any) // without a type if it is none
		name, _ := fields["type"].(string)
		return name
	}
	slices.SortStableFunc(conditions, func(a, b any) int { return strings.Compare(typeOf(a), typeOf(b)) })
}

// aTime stands for a time.
const aTime = "a time"

// canonical takes from objects what differs between worlds.
type canonical struct {
	namespace string
	names     map[string]string // what stands for names that were made up
	// exact keeps times and generations that were observed; show, if set, shows names as
	// the trace does.
	exact bool
	show  func(string) string
	// hashes matches what is derived from what differs; nil for nothing.
	hashes *regexp.Regexp
}

// unhashed is a text without the hashes in it.
func (c canonical) unhashed(text string) string {
	if c.hashes == nil {
		return text
	}
	return c.hashes.ReplaceAllString(text, "HASH")
}

func (c canonical) ending(o client.Object, scheme *runtime.Scheme) (Ending, error) {
	kind, err := apiutil.GVKForObject(o, scheme)
	if err != nil {
		return Ending{}, err
	}
	if _, is := o.(runtime.Unstructured); is {
		o = o.DeepCopyObject().(client.Object) // its fields are not copied otherwise
	}
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o)
	if err != nil {
		return Ending{}, fmt.Errorf("%s %s: %w", kind.Kind, o.GetName(), err)
	}
	delete(fields, "apiVersion")
	delete(fields, "kind")
	if m, ok := fields["metadata"].(map[string]any); ok {
		for _, key := range []string{"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "namespace", "deletionGracePeriodSeconds"} {
			delete(m, key)
		}
		if c.exact && m["deletionTimestamp"] != nil {
			m["deletionTimestamp"] = aTime // the API server's own
		}
	}
	if kind.GroupKind() == (schema.GroupKind{Kind: "Service"}) {
		unallocated(fields)
	}
	name := c.names[o.GetName()]
	if name == "" {
		name = c.unhashed(o.GetName())
	}
	if !c.exact {
		c.observed(fields, o.GetGeneration())
	}
	return Ending{kind.GroupKind(), name, c.value(fields).(map[string]any)}, nil
}

// unallocated takes from a Service the addresses and ports that the API server draws.
func unallocated(service map[string]any) {
	spec, ok := service["spec"].(map[string]any)
	if !ok {
		return
	}
	if spec["clusterIP"] != "None" {
		delete(spec, "clusterIP")
		delete(spec, "clusterIPs")
	}
	delete(spec, "healthCheckNodePort")
	ports, _ := spec["ports"].([]any) // none if there are none
	for _, port := range ports {
		if p, ok := port.(map[string]any); ok {
			delete(p, "nodePort")
		}
	}
}

// observed says of a generation that was observed only whether it is the newest.
func (c canonical) observed(fields map[string]any, generation int64) {
	//determinism:ordered each field is changed on its own
	for key, v := range fields {
		switch v := v.(type) {
		case int64:
			if key == "observedGeneration" && v == generation {
				fields[key] = "the newest"
			}
		case map[string]any:
			c.observed(v, generation)
		case []any:
			for _, element := range v {
				if m, ok := element.(map[string]any); ok {
					c.observed(m, generation)
				}
			}
		}
	}
}

var uid = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// value is a value in its canonical form.
func (c canonical) value(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		//determinism:ordered each goes to its own place
		for key, element := range v {
			out[key] = c.value(element)
			if list, ok := out[key].([]any); ok && key == "conditions" && !c.exact {
				sortByType(list)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for n := range v {
			out[n] = c.value(v[n])
		}
		return out
	case string:
		if madeUp := c.names[v]; madeUp != "" {
			return madeUp
		}
		if c.show != nil {
			v = c.show(v)
		}
		if _, err := time.Parse(time.RFC3339, v); err == nil && !c.exact {
			return aTime
		}
		v = c.unhashed(v)
		v = uid.ReplaceAllString(v, "UID")
		if c.namespace != "" {
			v = strings.ReplaceAll(v, c.namespace, trace.OwnNamespace)
		}
		return v
	}
	return v
}
