package instance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// errKilled is what everything gets that a dead controller still tries.
var errKilled = errors.New("this controller has been killed")

// maxRecorded bounds what is read of an answer's body, in bytes. It is more
// than any answer of the API server's to a numbered request has, and more than
// a client should want to read of anybody else's.
const maxRecorded = 128 << 10

// Exchange is a numbered request and how it ended.
type Exchange struct {
	Operation
	// Reconcile is the reconcile that made it, the zero one where none did.
	Reconcile Reconcile
	// Began and Ended are the virtual times at which it left, and at which it
	// was over.
	Began, Ended time.Time
	// Request is the request; its body has been sent.
	Request *http.Request
	// Status is the HTTP status of the answer, 0 where there was none.
	Status int
	// Body is the answer's body, as far as it came.
	Body []byte
	// Cut says that the body went on after that, and was read no further.
	Cut bool
	// BodyErr is why the body broke off.
	BodyErr error
	// Header is the answer's header.
	Header http.Header
	// Err is why there was no answer.
	Err error
	// Life is the controller that made the request, in the order of their
	// starts.
	Life int
	// Unserved says that the world made the answer up: the request went nowhere.
	Unserved bool
	// Lost says that there was an answer, and that it was lost on its way.
	Lost bool
	// Late says that the request has been on its way for long; its sender has
	// been told of with an Exchange of its own.
	Late bool
}

// transport is the way that one instance's requests take, to the API server
// or to the devices: where they are numbered, recorded, and cut off.
type transport struct {
	instance *Instance
	base     http.RoundTripper
	// object names the object that a request is made for, empty where it
	// isn't an operation.
	object func(*http.Request) string
	api    bool // it leads to the API server
}

func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	i := t.instance
	if i.dead.Err() != nil {
		return nil, errKilled
	}
	if isWatch(req) {
		return t.watch(req)
	}
	if t.api && i.isolated.Load() {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	object := t.object(req)
	if object == "" {
		if t.api && req.Method == http.MethodGet {
			req = i.watches.pinned(req)
		}
		return t.base.RoundTrip(req)
	}
	owner := i.cfg.Activity.Owner(i.owner(object))
	i.cfg.Gate.await(req.Context(), i.dead, i.cfg.Life, object, owner)
	switch {
	case i.dead.Err() != nil:
		return nil, errKilled
	case req.Context().Err() != nil:
		return nil, req.Context().Err()
	}
	owner = i.cfg.Activity.Owner(i.owner(object))
	op := i.cfg.Operations.next(object)
	token := owner.Begin(fmt.Sprintf("request: %s#%d %s %s", object, op.Number, req.Method, req.URL.Path))
	defer token.End()
	if i.cfg.Operations.crashes(i.cfg.Life, op, Before) {
		return nil, i.crash(object, token)
	}
	var exchange Exchange
	began, owned := i.cfg.Clock.Now(), req.WithContext(op.in(owner.In(req.Context())))
	i.asks(owned, owner, true)
	if what, disturbed := i.cfg.Disturbances.take(op); disturbed {
		exchange = t.disturb(what, op, owned, owner)
	} else {
		exchange = t.exchange(op, owned)
	}
	i.asks(owned, owner, false)
	owner.Resume()
	exchange.Life, exchange.Reconcile = i.cfg.Life, reconcileIn(req.Context())
	exchange.Began, exchange.Ended = began, i.cfg.Clock.Now()
	if (exchange.Err != nil || exchange.BodyErr != nil) && i.dead.Err() != nil {
		return nil, errKilled // and nobody is left to learn of it
	}
	if version, stored := noteWrite(i.cfg.Freshness, exchange); stored && !exchange.Lost {
		i.wrote(object, version)
	}
	i.cfg.Observe(exchange)
	if i.cfg.Operations.crashes(i.cfg.Life, op, After) {
		return nil, i.crash(object, token)
	}
	switch {
	case exchange.Err != nil:
		return nil, exchange.Err
	case exchange.Lost:
		return nil, errLost
	}
	return exchange.response(), nil
}

