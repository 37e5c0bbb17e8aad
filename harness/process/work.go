package process

import (
	"strings"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/trace"
)

// Work is what one controller does for one key, or what a task of the operator
// does for no key at all. Requests are numbered by it, and it is what a crash
// point cuts off.
type Work struct {
	// Controller is the name that the controller has in its manager, or that of
	// a task.
	Controller string
	// Key is the key that is reconciled, empty for a task.
	Key types.NamespacedName
}

// taskMark begins the name of a task. No name of a Kubernetes object has it.
const taskMark = "@"

// mainTask is the task of the requests that belong to no reconcile, and to none
// of the manager's runnables.
const mainTask = taskMark + "main"

// isTask says whether the work is a task's.
func (w Work) isTask() bool { return strings.HasPrefix(w.Controller, taskMark) }

// names shows work as short as it stays unambiguous.
type names struct {
	namespace     string // the world's own, empty where it has none
	clusterScoped bool   // the world is over cluster-scoped kinds
	only          string // the controller that is alone in its manager, if one is
}

// show returns the work's name: of a key in the world's own namespace only the
// name, of another one NAMESPACE/NAME, of an object without a namespace /NAME. In a
// world over cluster-scoped kinds that one is only the name, and one in the world's
// namespace WORLD/NAME. CONTROLLER: comes before it unless there is only one.
func (n names) show(w Work) string {
	if w.isTask() {
		return w.Controller
	}
	name := w.Key.Name
	switch namespace := w.Key.Namespace; {
	case n.clusterScoped && namespace == n.namespace:
		name = trace.OwnNamespace + "/" + name
	case n.clusterScoped && namespace == "", namespace == n.namespace:
	default:
		name = namespace + "/" + name
	}
	if w.Controller != n.only {
		name = w.Controller + ":" + name
	}
	return name
}

// work is a controller's for a key.
func work(controller string, r reconcile.Request) Work { return Work{controller, r.NamespacedName} }
