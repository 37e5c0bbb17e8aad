package world

import (
	"context"
	"errors"
	"net"
	"net/http"
	"reflect"
	"strings"
	"syscall"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/virtualtime"
)

// unopened is a world that no API server knows of, with a vault outside of the cluster.
func unopened() *World {
	mapper := meta.NewDefaultRESTMapper(nil)
	mapper.Add(corev1.SchemeGroupVersion.WithKind("Secret"), meta.RESTScopeNamespace)
	return &World{
		scope: scope{namespace: "world-7"}, operator: Operator{Mapper: mapper}, systems: []System{vault{}},
		clock: virtualtime.NewClock(Start), trace: &trace.Trace{},
	}
}

type vault struct{ System }

func (vault) Serves(host string) (name string, ok bool) { return "vault", host == "vault.example" }

func (vault) OnlyLooks(r *http.Request) bool { return r.Method == http.MethodGet }

func exchange(t *testing.T, ctx context.Context, method, url string, api bool) process.Exchange {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(`{"metadata":{"name":"a"}}`))
	if err != nil {
		t.Fatal(err)
	}
	target, _ := process.TargetOf(req, unopened().operator.Mapper)
	return process.Exchange{
		Began:  Start,
		Target: target, Operation: process.Operation{Object: "a", Number: 3}, Incarnation: 2, Request: req, Status: http.StatusOK, API: api,
		Work: process.Work{Controller: "issuer", Key: types.NamespacedName{Namespace: "world-7", Name: "a"}},
	}
}

// TestEventOfARequest has all that is known of one without knowing the operator. The
// world's namespace, whose name says how many there have been, is nowhere in it.
func TestEventOfARequest(t *testing.T) {
	w := unopened()
	a := trace.Actor{Role: trace.Controller, Number: 2}
	work := trace.Work{Controller: "issuer", Namespace: trace.OwnNamespace, Name: "a"}
	for _, tt := range []struct {
		exchange process.Exchange
		want     trace.Event
	}{
		{exchange(t, t.Context(), "POST", "https://server/api/v1/namespaces/world-7/secrets", true), trace.Event{
			Subject: "a", Actor: a, Work: work, Number: 3, Kind: trace.Write, Verb: "create", Result: trace.Result{Status: 200},
			Object: trace.Object{Kind: "Secret", Namespace: trace.OwnNamespace, Name: "a"}, Fields: []trace.Field{trace.String(trace.Path, "/api/v1/secrets")},
		}},
		{exchange(t, t.Context(), "GET", "https://server/api/v1/namespaces/world-71/secrets/b", true), trace.Event{
			Subject: "a", Actor: a, Work: work, Number: 3, Kind: trace.Read, Verb: "get", Result: trace.Result{Status: 200},
			Object: trace.Object{Kind: "Secret", Namespace: "world-71", Name: "b"}, Fields: []trace.Field{trace.String(trace.Path, "/api/v1/namespaces/world-71/secrets/b")},
		}},
		{exchange(t, t.Context(), "POST", "http://vault.example:8080/world-7/word?key=uid", false), trace.Event{
			Subject: "a", Actor: a, Work: work, Number: 3, Kind: trace.Request, Verb: "POST", Result: trace.Result{Status: 200}, Effect: true,
			Target: trace.Actor{Role: trace.System, Name: "vault"}, Fields: []trace.Field{trace.String(trace.Path, "/WORLD/word")},
		}},
		{exchange(t, t.Context(), "GET", "http://elsewhere.world-7.example/", false), trace.Event{
			Subject: "a", Actor: a, Work: work, Number: 3, Kind: trace.Request, Verb: "GET", Result: trace.Result{Status: 200},
			Target: trace.Actor{Role: trace.System, Name: "elsewhere.WORLD.example"}, Fields: []trace.Field{trace.String(trace.Path, "/")},
		}},
	} {
		if got := w.event(tt.exchange); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s %s:\n%+v, want\n%+v", tt.exchange.Request.Method, tt.exchange.Request.URL, got, tt.want)
		}
	}

	w.together.Store(true)
	x := exchange(t, t.Context(), "GET", "http://vault.example/word", false)
	x.Lost, x.Unserved = true, true
	if e := w.event(x); !e.Concurrent || e.Late || e.Result != (trace.Result{Status: 200, Lost: true, Injected: true}) {
		t.Errorf("%+v", e)
	}
	x.Late = true
	if e := w.event(x); e.Concurrent || !e.Late || e.Number != 3 {
		t.Errorf("%+v", e)
	}
}