// exchange sends a request and reads the whole answer, so that what happened
// is known even if the answer is to be lost.
func (t *transport) exchange(op Operation, req *http.Request) (x Exchange) {
	x = Exchange{Operation: op, Request: req}
	ctx, cancel := context.WithCancelCause(req.Context())
	defer cancel(nil)
	defer context.AfterFunc(t.instance.dead, func() { cancel(errKilled) })()
	res, err := t.base.RoundTrip(req.WithContext(ctx))
	if err != nil {
		x.Err = err
		return x
	}
	defer res.Body.Close()
	x.Status, x.Header = res.StatusCode, res.Header
	// An answer that is too long to record, or that breaks, is handed on as
	// far as it came: the client under test has to cope with it.
	x.Body, x.BodyErr = io.ReadAll(io.LimitReader(res.Body, maxRecorded+1))
	x.Cut = len(x.Body) > maxRecorded
	if ctxErr := req.Context().Err(); ctxErr != nil {
		// An answer that came at the very instant of the timeout came too late,
		// whichever of the two this goroutine saw first.
		x.Err = ctxErr
	}
	return x
}

func (x Exchange) response() *http.Response {
	return &http.Response{
		Status: fmt.Sprintf("%d %s", x.Status, http.StatusText(x.Status)), StatusCode: x.Status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: x.Header, Body: io.NopCloser(io.MultiReader(bytes.NewReader(x.Body), broken{x.BodyErr})), ContentLength: -1,
		Request: x.Request,
	}
}

// broken is a reader that only fails, or that is at its end.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) {
	if b.err == nil {
		return 0, io.EOF
	}
	return 0, b.err
}

// crash cuts the object off at a crash point and returns when the instance is
// dead.
func (i *Instance) crash(object string, token interface{ End() }) error {
	i.cut(object)
	token.End()
	<-i.dead.Done()
	return errKilled
}

// noteWrite notes the version that an API server's answer to a write carries,
// and returns it, if there is one.
func noteWrite(f *Freshness, x Exchange) (version Version, stored bool) {
	if x.Err != nil || x.BodyErr != nil || x.Status/100 != 2 || x.Request.Method == http.MethodGet {
		return Version{}, false
	}
	var object struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Metadata   struct {
			Name            string    `json:"name"`
			UID             types.UID `json:"uid"`
			ResourceVersion string    `json:"resourceVersion"`
		} `json:"metadata"`
	}
	if json.Unmarshal(x.Body, &object) != nil || object.Metadata.UID == "" {
		return Version{}, false
	}
	gv, err := schema.ParseGroupVersion(object.APIVersion)
	if err != nil {
		return Version{}, false
	}
	version = Version{
		Kind: gv.WithKind(object.Kind).GroupKind(), Name: object.Metadata.Name,
		UID: object.Metadata.UID, ResourceVersion: object.Metadata.ResourceVersion,
	}
	f.Written(version)
	return version, true
}

// APIObject names the object of a request to an API server: the last part of
// /apis/GROUP/VERSION/namespaces/NAMESPACE/RESOURCE/NAME[/SUBRESOURCE]. Lists,
// watches, and Events are no operations.
func APIObject(req *http.Request) string {
	parts := strings.Split(strings.Trim(req.URL.Path, "/"), "/")
	if len(parts) > 1 && parts[0] == "api" {
		parts = parts[1:]
	} else if len(parts) > 2 && parts[0] == "apis" {
		parts = parts[2:]
	}
	// Now VERSION/namespaces/NAMESPACE/RESOURCE/NAME[/SUBRESOURCE].
	if len(parts) < 5 || parts[1] != "namespaces" || parts[3] == "events" {
		return ""
	}
	return parts[4]
}
