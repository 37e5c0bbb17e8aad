package scenario

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// objectRef names an object as kubectl does: a kind or resource, and a name.
type objectRef struct{ kind, name string }

// readRefs parses names such as configmap/web.
func readRefs(a *Arguments) (refs []objectRef) {
	return readNamed(a, objectName)
}

// readNamed is readRefs with another rule for names.
func readNamed(a *Arguments, rule *regexp.Regexp) (refs []objectRef) {
	for _, w := range a.Expand("an object after it, such as configmap/web") {
		kind, name, ok := strings.Cut(w.Text, "/")
		if !ok || kind == "" || !rule.MatchString(name) {
			a.Fail(w, "a kind and a name, such as configmap/web")
		}
		refs = append(refs, objectRef{kind, name})
	}
	return refs
}

// object returns an object with nothing but kind and name.
func (r *Run) object(ref objectRef) (*unstructured.Unstructured, error) {
	kind, err := r.general().Kind(ref.kind)
	if err != nil {
		return nil, err
	}
	o := &unstructured.Unstructured{}
	o.SetGroupVersionKind(kind)
	o.SetName(ref.name)
	return o, nil
}

// isObject returns why some YAML is not an object.
func isObject(o *unstructured.Unstructured) error {
	switch {
	case o.GetAPIVersion() == "" || o.GetKind() == "":
		return errors.New("an object with an apiVersion and a kind")
	case !objectName.MatchString(o.GetName()):
		return errors.New("an object with a name in its metadata")
	case o.GetNamespace() != "":
		return fmt.Errorf("no namespace, since the world has one of its own, and not %s", o.GetNamespace())
	}
	return nil
}
