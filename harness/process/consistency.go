package process

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"example.com/edge-device-operator/harness/virtualtime"
)

// consistent is the manager's client where the operator turns read-your-writes
// on. A Get waits then for this process's writes to the same object, and a List
// for those to the same kind: for their answers, and until the cache has them.
// controller-runtime's waits can't be seen from outside, and where an answer is
// late, the watch is down, or a write waits at the sequencer, they last for virtual time.
// So the same waits come here first, with the work parked.
type consistent struct {
	client.Client
	process *Process
}

// objectKey identifies an object, or without a name all objects of its kind.
type objectKey struct {
	kind schema.GroupKind
	key  types.NamespacedName
}

// covers says whether k is other, or all of its kind.
func (k objectKey) covers(other objectKey) bool {
	return k.kind == other.kind && (k.key.Name == "" || k.key == other.key)
}

// writes holds what one process has written and is writing.
type writes struct {
	mu   sync.Mutex              // guards what follows, and openWrite.waiting
	last map[objectKey]Version   // the newest of each object
	open map[*openWrite]struct{} // those without an answer yet, if reads wait for them
}

// openWrite is a write without an answer yet.
type openWrite struct {
	of      objectKey
	done    chan struct{}
	waiting []virtualtime.Task
}

// Get reads an object from the cache.
func (c consistent) Get(ctx context.Context, key client.ObjectKey, obj client.Object, opts ...client.GetOption) error {
	if !(&client.GetOptions{}).ApplyOptions(opts).DisableReadYourWritesConsistency {
		if err := c.process.beforeRead(ctx, objectKey{c.kindOf(obj), key}); err != nil {
			return err
		}
	}
	return c.Client.Get(ctx, key, obj, opts...)
}

// List reads a list from the cache.
func (c consistent) List(ctx context.Context, list client.ObjectList, opts ...client.ListOption) error {
	if !(&client.ListOptions{}).ApplyOptions(opts).DisableReadYourWritesConsistency {
		kind := c.kindOf(list)
		kind.Kind = strings.TrimSuffix(kind.Kind, "List")
		if err := c.process.beforeRead(ctx, objectKey{kind: kind}); err != nil {
			return err
		}
	}
	return c.Client.List(ctx, list, opts...)
}

// Create creates an object.
func (c consistent) Create(ctx context.Context, obj client.Object, opts ...client.CreateOption) error {
	return c.write(c.keyOf(obj), (&client.CreateOptions{}).ApplyOptions(opts).DisableReadYourWritesConsistency, func() error {
		return c.Client.Create(ctx, obj, opts...)
	})
}

// Update updates an object.
func (c consistent) Update(ctx context.Context, obj client.Object, opts ...client.UpdateOption) error {
	return c.write(c.keyOf(obj), (&client.UpdateOptions{}).ApplyOptions(opts).DisableReadYourWritesConsistency, func() error {
		return c.Client.Update(ctx, obj, opts...)
	})
}

// Patch patches an object.
func (c consistent) Patch(ctx context.Context, obj client.Object, patch client.Patch, opts ...client.PatchOption) error {
	return c.write(c.keyOf(obj), (&client.PatchOptions{}).ApplyOptions(opts).DisableReadYourWritesConsistency, func() error {
		return c.Client.Patch(ctx, obj, patch, opts...)
	})
}

// Apply applies a configuration.
func (c consistent) Apply(ctx context.Context, obj runtime.ApplyConfiguration, opts ...client.ApplyOption) error {
	return c.write(keyApplied(obj), (&client.ApplyOptions{}).ApplyOptions(opts).DisableReadYourWritesConsistency, func() error {
		return c.Client.Apply(ctx, obj, opts...)
	})
}

// Delete deletes an object.
func (c consistent) Delete(ctx context.Context, obj client.Object, opts ...client.DeleteOption) error {
	return c.write(c.keyOf(obj), (&client.DeleteOptions{}).ApplyOptions(opts).DisableReadYourWritesConsistency, func() error {
		return c.Client.Delete(ctx, obj, opts...)
	})
}

// Status returns the client of the status.
func (c consistent) Status() client.SubResourceWriter { return c.SubResource("status") }

// SubResource returns the client of a subresource.
func (c consistent) SubResource(name string) client.SubResourceClient {
	return consistentSubresource{c.Client.SubResource(name), c}
}

// consistentSubresource is a subresource's client. What it creates is stored
// nowhere.
type consistentSubresource struct {
	client.SubResourceClient
	of consistent
}

