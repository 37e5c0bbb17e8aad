package process

import (
	"testing"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"example.com/edge-device-operator/harness/virtualtime"
)

// TestACutTakesTheKeyFromItsOwnController has two controllers reconcile one key, of which
// one is cut off: the other gets its key again.
func TestACutTakesTheKeyFromItsOwnController(t *testing.T) {
	p := stands(t).Process
	web := reconcile.Request{NamespacedName: types.NamespacedName{Name: "web"}}
	for _, name := range []string{"left", "right"} {
		p.queues[name] = &queue{Queue: virtualtime.NewQueue(p.cfg.Clock, p.cfg.Quiescence, nil, 1, func(reconcile.Request) string { return name }, nil)}
		p.begin(t.Context(), name+":web", work(name, web))
	}
	p.cut("right:web")
	for name, want := range map[string]bool{"left": true, "right": false} {
		p.queues[name].Add(web)
		if _, ready := p.queues[name].Next(); ready != want {
			t.Errorf("%s has its key ready: %t", name, ready)
		}
	}
}
