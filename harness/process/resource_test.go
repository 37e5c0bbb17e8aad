package process

import (
	"net/http/httptest"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

func TestResourceOf(t *testing.T) {
	core := func(name string) schema.GroupVersionResource {
		return schema.GroupVersionResource{Version: "v1", Resource: name}
	}
	apps := schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	for path, want := range map[string]resource{
		"/api/v1/namespaces/w/configmaps":                     {core("configmaps"), "w", "", ""},
		"/api/v1/namespaces/w/configmaps/web":                 {core("configmaps"), "w", "web", ""},
		"/api/v1/configmaps":                                  {core("configmaps"), "", "", ""},
		"/api/v1/nodes/n1":                                    {core("nodes"), "", "n1", ""},
		"/api/v1/nodes/n1/status":                             {core("nodes"), "", "n1", "status"},
		"/api/v1/namespaces":                                  {core("namespaces"), "", "", ""},
		"/api/v1/namespaces/w":                                {core("namespaces"), "", "w", ""},
		"/api/v1/namespaces/w/finalize":                       {core("namespaces"), "", "w", "finalize"},
		"/apis/apps/v1/namespaces/w/deployments/web/scale":    {apps, "w", "web", "scale"},
		"/apis/apps/v1/deployments":                           {apps, "", "", ""},
		"/api/v1/namespaces/w/services/web/proxy/health/live": {core("services"), "w", "web", "proxy/health/live"},
	} {
		if got, ok := resourceOf(httptest.NewRequest("GET", path, nil)); !ok || got != want {
			t.Errorf("%s: %+v, want %+v", path, got, want)
		}
	}
	for _, path := range []string{"/api", "/api/v1", "/apis", "/apis/apps/v1", "/version", "/readyz", "/openapi/v3"} {
		if got, ok := resourceOf(httptest.NewRequest("GET", path, nil)); ok {
			t.Errorf("%s is about %+v", path, got)
		}
	}
}

func TestEventsOfEitherGroup(t *testing.T) {
	for path, want := range map[string]bool{
		"/api/v1/namespaces/w/events":                  true,
		"/apis/events.k8s.io/v1/namespaces/w/events/e": true,
		"/apis/example.com/v1/namespaces/w/events/e":   false,
		"/api/v1/namespaces/w/configmaps/events":       false,
	} {
		if r, _ := resourceOf(httptest.NewRequest("GET", path, nil)); r.isEvent() != want {
			t.Errorf("%s: %t, want %t", path, r.isEvent(), want)
		}
	}
}
