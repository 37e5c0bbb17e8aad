package process

import (
	"net/http"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// resource is what a request to an API server is about.
type resource struct {
	schema.GroupVersionResource
	// Namespace is empty for objects without one, and for lists of all of them.
	Namespace string
	// Name is empty for lists, collections and creates.
	Name string
	// Subresource is empty for the object itself.
	Subresource string
}

// resourceOf reads the path of a request,
//
//	/api/VERSION/… or /apis/GROUP/VERSION/…, and then
//	[namespaces/NAMESPACE/]RESOURCE[/NAME[/SUBRESOURCE]]
//
// It is false for one that is about no resource, such as discovery.
func resourceOf(req *http.Request) (r resource, ok bool) {
	parts := strings.Split(strings.Trim(req.URL.Path, "/"), "/")
	switch {
	case len(parts) > 2 && parts[0] == "api":
		r.Version, parts = parts[1], parts[2:]
	case len(parts) > 3 && parts[0] == "apis":
		r.Group, r.Version, parts = parts[1], parts[2], parts[3:]
	default:
		return resource{}, false
	}
	// A namespace is an object too, with two subresources.
	if len(parts) > 2 && parts[0] == "namespaces" && parts[2] != "status" && parts[2] != "finalize" {
		r.Namespace, parts = parts[1], parts[2:]
	}
	r.Resource = parts[0]
	if len(parts) > 1 {
		r.Name = parts[1]
	}
	if len(parts) > 2 {
		r.Subresource = strings.Join(parts[2:], "/")
	}
	return r, true
}

// isEvent says whether a request is about Events, of either group.
func (r resource) isEvent() bool {
	return r.Resource == "events" && (r.Group == "" || r.Group == "events.k8s.io")
}
