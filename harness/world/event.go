package world

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/virtualtime"
)

var (
	itself = trace.Actor{Role: trace.World}
	person = trace.Actor{Role: trace.Person}
)

// Observe adds an event of now to the trace.
func (w *World) Observe(e trace.Event) {
	e.At = w.Now()
	w.trace.Add(e)
}

// did records what the world did to a controller or a program; early, where that
// sets everything else of its instant off.
func (w *World) did(kind trace.Kind, to trace.Actor, fields ...trace.Field) {
	early := kind == trace.Start || kind == trace.WatchUp || kind == trace.Rejoined || kind == trace.Resync
	w.Observe(trace.Event{Actor: itself, Kind: kind, Target: to, Early: early, Fields: fields})
}

// controllerActor and programActor are whom that is done to.
func controllerActor(n int) trace.Actor { return trace.Actor{Role: trace.Controller, Number: n} }

func programActor(name string) trace.Actor { return trace.Actor{Role: trace.Program, Name: name} }

// observe puts a numbered request into the trace once it is over.
func (w *World) observe(x process.Exchange) {
	w.judgeExchange(x)
	if w.hooks.Checker != nil {
		w.hooks.Checker.Exchanged(x)
	}
	e := w.event(x)
	if w.hooks.Describer != nil {
		w.hooks.Describer.Describe(x, &e)
	}
	w.Observe(e)
}

// event is what is known of a request without knowing the operator.
func (w *World) event(x process.Exchange) trace.Event {
	e := trace.Event{
		Subject: x.Object, Actor: controllerActor(x.Incarnation), Number: x.Number, Late: x.Late,
		Concurrent: w.together.Load() && !x.Late,
		Work:       trace.Work{Controller: x.Work.Controller, Namespace: w.shown(x.Work.Key.Namespace), Name: w.generated.Show(x.Work.Key.Name)},
		Result:     trace.Result{Status: x.Status, Lost: x.Lost, Injected: x.Unserved},
		Effect:     x.Effect,
		Began:      x.Began.Sub(Start),
		Reconcile:  x.Reconcile.Number,
		FannedOut:  x.FannedOut,
		TimesOut:   x.Request != nil && virtualtime.TimesOut(x.Request.Context()),
	}
	if x.Err != nil {
		e.Result.Status = 0 // one that came at the very instant of a timeout came too late
	}
	if x.Call != nil {
		w.called(x, &e)
		return e
	}
	// The namespace is the object's, too.
	e.Add(trace.String(trace.Path, w.shownIn(strings.Replace(x.Request.URL.Path, "/namespaces/"+w.scope.namespace+"/", "/", 1), "/")))
	if x.API {
		e.Kind = trace.Write
		if x.Request.Method == http.MethodGet {
			e.Kind = trace.Read
		}
		e.Result.Failure = apiFailure(x)
		t := x.Target
		e.Verb, e.Object = t.Verb, w.object(t.Kind, t.Namespace, t.Name)
		e.Object.Subresource = t.Subresource
		if w.decoder != nil && x.Effect {
			e.Stored = w.stored(x.Body)
		}
		return e
	}
	e.Kind, e.Verb, e.Target = trace.Request, x.Request.Method, w.systemAt(x.Request.URL.Hostname())
	e.Effect = !x.Unserved && w.mayChange(x.Request)
	e.Result.Failure = systemFailure(x)
	return e
}

// called is what is known of a call of a Go interface.
func (w *World) called(x process.Exchange, e *trace.Event) {
	e.Kind, e.Verb, e.Target = trace.Call, x.Call.Verb, trace.Actor{Role: trace.System, Name: x.Call.System}
	e.Add(trace.String(trace.About, w.shownIn(x.Call.Object, "/")))
	e.Effect = !x.Unserved // nobody knows more
	if e.Result.Failure = systemFailure(x); e.Result.Failure == trace.Failed {
		text := strings.ReplaceAll(w.generated.Show(x.Failed.Error()), w.scope.namespace, trace.OwnNamespace)
		e.Add(trace.String(trace.Error, strings.ReplaceAll(text, "\n", "; ")))
	}
}

