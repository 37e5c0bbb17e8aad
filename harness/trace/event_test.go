package trace

import (
	"testing"
	"time"
)

func TestFields(t *testing.T) {
	var e Event
	e.Add(String("phase", "Pending"), Int("attempt", 2), Bool("deleting", true))
	if e.String("phase") != "Pending" || e.Int("attempt") != 2 || !e.Bool("deleting") || !e.Has("attempt") {
		t.Errorf("%+v", e)
	}
	// Of another type, or none.
	if e.String("attempt") != "" || e.Int("phase") != 0 || e.Bool("phase") || e.Has("image") || e.String("image") != "" {
		t.Errorf("%+v", e)
	}
}

func TestActorsAndObjectsHaveNames(t *testing.T) {
	for want, named := range map[string]interface{ String() string }{
		"world": Actor{Role: World}, "person": Actor{Role: Person}, "controller 2": Actor{Role: Controller, Number: 2}, "etcd": Actor{Role: Program, Name: "etcd"},
		"Secret": Object{Kind: "Secret", Namespace: OwnNamespace}, "Secret web": Object{Kind: "Secret", Namespace: OwnNamespace, Name: "web"},
		"Node/status n1": Object{Kind: "Node", Name: "n1", Subresource: "status"}, "Secret other/web": Object{Kind: "Secret", Namespace: "other", Name: "web"},
	} {
		if got := named.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestEncode is the schema, with every key.
func TestEncode(t *testing.T) {
	all := Event{
		At: 1500 * time.Millisecond, Subject: "web", Early: true, Actor: Actor{Role: Controller, Number: 2}, Kind: Write, Verb: "update",
		Work: Work{Controller: "sites", Namespace: OwnNamespace, Name: "web"}, Number: 7, Late: true, Concurrent: true,
		Object: Object{Group: "apps", Kind: "Deployment", Namespace: OwnNamespace, Name: "web", Subresource: "status"},
		Target: Actor{Role: System, Name: "vault"}, Result: Result{Status: 409, Failure: Conflict, Lost: true, Injected: true},
		Fields: []Field{String("phase", "Pending"), Int("attempt", 0), Bool("deleting", false)},
	}
	for _, tt := range []struct {
		event Event
		want  string
	}{
		{all, `{"atSeconds":1.5,"subject":"web","actor":{"role":"controller","number":2},"kind":"write","verb":"update",` +
			`"work":{"controller":"sites","namespace":"WORLD","name":"web"},"number":7,"late":true,"concurrent":true,` +
			`"object":{"group":"apps","kind":"Deployment","namespace":"WORLD","name":"web","subresource":"status"},` +
			`"target":{"role":"system","name":"vault"},"result":{"status":409,"failure":"conflict","lost":true,"injected":true},` +
			`"fields":[{"key":"phase","value":"Pending"},{"key":"attempt","value":0},{"key":"deleting","value":false}],` +
			`"text":"request #7 arrives late: update"}`},
		{Event{Actor: Actor{Role: World}, Kind: Kill, Target: Actor{Role: Program, Name: "etcd"}, Verb: "x"},
			`{"atSeconds":0,"actor":{"role":"world"},"kind":"kill","verb":"x","target":{"role":"program","name":"etcd"},"text":"x"}`},
	} {
		got, err := Encode([]Event{tt.event}, verbs)
		if err != nil || len(got) != 1 || string(got[0]) != tt.want {
			t.Errorf("%s, %v, want\n%s", got, err, tt.want)
		}
	}
}
