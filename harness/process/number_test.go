package process

import (
	"testing"

	"example.com/edge-device-operator/harness/virtualtime"
)

func TestWhatIsAnOperation(t *testing.T) {
	for _, tt := range []struct {
		way  way
		path string
		is   bool
	}{
		{way{}, "/burn", true},
		{way{api: true}, "/api/v1/namespaces/w/secrets/web", true},
		{way{api: true, cache: true}, "/api/v1/secrets", false},
		{way{api: true}, "/api/v1/namespaces/w/events", false},
		{way{api: true}, "/apis/events.k8s.io/v1/namespaces/w/events", false},
		{way{api: true}, "/apis/example.com/v1/events", true},
		{way{api: true}, "/openapi/v3", false},
	} {
		s := stands(t)
		through := row(s, s.operate(tt.way, func(*call) { s.served = append(s.served, "operation") }))
		if _, err := through.RoundTrip(s.request("POST", tt.path, "")); err != nil {
			t.Fatal(err)
		}
		if is := s.served[0] == "operation"; is != tt.is {
			t.Errorf("%+v: POST %s is an operation: %t", tt.way, tt.path, is)
		}
	}
}

// TestNumber has operations get their work's next number, and the world wait for
// each until it is over.
func TestNumber(t *testing.T) {
	s := stands(t)
	for number := 1; number <= 2; number++ {
		c := s.call("GET", "/health", "")
		c.token.End()
		s.number(c, func(c *call) {
			op, is := OperationIn(c.Request.Context())
			if want := (Operation{"web", number}); !is || op != want || c.Operation != want {
				t.Errorf("it is %v, and %v in its context, want %v", c.Operation, op, want)
			}
			if task := virtualtime.TaskIn(c.Request.Context()); task.Name() != "controller 1/web" {
				t.Errorf("it is the work of %q", task.Name())
			}
			if want := map[int]string{1: "request: web#1 GET /health", 2: "request: web#2 GET /health"}[number]; s.running() != want {
				t.Errorf("there runs %q, want %q", s.running(), want)
			}
		})
		if s.running() != "" {
			t.Errorf("after it there runs %q", s.running())
		}
	}
}
