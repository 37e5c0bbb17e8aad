package instance

import (
	"context"

	"k8s.io/apimachinery/pkg/util/resourceversion"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// patient is a manager's client for a world whose watches can be cut off. A
// Get of what this instance has written itself waits for its cache, and while
// the watch is down that is a wait for a virtual time, on no transport: the
// owner is parked.
type patient struct {
	client.Client
	instance *Instance
}

func (p patient) Get(ctx context.Context, key client.ObjectKey, obj client.Object, opts ...client.GetOption) error {
	i := p.instance
	if back := i.watches.down(); back != nil && i.behindItself(key) {
		i.watches.block(key.Name, i.cfg.Activity.Owner(i.owner(key.Name)))
		select {
		case <-back:
		case <-ctx.Done():
			return ctx.Err()
		case <-i.dead.Done():
			return errKilled
		}
	}
	return p.Client.Get(ctx, key, obj, opts...)
}

// behindItself says whether the cache lacks what this instance has written to
// an object.
func (i *Instance) behindItself(key client.ObjectKey) bool {
	i.mu.Lock()
	written, informers := i.written[key.Name], i.informers
	i.mu.Unlock()
	if written == "" {
		return false
	}
	for _, f := range informers {
		held, exists, err := f.GetStore().GetByKey(key.String())
		if err != nil || !exists {
			continue
		}
		if o, ok := held.(client.Object); ok {
			order, err := resourceversion.CompareResourceVersion(o.GetResourceVersion(), written)
			return err == nil && order < 0
		}
	}
	return false
}
