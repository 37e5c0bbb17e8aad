package world

import (
	"context"
	"net/http"
	"regexp"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"example.com/edge-device-operator/harness/process"
	"example.com/edge-device-operator/harness/virtualtime"
)

// Operator says what runs in a world.
type Operator struct {
	// Scheme knows the operator's types, and Namespaces. Kinds that it doesn't know are
	// unstructured.
	Scheme *runtime.Scheme
	// Mapper knows their resources, so that nobody has to discover them; the API
	// server is asked for them if it is nil.
	Mapper meta.RESTMapper
	// Kinds are those of which the world keeps the history, and deletes what is
	// left of them when it ends. A world needs a namespace to be apart from others: if
	// one of the kinds is cluster-scoped, such worlds take turns on a control plane, are
	// of all namespaces, and what was there before, or is of worlds beside them, is
	// hidden from their controllers' caches. So all cluster-scoped kinds that the
	// operator writes or watches have to be among them.
	Kinds []schema.GroupVersionKind
	// Primers are objects that the API server accepts, one of each kind that a controller
	// watches and that is not among the Kinds. They are written, in a namespace apart,
	// before a controller starts: else its informers may wait for 100 ms of real time
	// each. In a world over cluster-scoped kinds, primers of the Kinds save that at its
	// beginning and its end.
	Primers []client.Object
	// Reactions stand in for controllers that the control plane lacks.
	Reactions []Reaction
	// CollectGarbage has objects of the Kinds be deleted as their owner references say,
	// which no API server does by itself: in the background, in the foreground, or with
	// their dependents orphaned. An owner of another kind is there as long as nothing
	// else has changed since it was.
	CollectGarbage bool
	// Hashes, if set, matches what the operator derives from what differs between two
	// worlds, the uids and the namespace, and what it draws itself, be it in names of
	// objects: a run is held against another one without it.
	Hashes *regexp.Regexp
	// Schedule is what its worlds go by unless somebody says otherwise; Parallel if
	// empty.
	Schedule Schedule
	// Options, if set, are what the operator's main sets. What virtual time can't do
	// with is replaced.
	Options func(*manager.Options)
	// Setup adds the operator's controllers to a manager, as its main does.
	Setup func(manager.Manager, Env) error
}

// Env is for operators that need more than a manager: a clock, or what is outside
// of the cluster.
type Env struct {
	// Incarnation counts the controllers of the world, from 1.
	Incarnation int
	// Namespace is the world's own, for operators that are told in which they are.
	Namespace string
	// Clock is the world's, for operators that take one of
	// github.com/benbjohnson/clock or of k8s.io/utils/clock. What a reconcile waits
	// for on it takes virtual time.
	Clock *virtualtime.Clock
	// HTTP reaches the world's external systems. Requests are numbered under the
	// reconcile in their context.
	HTTP http.RoundTripper
	// Busy says that a goroutine or a channel of the operator's own is busy, until the
	// function is called that it returns, or the controller is killed; what says it for
	// a world that doesn't settle. Time stands still meanwhile: it has to be over
	// before it waits for the Clock.
	Busy func(what string) (done func())

	call func(context.Context, process.GoCall) (any, error)
}

// env is what a controller is built with.
func (w *World) env(e process.Env) Env {
	return Env{Incarnation: w.starts, Namespace: w.scope.namespace, Clock: w.clock, HTTP: w.outside(e), Busy: e.Busy, call: e.Call}
}
