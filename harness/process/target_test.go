package process

import (
	"bytes"
	"net/http"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	protobufcodec "k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/client-go/kubernetes/scheme"
)

func TestTargetOf(t *testing.T) {
	mapper := meta.NewDefaultRESTMapper(nil)
	mapper.Add(corev1.SchemeGroupVersion.WithKind("Secret"), meta.RESTScopeNamespace)
	secret, gadgets := schema.GroupKind{Kind: "Secret"}, schema.GroupKind{Group: "example.com", Kind: "gadgets"}
	var proto bytes.Buffer
	named := &corev1.Secret{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}, ObjectMeta: metav1.ObjectMeta{GenerateName: "web-"}}
	if err := protobufcodec.NewSerializer(scheme.Scheme, scheme.Scheme).Encode(runtime.Object(named), &proto); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		method, path, body string
		want               Target
	}{
		{"GET", "/api/v1/namespaces/w/secrets/web", "", Target{"get", secret, "w", "web", ""}},
		{"GET", "/api/v1/secrets", "", Target{"list", secret, "", "", ""}},
		{"POST", "/api/v1/namespaces/w/secrets", `{"metadata":{"name":"web"}}`, Target{"create", secret, "w", "web", ""}},
		{"POST", "/api/v1/namespaces/w/secrets", `{"metadata":{"generateName":"web-"}}`, Target{"create", secret, "w", "web-*", ""}},
		{"POST", "/api/v1/namespaces/w/secrets", proto.String(), Target{"create", secret, "w", "web-*", ""}},
		{"POST", "/api/v1/namespaces/w/secrets", "", Target{"create", secret, "w", "", ""}},
		{"PUT", "/apis/example.com/v1/namespaces/w/gadgets/web/status", `{}`, Target{"update", gadgets, "w", "web", "status"}},
		{"PATCH", "/apis/example.com/v1/gadgets/web", `{}`, Target{"patch", gadgets, "", "web", ""}},
		{"PATCH", "/apis/example.com/v1/gadgets/web", `apply`, Target{"apply", gadgets, "", "web", ""}},
		{"DELETE", "/api/v1/namespaces/w/secrets/web", "", Target{"delete", secret, "w", "web", ""}},
		{"DELETE", "/api/v1/namespaces/w/secrets", "", Target{"deletecollection", secret, "w", "", ""}},
	} {
		req, err := http.NewRequest(tt.method, "https://server"+tt.path, bytes.NewReader([]byte(tt.body)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/merge-patch+json")
		if tt.body == "apply" {
			req.Header.Set("Content-Type", "application/apply-patch+yaml")
		}
		if got, ok := TargetOf(req, mapper); !ok || got != tt.want {
			t.Errorf("%s %s %q: %+v, want %+v", tt.method, tt.path, tt.body, got, tt.want)
		}
	}
	req, err := http.NewRequest("GET", "https://server/version", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := TargetOf(req, mapper); ok {
		t.Errorf("/version is about %+v", got)
	}
}
