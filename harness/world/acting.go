package world

import (
	"bytes"
	"errors"
	"io"
	"net/http"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/trace"
)

// clientOf is the client of one who stands in for a controller: what it writes is in
// the trace, and has to be heard of.
func (w *World) clientOf(name string) (client.Client, error) {
	cfg := rest.CopyConfig(w.options.REST)
	cfg.Wrap(func(base http.RoundTripper) http.RoundTripper {
		return acting{w, trace.Actor{Role: trace.Reaction, Name: name}, w.syncTracker.Noting(w.timestamps.Translating(base), w.operator.Mapper)}
	})
	return client.New(cfg, client.Options{Scheme: w.operator.Scheme, Mapper: w.operator.Mapper})
}

// acting is a transport to the API server that tells of writes.
type acting struct {
	world *World
	actor trace.Actor
	base  http.RoundTripper
}

// RoundTrip sends a request.
func (a acting) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := a.base.RoundTrip(req)
	t, ok := process.TargetOf(req, a.world.operator.Mapper)
	if err != nil || req.Method == http.MethodGet || !ok {
		return res, err
	}
	e := trace.Event{
		Subject: a.world.generated.Show(t.Name), Actor: a.actor, Kind: trace.Write, Verb: t.Verb, Object: a.world.object(t.Kind, t.Namespace, t.Name),
		Result: trace.Result{Status: res.StatusCode, Failure: refusal(res.StatusCode)},
	}
	e.Object.Subresource = t.Subresource
	if a.world.decoder != nil && e.Result.Failure == "" && t.Verb != "delete" {
		body, err := io.ReadAll(res.Body)
		if err := errors.Join(err, res.Body.Close()); err != nil {
			return nil, err
		}
		res.Body, e.Stored = io.NopCloser(bytes.NewReader(body)), a.world.stored(body)
	}
	a.world.Observe(e)
	return res, nil
}

// refusal says what kind of refusal a status of the API server's is, if it is one.
func refusal(status int) trace.Failure {
	switch {
	case status == http.StatusConflict:
		return trace.Conflict
	case status == http.StatusUnprocessableEntity:
		return trace.Invalid
	case status/100 != 2:
		return trace.Refused
	}
	return ""
}
