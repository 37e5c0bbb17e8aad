package process

import (
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
)

// An informer's handlers hear only of objects of its world. A namespace of its own
// contains nothing else, but a world over cluster-scoped kinds shares them with other
// worlds.

// knows says whether an object is one of the world's.
func (f *informer) knows(o runtime.Object) bool {
	m, err := meta.Accessor(o)
	return err != nil || f.process.cfg.SyncTracker.has(metadataOf(m).version(f.store.kind))
}

// known returns the objects of a list that are the world's.
func (f *informer) known(list runtime.Object) (runtime.Object, error) {
	if f.process.cfg.SyncTracker.Only == nil {
		return list, nil
	}
	all, err := meta.ExtractList(list)
	if err != nil {
		return nil, err
	}
	known := all[:0]
	for _, o := range all {
		if f.knows(o) {
			known = append(known, o)
		}
	}
	return list, meta.SetList(list, known)
}

// hears says whether the handlers hear of a watch's event: not of other worlds' objects.
func (f *informer) hears(e watch.Event) bool {
	if f.process.cfg.SyncTracker.Only == nil {
		return true
	}
	change := e.Type == watch.Added || e.Type == watch.Modified || e.Type == watch.Deleted
	return !change || f.knows(e.Object)
}
