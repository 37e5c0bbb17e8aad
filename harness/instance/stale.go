package instance

import (
	"context"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.com/edge-device-operator/harness/virtualtime"
)

// patient is a manager's client for a world whose watches can be cut off. A Get
// of what this instance has written itself waits until the cache has that write.
// While the watch is down, that is a wait for a virtual time. Where the object was
// deleted meanwhile and the cache was filled by a new list, it is one for the next
// change of any object of that kind. Neither is on a transport, so the owner is
// parked here.
type patient struct {
	client.Client
	instance *Instance
}

func (p patient) Get(ctx context.Context, key client.ObjectKey, obj client.Object, opts ...client.GetOption) error {
	i := p.instance
	for {
		wait := i.behindItself(key)
		if wait == nil {
			return p.Client.Get(ctx, key, obj, opts...)
		}
		select {
		case <-wait.over:
		case <-ctx.Done():
			i.watches.giveUp(key, wait)
			return ctx.Err()
		case <-i.dead.Done():
			return errKilled
		}
	}
}

// cacheWait is a Get that waits for the cache.
type cacheWait struct {
	owner virtualtime.Owner
	own   Version       // the write that it waits for
	over  chan struct{} // closed when it is worth another look
}

// behindItself parks a Get of what this instance has written itself, where the
// cache lacks that write and won't have it before something else happens; or
// else it returns nil.
func (i *Instance) behindItself(key client.ObjectKey) *cacheWait {
	w := &i.watches
	w.mu.Lock()
	defer w.mu.Unlock()
	i.mu.Lock()
	own, written := i.written[key.Name]
	i.mu.Unlock()
	switch {
	case !written:
		return nil
	case w.back != nil && i.holdsOlder(key, own): // until the watch is up
	case w.back == nil && i.cfg.Freshness.isGone(own.UID) && newer(own.ResourceVersion, w.told[own.Kind]): // until anything is told
	default:
		return nil
	}
	wait := &cacheWait{i.cfg.Activity.Owner(i.owner(key.Name)), own, make(chan struct{})}
	if w.waits == nil {
		w.waits = map[client.ObjectKey]*cacheWait{}
	}
	w.waits[key] = wait
	wait.owner.Park()
	return wait
}

// holdsOlder says whether the cache holds a version of an object that is older
// than one.
func (i *Instance) holdsOlder(key client.ObjectKey, than Version) bool {
	i.mu.Lock()
	informers := i.informers
	i.mu.Unlock()
	for _, f := range informers {
		held, exists, err := f.GetStore().GetByKey(key.String())
		if err != nil || !exists {
			continue
		}
		if o, ok := held.(client.Object); ok {
			order, err := resourceversion.CompareResourceVersion(o.GetResourceVersion(), than.ResourceVersion)
			return err == nil && order < 0
		}
	}
	return false
}

// tell notes the newest version that a handler has been told of, before the world
// knows that it has.
func (w *watches) tell(kind schema.GroupKind, resourceVersion string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if known, any := w.told[kind]; any && !newer(resourceVersion, known) {
		return
	}
	if w.told == nil {
		w.told = map[schema.GroupKind]string{}
	}
	w.told[kind] = resourceVersion
	if w.back == nil {
		w.resume(func(wait *cacheWait) bool { return wait.own.Kind == kind && !newer(wait.own.ResourceVersion, resourceVersion) })
	}
}

// resume has Gets look again at what the cache has; w.mu is held.
func (w *watches) resume(which func(*cacheWait) bool) {
	//determinism:ordered each is resumed on its own
	for key, wait := range w.waits {
		if which(wait) {
			delete(w.waits, key)
			wait.owner.Resume()
			close(wait.over)
		}
	}
}

// giveUp says that a Get waits no more, since its time was up.
func (w *watches) giveUp(key client.ObjectKey, wait *cacheWait) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.waits[key] == wait {
		delete(w.waits, key)
	}
}
