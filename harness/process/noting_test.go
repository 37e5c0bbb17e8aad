package process

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"example.com/edge-device-operator/harness/virtualtime"
)

// server is an API server that answers with objects.
type server func(*http.Request) []byte

func (s server) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusCreated, Body: io.NopCloser(bytes.NewReader(s(req)))}, nil
}

// TestNotingABinding: the answer to a Pod's binding is a Status, which doesn't say what is
// stored now. The world has to wait for that all the same.
func TestNotingABinding(t *testing.T) {
	f := NewSyncTracker(virtualtime.NewQuiescence())
	var read string
	transport := f.Noting(server(func(req *http.Request) []byte {
		if req.Method == http.MethodPost {
			return encoded(t, &metav1.Status{Status: metav1.StatusSuccess}, runtime.ContentTypeJSON)
		}
		read = req.URL.String()
		return encoded(t, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "web", UID: "1", ResourceVersion: "7"}}, runtime.ContentTypeJSON)
	}), nil)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://api/api/v1/namespaces/w/pods/web/binding?fieldManager=m", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	res, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if want := "http://api/api/v1/namespaces/w/pods/web"; read != want {
		t.Errorf("read %q, want %q", read, want)
	}
	if f.Latest() != "7" {
		t.Errorf("the newest version that is known is %q, want 7", f.Latest())
	}
}
