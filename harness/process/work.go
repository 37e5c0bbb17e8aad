package process

import (
	"strings"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/trace"
)

// Work is what one controller does for one key, or what a task of the operator does
// without a key. Requests are numbered by work, and a crash point cuts off the work of
// one.
type Work struct {
	// Controller is the controller's name in its manager, or the name of a task.
	Controller string
	// Key is the key that is reconciled, empty for a task.
	Key types.NamespacedName
}

// taskMark is the first character of a task's name. No name of a Kubernetes object has
// it.
const taskMark = "@"

// mainTask is the task of requests that belong to no reconcile and to none of the
// manager's runnables.
const mainTask = taskMark + "main"

// isTask says whether the work is a task.
func (w Work) isTask() bool { return IsTask(w.Controller) }

// IsTask says whether a name is a task's, such as @main, and not an object's.
func IsTask(name string) bool { return strings.HasPrefix(name, taskMark) }

// names shortens the names of work as far as they stay unambiguous.
type names struct {
	namespace     string // the world's own, empty if it has none
	clusterScoped bool   // the world is over cluster-scoped kinds
	only          string // the only controller of its manager, if there is only one
	generated     *GeneratedNames
}

// show returns the short name of work: NAME for a key in the world's own namespace,
// NAMESPACE/NAME for one in another namespace, /NAME for a cluster-scoped object. In a
// world over cluster-scoped kinds, a cluster-scoped object is NAME, and a key in the
// world's own namespace WORLD/NAME. CONTROLLER: precedes it unless there is only one
// controller. Generated names are shown as GeneratedNames has them.
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
	return n.generated.Show(name)
}

// work is a controller's for a key.
func work(controller string, r reconcile.Request) Work { return Work{controller, r.NamespacedName} }
