package controller

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/rollout"
)

// unanswered is a transport whose requests get no answer.
type unanswered func(*http.Request) error

func (u unanswered) RoundTrip(req *http.Request) (*http.Response, error) { return nil, u(req) }

// TestAnEventWaitsForTwoSeconds has the API server be out of reach, and looks at how long
// the request for an Event may take.
func TestAnEventWaitsForTwoSeconds(t *testing.T) {
	requests := 0
	mock := clock.NewMock()
	transport := unanswered(func(req *http.Request) error {
		requests++
		if until, ends := req.Context().Deadline(); !ends || until.Sub(mock.Now()) != 2*time.Second {
			t.Errorf("it waits until %v (%t), of %v", until, ends, mock.Now())
		}
		return errors.New("out of reach")
	})
	mapper := meta.NewDefaultRESTMapper(nil)
	mapper.Add(eventsv1.SchemeGroupVersion.WithKind("Event"), meta.RESTScopeNamespace)
	c, err := client.New(&rest.Config{Host: "http://server.example", QPS: -1}, client.Options{HTTPClient: &http.Client{Transport: transport}, Scheme: scheme.Scheme, Mapper: mapper})
	if err != nil {
		t.Fatal(err)
	}
	r := &Reconciler{Client: c, Clock: mock, Instance: "test"}
	dd := &v1.DeviceDeployment{ObjectMeta: metav1.ObjectMeta{Namespace: "plant", Name: "press-01", UID: "0123456789"}}
	r.recordEvent(t.Context(), dd, rollout.Transition{Generation: 1, Phase: v1.Pending}, metav1.NewMicroTime(mock.Now()))
	if requests != 1 {
		t.Errorf("%d requests", requests)
	}
}