// TestEffectOfARequest has a system say which requests change nothing in it; those that
// the world answers don't, either.
func TestEffectOfARequest(t *testing.T) {
	w := unopened()
	for _, tt := range []struct {
		method           string
		unserved, effect bool
	}{{"POST", false, true}, {"GET", false, false}, {"POST", true, false}} {
		x := exchange(t, t.Context(), tt.method, "http://vault.example/word", false)
		x.Unserved = tt.unserved
		if e := w.event(x); e.Effect != tt.effect {
			t.Errorf("%s, answered by the world %t: has an effect: %t", tt.method, tt.unserved, e.Effect)
		}
	}
	w.systems = []System{struct{ System }{vault{}}}
	if !w.event(exchange(t, t.Context(), "GET", "http://vault.example/word", false)).Effect {
		t.Error("a system that doesn't say so can be looked at without an effect")
	}
}

func TestFailureOfARequest(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	late, stop := context.WithDeadline(t.Context(), Start.AddDate(-50, 0, 0))
	defer stop()
	broken := errors.New("broken")
	for _, tt := range []struct {
		name    string
		ctx     context.Context
		api     bool
		change  func(*process.Exchange)
		failure trace.Failure
		status  int
	}{
		{"served", t.Context(), true, func(*process.Exchange) {}, "", 200},
		{"a conflict", t.Context(), true, func(x *process.Exchange) { x.Status = 409 }, trace.Conflict, 409},
		{"invalid", t.Context(), true, func(x *process.Exchange) { x.Status = 422 }, trace.Invalid, 422},
		{"invalid, says the world", t.Context(), true, func(x *process.Exchange) { x.Status, x.Unserved = 422, true }, trace.Refused, 422},
		{"a 422 of a system", t.Context(), false, func(x *process.Exchange) { x.Status = 422 }, trace.Refused, 422},
		{"refused", t.Context(), true, func(x *process.Exchange) { x.Status = 503 }, trace.Refused, 503},
		{"broken off", t.Context(), true, func(x *process.Exchange) { x.BodyErr = broken }, trace.Truncated, 200},
		{"a 503 that breaks off", t.Context(), false, func(x *process.Exchange) { x.Status, x.BodyErr = 503, broken }, trace.Truncated, 503},
		{"endless", t.Context(), false, func(x *process.Exchange) { x.Cut = true }, trace.Endless, 200},
		{"too late", late, false, func(x *process.Exchange) { x.Err = context.DeadlineExceeded }, trace.Timeout, 0},
		{"given up", over, false, func(x *process.Exchange) { x.Err = broken }, trace.Canceled, 0},
		{"no host", t.Context(), false, func(x *process.Exchange) { x.Err = &net.OpError{Err: &net.DNSError{IsNotFound: true}} }, trace.NoSuchHost, 0},
		{"refused the connection", t.Context(), false, func(x *process.Exchange) { x.Err = &net.OpError{Err: syscall.ECONNREFUSED} }, trace.ConnectionRefused, 0},
		{"a long header", t.Context(), false, func(x *process.Exchange) { x.Err = errors.New("server response headers exceeded 4096 bytes") }, trace.HeaderTooLong, 0},
		{"for another reason", t.Context(), true, func(x *process.Exchange) { x.Err = broken }, trace.NoAnswer, 0},
	} {
		url := "http://vault.example/word"
		if tt.api {
			url = "https://server/api/v1/namespaces/world-7/secrets/a"
		}
		x := exchange(t, tt.ctx, "GET", url, tt.api)
		tt.change(&x)
		if r := unopened().event(x).Result; r.Failure != tt.failure || r.Status != tt.status {
			t.Errorf("%s: %+v, want %q and %d", tt.name, r, tt.failure, tt.status)
		}
	}
}