// Update updates a subresource.
func (c consistentSubresource) Update(ctx context.Context, obj client.Object, opts ...client.SubResourceUpdateOption) error {
	return c.of.write(c.of.keyOf(obj), (&client.SubResourceUpdateOptions{}).ApplyOptions(opts).DisableReadYourWritesConsistency, func() error {
		return c.SubResourceClient.Update(ctx, obj, opts...)
	})
}

// Patch patches a subresource.
func (c consistentSubresource) Patch(ctx context.Context, obj client.Object, patch client.Patch, opts ...client.SubResourcePatchOption) error {
	return c.of.write(c.of.keyOf(obj), (&client.SubResourcePatchOptions{}).ApplyOptions(opts).DisableReadYourWritesConsistency, func() error {
		return c.SubResourceClient.Patch(ctx, obj, patch, opts...)
	})
}

// Apply applies a subresource's configuration.
func (c consistentSubresource) Apply(ctx context.Context, obj runtime.ApplyConfiguration, opts ...client.SubResourceApplyOption) error {
	return c.of.write(keyApplied(obj), (&client.SubResourceApplyOptions{}).ApplyOpts(opts).DisableReadYourWritesConsistency, func() error {
		return c.SubResourceClient.Apply(ctx, obj, opts...)
	})
}

func (c consistent) keyOf(obj client.Object) objectKey {
	return objectKey{c.kindOf(obj), client.ObjectKeyFromObject(obj)}
}

// kindOf returns no kind for what the client will refuse, too.
func (c consistent) kindOf(obj runtime.Object) schema.GroupKind {
	kind, _ := apiutil.GVKForObject(obj, c.Scheme())
	return kind.GroupKind()
}

// keyApplied reads the key from an apply configuration, which has no methods for it.
func keyApplied(obj runtime.ApplyConfiguration) objectKey {
	var o metav1.PartialObjectMetadata
	if raw, err := json.Marshal(obj); err != nil || json.Unmarshal(raw, &o) != nil {
		return objectKey{}
	}
	return objectKey{o.GroupVersionKind().GroupKind(), types.NamespacedName{Namespace: o.Namespace, Name: o.Name}}
}

// write sends a write. Reads wait for it unless they need not.
func (c consistent) write(of objectKey, unread bool, send func() error) error {
	if !unread {
		defer c.process.opens(of)()
	}
	return send()
}

// opens records a write without an answer until the returned function is called.
// Whoever waits for it continues before its sender does.
func (p *Process) opens(of objectKey) (over func()) {
	all, w := &p.writes, &openWrite{of: of, done: make(chan struct{})}
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.open == nil {
		all.open = map[*openWrite]struct{}{}
	}
	all.open[w] = struct{}{}
	return func() {
		all.mu.Lock()
		delete(all.open, w)
		waiting := w.waiting
		all.mu.Unlock()
		for _, task := range waiting {
			task.Resume()
		}
		close(w.done)
	}
}

// beforeRead returns once what a read has to wait for is over. Of a task that has fanned
// out, it is chance what others have begun to write by now; so the read goes through the
// sequencer first.
func (p *Process) beforeRead(ctx context.Context, of objectKey) error {
	if p.fansOut(ctx) {
		p.cfg.Sequencer.await(ctx, p.dead, p.waiter(ctx, of.read))
	}
	return p.awaitWrites(ctx, of)
}

// read says what a read is.
func (k objectKey) read() string { return fmt.Sprintf("read %s %s", k.kind, k.key.Name) }

