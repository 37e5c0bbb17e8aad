package process

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
)

// about tells requests apart that are in flight together: by verb, kind, key, and a hash
// of the body. What differs from run to run is no part of it: the namespace, and what
// the API server draws.
func about(req *http.Request, scheme *runtime.Scheme) string {
	path, key := req.URL.Path, ""
	body := bodyOf(req)
	if r, ok := resourceOf(req); ok {
		path = strings.Join([]string{r.Group, r.Version, r.Resource, r.Subresource}, "/")
		key = r.Name
		if o := decodeSent(body, scheme); o != nil {
			if m, err := meta.Accessor(o); err == nil {
				key += m.GetName() + m.GetGenerateName()
				forget(m)
			}
			if same, err := json.Marshal(o); err == nil {
				body = same
			}
		}
		if r.Namespace != "" {
			body = bytes.ReplaceAll(body, []byte(r.Namespace), nil)
		}
	}
	hash := fnv.New64a()
	hash.Write(body) // never an error
	return fmt.Sprintf("%s %s %s %s %x", req.Method, path, key, req.URL.RawQuery, hash.Sum64())
}

// bodyOf is a copy of what a request sends.
func bodyOf(req *http.Request) []byte {
	if req.GetBody == nil {
		return nil
	}
	r, err := req.GetBody()
	if err != nil {
		return nil
	}
	defer r.Close()
	body, _ := io.ReadAll(r) // from memory
	return body
}

// decodeSent is the object that a request sends, nil if it sends none of the scheme's.
func decodeSent(body []byte, scheme *runtime.Scheme) runtime.Object {
	if scheme == nil || len(body) == 0 {
		return nil
	}
	o, _, err := serializer.NewCodecFactory(scheme).UniversalDeserializer().Decode(body, nil, nil)
	if err != nil {
		return nil
	}
	return o
}

// forget takes from an object's metadata what the API server has drawn.
func forget(m metav1.Object) {
	m.SetUID("")
	m.SetResourceVersion("")
	m.SetManagedFields(nil)
	m.SetCreationTimestamp(metav1.Time{})
	owners := m.GetOwnerReferences()
	for n := range owners {
		owners[n].UID = ""
	}
	m.SetOwnerReferences(owners)
}
