package process

import (
	"fmt"
	"reflect"

	"k8s.io/client-go/tools/cache"
)

// delivery returns what an event handler waits for before it is told of something, where
// that is drawn: its turn at the sequencer, among all that could go on. What one handler
// is told comes in its order. That of no controller isn't drawn: reads may wait for it,
// such as those of controller-runtime for a write.
func (p *Process) delivery(controller, kind string, told *Handler) func(obj any) bool {
	name := fmt.Sprintf("watch of %s for %s", told.kind, controller)
	return func(obj any) bool {
		what := func() string {
			key, err := cache.DeletionHandlingMetaNamespaceKeyFunc(obj)
			if err != nil {
				return kind
			}
			return kind + " " + key
		}
		p.cfg.Sequencer.await(p.running, p.dead, &waiter{incarnation: p.cfg.Incarnation, object: name, what: what, task: told, pass: make(chan struct{})})
		return p.running.Err() == nil
	}
}

// handlerOf names the controller that an event handler is for, and what kind of handler
// it has; the controller is empty where it is for none. controller-runtime's handler keeps
// both in fields that aren't exported; which queue is meant can be told by its address.
func (p *Process) handlerOf(h cache.ResourceEventHandler) (controller, kind string) {
	v := reflect.ValueOf(h)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return "", v.Type().String()
	}
	if inner := v.Elem().FieldByName("handler"); inner.IsValid() && inner.Kind() == reflect.Interface {
		kind = inner.Elem().Type().String()
	}
	for q := v.Elem().FieldByName("queue"); q.IsValid(); {
		switch q.Kind() {
		case reflect.Interface:
			q = q.Elem()
		case reflect.Struct:
			q = q.FieldByName("TypedRateLimitingInterface")
		case reflect.Pointer:
			if name, ours := p.controllerOf(q.Pointer()); ours {
				return name, kind
			}
			q = q.Elem()
		default:
			return "", kind
		}
	}
	return "", kind
}

// controllerOf names the controller whose queue is at an address.
func (p *Process) controllerOf(address uintptr) (name string, ours bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	//determinism:ordered one has that address
	for name, q := range p.queues {
		if reflect.ValueOf(q).Pointer() == address {
			return name, true
		}
	}
	return "", false
}
