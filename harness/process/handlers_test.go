package process

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/virtualtime"
)

// stand is a process without a manager, in a world of its own, with a server that
// answers to what gets through its handlers.
type stand struct {
	*testing.T
	*Process
	seen   []Exchange             // what was observed
	served []string               // what the server was asked for
	serves *http.Request          // what the server is asked at present
	answer func() (string, error) // what the server answers with, after 200
}

func stands(t *testing.T) *stand {
	t.Helper()
	clock, quiescence := virtualtime.NewClock(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)), virtualtime.NewQuiescence()
	mapper := meta.NewDefaultRESTMapper(nil)
	mapper.Add(schema.GroupVersionKind{Version: "v1", Kind: "Secret"}, meta.RESTScopeNamespace)
	s := &stand{T: t, answer: func() (string, error) { return "{}", nil }}
	s.Process = newInstance(Config{
		Incarnation: 1, Mapper: mapper, Clock: clock, Quiescence: quiescence, SyncTracker: NewSyncTracker(quiescence), Operations: NewOperations(),
		RequestFaults: NewRequestFaults(clock), Sequencer: NewSequencer(0), Observe: func(x Exchange) { s.seen = append(s.seen, x) },
	})
	s.inFlight["web"] = flight{}
	s.queues[""] = &queue{Queue: virtualtime.NewQueue[reconcile.Request](clock, quiescence, nil, 1, func(reconcile.Request) string { return "" }, nil)}
	t.Cleanup(s.kill)
	return s
}

// RoundTrip is the server's.
func (s *stand) RoundTrip(req *http.Request) (*http.Response, error) {
	what := req.Method + " " + req.URL.RequestURI()
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		what += " " + string(body)
	}
	s.served = append(s.served, strings.TrimSpace(what))
	s.serves = req
	body, err := s.answer()
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
}

// request is one of the reconcile of web.
func (s *stand) request(method, path, body string) *http.Request {
	s.Helper()
	req, err := http.NewRequest(method, "http://server.example"+path, bytes.NewBufferString(body))
	if err != nil {
		s.Fatal(err)
	}
	ctx := context.WithValue(s.Context(), reconcileKey{}, Reconcile{Object: "web", Number: 3})
	return req.WithContext(ctx)
}

// call is such a request on its way, which has a number.
func (s *stand) call(method, path, body string) *call {
	s.Helper()
	c := &call{Exchange: Exchange{Operation: Operation{"web", 1}, Request: s.request(method, path, body), API: true, Incarnation: 1, Reconcile: Reconcile{Object: "web", Number: 3}}}
	c.task = s.task("web")
	c.token = c.task.Begin("request: web#1")
	s.Cleanup(c.token.End)
	return c
}

// wants expects the server to have been asked for these.
func (s *stand) wants(served ...string) {
	s.Helper()
	if got, want := strings.Join(s.served, "\n"), strings.Join(served, "\n"); got != want {
		s.Errorf("the server was asked for\n%s\nwant\n%s", got, want)
	}
}

// running is what keeps the world from being settled.
func (s *stand) running() string {
	over, cancel := context.WithCancel(context.Background())
	cancel()
	var unsettled *virtualtime.UnsettledError
	if errors.As(s.cfg.Quiescence.Settle(over), &unsettled) {
		return strings.Join(unsettled.Running, ", ")
	}
	return ""
}

// settles returns when nothing runs.
func (s *stand) settles() {
	s.Helper()
	if err := s.cfg.Quiescence.Settle(s.Context()); err != nil {
		s.Fatal(err)
	}
}

// beside does something that doesn't return yet, as the own goroutine of web.
func (s *stand) beside(do func()) (done chan struct{}) {
	done = make(chan struct{})
	go func() {
		defer close(done)
		ownGoroutine(do)
	}()
	return done
}

// isOver says whether a channel is closed.
func isOver(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
