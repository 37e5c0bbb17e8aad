package process

import (
	"net/http"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// resource is what a request to an API server concerns.
type resource struct {
	schema.GroupVersionResource
	// Namespace is empty for cluster-scoped objects, and for lists across namespaces.
	Namespace string
	// Name is empty for lists, collections and creates.
	Name string
	// Subresource is empty for the object itself.
	Subresource string
}

// resourceOf parses the path of a request,
//
//	/api/VERSION/… or /apis/GROUP/VERSION/…, and then
//	[namespaces/NAMESPACE/]RESOURCE[/NAME[/SUBRESOURCE]]
//
// ok is false if it concerns no resource, as in discovery.
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
	// A Namespace is an object, too, with two subresources.
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

// isEvent says whether a request concerns Events, of either API group.
func (r resource) isEvent() bool {
	return r.Resource == "events" && (r.Group == "" || r.Group == "events.k8s.io")
}
