package process

import (
	"context"
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
// What was written first is told first, and a deletion that was missed goes by what was
// known last. In that order a watch brings it, too, but a client-go informer passes on a
// new list in an order of chance.
type delivery struct {
	process      *Process
	object, kind string // what it is at the sequencer, and the kind of the handler

	stopped context.Context // ends when it is to tell nothing more
	cancel  context.CancelFunc

	mu      sync.Mutex // guards what follows
	untold  []news     // what was written first comes first
	waiting *waiter    // for the first of them, or for what is being told; nil if nothing is left
}

// news is one thing that a handler is to be told.
type news struct {
	object metav1.Object // nil if it isn't one
	tell   func()
}

// delivery returns the delivery to an event handler of a controller. A handler that belongs
// to no controller has no delivery: reads may wait for it, such as those of
// controller-runtime for a write.
func (p *Process) delivery(controller, kind string, of *Handler) *delivery {
	d := &delivery{process: p, object: fmt.Sprintf("watch of %s for %s", of.kind, controller), kind: kind}
	d.stopped, d.cancel = context.WithCancel(p.running)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deliveries = append(p.deliveries, d)
	return d
}

// stop forgets what is untold. It may be called on a nil delivery.
func (d *delivery) stop() {
	if d == nil {
		return
	}
	d.cancel()
	d.mu.Lock()
	w := d.waiting
	d.untold = nil
	d.mu.Unlock()
	if w != nil {
		d.process.cfg.Sequencer.giveUp(w)
	}
}

// stopDeliveries stops all, of a process that stops or is dead.
func (p *Process) stopDeliveries() {
	p.mu.Lock()
	deliveries := p.deliveries
	p.mu.Unlock()
	for _, d := range deliveries {
		d.stop()
	}
}

// add has the handler be told of an object.
func (d *delivery) add(obj any, tell func()) {
	if gone, missed := obj.(cache.DeletedFinalStateUnknown); missed {
		obj = gone.Obj
	}
	o, _ := obj.(metav1.Object)
	d.mu.Lock()
	if d.stopped.Err() != nil {
		d.mu.Unlock()
		return
	}
	d.untold = append(d.untold, news{o, tell})
	slices.SortStableFunc(d.untold, func(a, b news) int { return compareVersions(a.object, b.object) })
	if d.waiting != nil {
		d.mu.Unlock()
		return
	}
	w := d.next()
	d.process.told.Add(1)
	d.mu.Unlock()
	d.enter(w)
	go func() {
		defer d.process.told.Done()
		d.run(w)
	}()
}

// next is what waits for the next turn; d.mu is held.
func (d *delivery) next() *waiter {
	p := d.process
	d.waiting = &waiter{incarnation: p.cfg.Incarnation, object: d.object, what: d.what, task: &telling{quiescence: p.cfg.Quiescence, what: d.object}, pass: make(chan struct{})}
	return d.waiting
}

// enter has it wait at the sequencer, unless the delivery has stopped.
func (d *delivery) enter(w *waiter) {
	d.process.cfg.Sequencer.enter(w)
	if d.stopped.Err() != nil {
		d.process.cfg.Sequencer.giveUp(w)
	}
}

// what tells apart what the handler is to be told next.
func (d *delivery) what() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.untold) > 0 && d.untold[0].object != nil {
		return d.kind + " " + cache.MetaObjectToName(d.untold[0].object).String()
	}
	return d.kind
}

// run tells the handler until there is nothing left, or it is stopped.
func (d *delivery) run(w *waiter) {
	for w != nil {
		d.process.cfg.Sequencer.awaitPass(d.stopped, d.process.dead, w)
		told := w
		if w = d.tellFirst(); w != nil {
			d.enter(w)
		}
		told.task.Park()
	}
}

// tellFirst tells the handler one thing, and returns what waits for the next turn, nil if
// nothing does.
func (d *delivery) tellFirst() *waiter {
	d.mu.Lock()
	if d.stopped.Err() != nil {
		d.mu.Unlock()
		return nil
	}
	first := d.untold[0]
	d.untold = d.untold[1:]
	d.mu.Unlock()
	first.tell()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.waiting = nil; len(d.untold) == 0 {
		return nil
	}
	return d.next()
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