// object is an object of the API server as the trace has it.
func (w *World) object(kind schema.GroupKind, namespace, name string) trace.Object {
	return trace.Object{Group: kind.Group, Kind: kind.Kind, Namespace: w.shown(namespace), Name: w.generated.Show(name)}
}

// shown is a namespace as the trace has it: the world's own says how many worlds
// there have been.
func (w *World) shown(namespace string) string {
	if namespace == w.scope.namespace {
		return trace.OwnNamespace
	}
	return w.generated.Show(namespace)
}

// shownIn is a path or a host with each of its parts as the trace has it.
func (w *World) shownIn(text, separator string) string {
	text = w.generated.Show(text)
	if !strings.Contains(text, w.scope.namespace) {
		return text
	}
	parts := strings.Split(text, separator)
	for n := range parts {
		parts[n] = w.shown(parts[n])
	}
	return strings.Join(parts, separator)
}

// systemAt is the external system, or the part of one, that a host's name stands for.
func (w *World) systemAt(host string) trace.Actor {
	for _, s := range w.systems {
		if name, ok := s.Serves(host); ok {
			return trace.Actor{Role: trace.System, Name: name}
		}
	}
	return trace.Actor{Role: trace.System, Name: w.shownIn(host, ".")}
}

// unanswered says why there is no answer, as far as a client can tell in every run:
// which of its ends a broken connection shows first is chance.
func unanswered(x process.Exchange) trace.Failure {
	var unknown *net.DNSError
	switch ended := x.Request.Context().Err(); {
	case x.Err == nil:
		return ""
	case errors.Is(ended, context.DeadlineExceeded):
		return trace.Timeout
	case ended != nil:
		return trace.Canceled
	case errors.As(x.Err, &unknown):
		return trace.NoSuchHost
	case errors.Is(x.Err, syscall.ECONNREFUSED):
		return trace.ConnectionRefused
	case strings.Contains(x.Err.Error(), "response headers exceeded"):
		return trace.HeaderTooLong // net/http has no type for it
	}
	return trace.NoAnswer
}

// apiFailure says why a request to the API server did not succeed.
func apiFailure(x process.Exchange) trace.Failure {
	switch failure := unanswered(x); {
	case failure != "":
		return failure
	case x.Status == http.StatusConflict:
		return trace.Conflict
	case x.Status == http.StatusUnprocessableEntity && !x.Unserved:
		return trace.Invalid // a refusal that the world made up is nobody's judgement
	case x.Status/100 != 2:
		return trace.Refused
	case x.BodyErr != nil:
		return trace.Truncated
	}
	return ""
}

// systemFailure says why a request to an external system did not.
func systemFailure(x process.Exchange) trace.Failure {
	switch failure := unanswered(x); {
	case failure != "":
		return failure
	case x.BodyErr != nil:
		return trace.Truncated
	case x.Cut:
		return trace.Endless
	case x.Status == http.StatusConflict:
		return trace.Conflict
	case x.Failed != nil:
		return trace.Failed
	case x.Status/100 != 2 && (x.Call == nil || x.Unserved):
		return trace.Refused
	}
	return ""
}

// byPerson is what somebody does to an object.
func (w *World) byPerson(o client.Object, verb, subresource string, fields []trace.Field) (trace.Event, error) {
	kind, err := w.client.GroupVersionKindFor(o)
	if err != nil {
		return trace.Event{}, err
	}
	name := o.GetName()
	if name == "" && o.GetGenerateName() != "" {
		name = o.GetGenerateName() + "*"
	}
	e := trace.Event{
		Subject: w.generated.Show(name), Actor: person, Kind: trace.Write, Verb: verb, Object: w.object(kind.GroupKind(), o.GetNamespace(), name), Fields: fields,
	}
	e.Object.Subresource = subresource
	return e, nil
}
