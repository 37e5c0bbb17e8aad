package process

import (
	"io"
	"net/http"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// generatedMark ends the Target's name of a create whose name the API server makes up.
const generatedMark = "*"

// Target is what a request to an API server concerns, and what it does.
type Target struct {
	// Verb is the API server's verb: get, list, create, update, patch, delete or
	// deletecollection; or apply, for a patch that is a server-side apply.
	Verb string
	// Kind is the objects' kind; of a resource that the mapper doesn't know, it is
	// the resource's name.
	Kind schema.GroupKind
	// Namespace is empty for cluster-scoped objects, and for lists across namespaces.
	Namespace string
	// Name is empty for lists and collections, and PREFIX* for a create whose name
	// the API server makes up.
	Name string
	// Subresource is empty for the object itself.
	Subresource string
}

// TargetOf says what a request to an API server is about; it is false for one that
// is about no resource. The body can be read again only if the request's GetBody is
// set, as client-go does: without it, a create has no name.
func TargetOf(req *http.Request, mapper meta.RESTMapper) (t Target, ok bool) {
	r, ok := resourceOf(req)
	if !ok {
		return Target{}, false
	}
	t = Target{
		Kind:      schema.GroupKind{Group: r.Group, Kind: r.Resource},
		Namespace: r.Namespace, Name: r.Name, Subresource: r.Subresource,
	}
	if mapper != nil {
		if kind, err := mapper.KindFor(r.GroupVersionResource); err == nil {
			t.Kind = kind.GroupKind()
		}
	}
	switch req.Method {
	case http.MethodPost:
		t.Verb = "create"
		if t.Name == "" {
			t.Name = createdName(req)
		}
	case http.MethodPut:
		t.Verb = "update"
	case http.MethodPatch:
		t.Verb = "patch"
		if strings.HasPrefix(req.Header.Get("Content-Type"), "application/apply-patch") {
			t.Verb = "apply"
		}
	case http.MethodDelete:
		t.Verb = "delete"
		if t.Name == "" {
			t.Verb = "deletecollection"
		}
	default:
		t.Verb = "get"
		if t.Name == "" {
			t.Verb = "list"
		}
	}
	return t, true
}

// createdName is the name of the object that a create sends.
func createdName(req *http.Request) string {
	if req.GetBody == nil {
		return ""
	}
	sent, err := req.GetBody()
	if err != nil {
		return ""
	}
	defer sent.Close()
	object, err := io.ReadAll(sent)
	if err != nil {
		return ""
	}
	located := locate(object)
	switch {
	case len(located) == 0:
		return ""
	case located[0].Name == "" && located[0].GenerateName != "":
		return located[0].GenerateName + generatedMark
	}
	return located[0].Name
}