// awaitWrites returns once the writes to an object, or a kind, that are open have
// their answers, and the cache has what they wrote. Who had to wait goes through the
// sequencer, since whoever was waited for goes on at the same time, and looks again: a
// closed sequencer has that one's next write wait, which controller-runtime's own wait
// would include.
func (p *Process) awaitWrites(ctx context.Context, of objectKey) error {
	for {
		waited, err := p.awaitOpen(ctx, of)
		if err != nil || !waited {
			return err
		}
		p.cfg.Sequencer.await(ctx, p.dead, p.waiter(ctx, of.read))
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// awaitOpen is awaitWrites for the present open writes, and says whether it had to
// wait.
func (p *Process) awaitOpen(ctx context.Context, of objectKey) (waited bool, err error) {
	p.writes.mu.Lock()
	var open []*openWrite
	//determinism:ordered each is awaited
	for w := range p.writes.open {
		if of.covers(w.of) {
			open = append(open, w)
		}
	}
	p.writes.mu.Unlock()
	for _, w := range open {
		p.parkFor(ctx, w)
		if err := p.wait(ctx, w.done); err != nil {
			return true, err
		}
	}
	waited = len(open) > 0
	for {
		w := p.behindItself(ctx, of)
		if w == nil {
			return waited, ctx.Err()
		}
		waited = true
		if err := p.wait(ctx, w.over); err != nil {
			p.watches.giveUp(w)
			return true, err
		}
	}
}

// parkFor parks the context's work until a write has ended, unless it has already.
func (p *Process) parkFor(ctx context.Context, w *openWrite) {
	task := p.task(workIn(ctx))
	p.writes.mu.Lock()
	defer p.writes.mu.Unlock()
	if _, open := p.writes.open[w]; open && ctx.Err() == nil {
		w.waiting = append(w.waiting, task)
		task.Park()
	}
}

// wait waits until a channel is closed, or returns an error.
func (p *Process) wait(ctx context.Context, over <-chan struct{}) error {
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-p.dead.Done():
		return errKilled
	}
}

// cacheWait is a read that waits for the cache.
type cacheWait struct {
	task virtualtime.Task
	own  Version       // the write that it waits for
	over chan struct{} // closed when it is worth another look
}

// behindItself parks a read of what this process has written itself, where the
// cache lacks that write and won't have it before something else happens; or
// else it returns nil. While the watch is down, that is its return. Where it
// will not bring the object, which was deleted meanwhile or isn't selected, it is
// the next change of any object of that kind: controller-runtime knows by that
// that the cache has got so far.
func (p *Process) behindItself(ctx context.Context, of objectKey) *cacheWait {
	w := &p.watches
	w.mu.Lock()
	defer w.mu.Unlock()
	if ctx.Err() != nil {
		return nil
	}
	for _, own := range p.writes.of(of) {
		deleted := own.ResourceVersion == ""
		unseen := !deleted && newer(own.ResourceVersion, w.told[own.Kind]) || deleted && p.shows(own.UID)
		if !unseen || w.back == nil && (deleted || p.brings(own) && !p.cfg.SyncTracker.isGone(own.UID)) {
			continue
		}
		wait := &cacheWait{p.task(workIn(ctx)), own, make(chan struct{})}
		if w.waits == nil {
			w.waits = map[*cacheWait]struct{}{}
		}
		w.waits[wait] = struct{}{}
		wait.task.Park()
		return wait
	}
	return nil
}

// calledOff has the work of reads go on whose contexts have ended, which is all of
// them once the process is told to stop.
func (p *Process) calledOff() {
	p.writes.mu.Lock()
	//determinism:ordered each is resumed on its own
	for w := range p.writes.open {
		for _, task := range w.waiting {
			task.Resume()
		}
	}
	p.writes.mu.Unlock()
	p.watches.mu.Lock()
	defer p.watches.mu.Unlock()
	//determinism:ordered each is resumed on its own
	for wait := range p.watches.waits {
		wait.task.Resume()
	}
}

// of returns the last writes to an object or a kind.
func (w *writes) of(of objectKey) (all []Version) {
	w.mu.Lock()
	defer w.mu.Unlock()
	//determinism:ordered all are awaited
	for key, v := range w.last {
		if of.covers(key) {
			all = append(all, v)
		}
	}
	return all
}

// brings says whether an informer's watch brings a version; shows, whether one
// still has an object.
func (p *Process) brings(v Version) bool {
	return p.anyInformer(func(f *informer) bool { return f.store.selects(v) })
}

func (p *Process) shows(uid types.UID) bool {
	return p.anyInformer(func(f *informer) bool { return f.store.shows(uid) })
}

func (p *Process) anyInformer(is func(*informer) bool) bool {
	p.mu.Lock()
	informers := p.informers
	p.mu.Unlock()
	return slices.ContainsFunc(informers, is)
}

// tell records the newest version that a handler was told, before the world knows it.
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
		w.resume(func(wait *cacheWait) bool {
			return wait.own.Kind == kind && !newer(wait.own.ResourceVersion, resourceVersion)
		})
	}
}

// resume makes reads check the cache again; w.mu is held.
func (w *watches) resume(which func(*cacheWait) bool) {
	//determinism:ordered each is resumed on its own
	for wait := range w.waits {
		if which(wait) {
			delete(w.waits, wait)
			wait.task.Resume()
			close(wait.over)
		}
	}
}

// giveUp records that a read has timed out.
func (w *watches) giveUp(wait *cacheWait) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.waits, wait)
}
