package process

import (
	"fmt"
	"reflect"
	"slices"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"

	"example.com/edge-device-operator/harness/virtualtime"
)

// delivery tells an event handler of what has come, where that is drawn: one thing at a
// time, each when it is its turn at the sequencer among all that could go on. The world
// waits until all has come, and not for what is still to be told.
//
// What was written first is told first. In that order a watch brings it, too, but a
// client-go informer passes on a new list in an order of chance.
type delivery struct {
	process      *Process
	object, kind string // what it is at the sequencer, and the kind of the handler

	mu      sync.Mutex // guards what follows
	untold  []news     // what was written first comes first
	telling bool       // a goroutine tells it
}

// news is one thing that a handler is to be told.
type news struct {
	object metav1.Object // nil if it isn't one
	tell   func()
}

// delivery returns the delivery to an event handler of a controller. That of no controller
// has none: reads may wait for it, such as those of controller-runtime for a write.
func (p *Process) delivery(controller, kind string, of *Handler) *delivery {
	return &delivery{process: p, object: fmt.Sprintf("watch of %s for %s", of.kind, controller), kind: kind}
}

// add has the handler be told of an object.
func (d *delivery) add(obj any, tell func()) {
	if gone, missed := obj.(cache.DeletedFinalStateUnknown); missed {
		obj = gone.Obj
	}
	o, _ := obj.(metav1.Object)
	d.mu.Lock()
	d.untold = append(d.untold, news{o, tell})
	slices.SortStableFunc(d.untold, func(a, b news) int { return compareVersions(a.object, b.object) })
	begins := !d.telling
	d.telling = true
	d.mu.Unlock()
	if begins {
		w := d.waits()
		go d.run(w)
	}
}

// waits has the handler wait at the sequencer.
func (d *delivery) waits() *waiter {
	p := d.process
	w := &waiter{incarnation: p.cfg.Incarnation, object: d.object, what: d.what, task: &telling{quiescence: p.cfg.Quiescence, what: d.object}, pass: make(chan struct{})}
	p.cfg.Sequencer.enter(w)
	return w
}

// what tells apart what the handler is to be told next.
func (d *delivery) what() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if o := d.untold[0].object; o != nil {
		return d.kind + " " + cache.MetaObjectToName(o).String()
	}
	return d.kind
}

// run tells the handler until there is nothing left, or the process stops.
func (d *delivery) run(w *waiter) {
	for w != nil {
		d.process.cfg.Sequencer.awaitPass(d.process.running, d.process.dead, w)
		if d.process.running.Err() != nil {
			w.task.Park()
			return
		}
		d.mu.Lock()
		next := d.untold[0]
		d.untold = d.untold[1:]
		d.mu.Unlock()
		next.tell()
		d.mu.Lock()
		d.telling = len(d.untold) > 0
		more := d.telling
		d.mu.Unlock()
		told := w
		if w = nil; more {
			w = d.waits()
		}
		told.task.Park()
	}
}

// telling is what a delivery does in one turn.
type telling struct {
	quiescence *virtualtime.Quiescence
	what       string
	token      *virtualtime.Token
}

// Resume has the world wait for it.
func (t *telling) Resume() { t.token = t.quiescence.Begin(t.what) }

// Park has the world wait no longer.
func (t *telling) Park() {
	if t.token != nil {
		t.token.End()
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
