package process

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"example.com/edge-device-operator/harness/virtualtime"
)

// Timestamps are those that an API server writes into metadata by its own clock, as
// they are to whoever lives in a world: in virtual time, cut to seconds as a
// metav1.Time is. An object's creation, and the request to delete it, are when anybody
// in the world hears of them first, which is at their instant; what was there before
// the world was created at its beginning. The times of managedFields are those of the
// version that they are read in.
//
// They are the same on every way, for every reader.
type Timestamps struct {
	clock *virtualtime.Clock
	start int64 // when virtual time began, as all here in seconds of Unix time

	mu      sync.Mutex // guards what follows
	since   string     // the resourceVersion that the world began with; "" before
	began   int64      // when that was, by the API server's clock
	objects map[types.UID]*times
}

// times are those of one object, as they are shown.
type times struct {
	creation, deletion int64 // of the request to delete it, without the grace period; 0 until it is known
	versions           map[string]version
}

// version has the times of the managedFields of one version.
type version struct {
	real  []int64
	shown int64
}

// NewTimestamps returns Timestamps of a world that begins now.
func NewTimestamps(clock *virtualtime.Clock) *Timestamps {
	return &Timestamps{clock: clock, start: clock.Now().Unix(), objects: map[types.UID]*times{}}
}

// Began says that the world has begun with the creation of its own namespace, the first
// that anybody in it has heard of; what isn't newer was there before.
func (t *Timestamps) Began(resourceVersion string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.since = resourceVersion
}

// show has an answer say when things were in virtual time. What a trial says isn't
// remembered.
func (t *Timestamps) show(b []byte, all []located, trial bool) {
	now := t.clock.Now().Unix()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, l := range all {
		if l.UID == "" {
			continue
		}
		o := t.objects[l.UID]
		switch {
		case o == nil:
			o = &times{versions: map[string]version{}}
			if !trial {
				t.objects[l.UID] = o
			}
		case trial:
			o = &times{creation: o.creation, deletion: o.deletion, versions: map[string]version{}}
		}
		t.showOne(&o.creation, b, l.Creation, l, 0, now)
		t.showOne(&o.deletion, b, l.Deletion, l, l.Grace, now)
		t.showManaged(o, b, l, now)
	}
}

// showManaged shows the times of the managedFields.
func (t *Timestamps) showManaged(o *times, b []byte, l located, now int64) {
	if len(l.Managed) == 0 {
		return
	}
	v, known := o.versions[l.ResourceVersion]
	if !known {
		v.shown = now
		if t.before(l, 0) {
			v.shown = t.start
		}
		for _, at := range l.Managed {
			real, _ := at.seconds(b) // 0 for none
			v.real = append(v.real, real)
		}
		o.versions[l.ResourceVersion] = v
	}
	for _, at := range l.Managed {
		at.set(b, v.shown)
	}
}

// showOne shows one timestamp, which is so long after what is remembered.
func (t *Timestamps) showOne(shown *int64, b []byte, at place, l located, after, now int64) {
	real, ok := at.seconds(b)
	if !ok {
		return
	}
	if t.since == "" {
		t.began = real
	}
	if *shown == 0 {
		*shown = now
		if t.before(l, real-after) {
			*shown = t.start
		}
	}
	at.set(b, *shown+after)
}

// before says whether what an object tells by a timestamp was before the world.
func (t *Timestamps) before(l located, real int64) bool {
	return t.since != "" && (real > 0 && real < t.began || !newer(l.ResourceVersion, t.since))
}

// deletes says that the deletion of objects was asked for now.
func (t *Timestamps) deletes(all []located) {
	now := t.clock.Now().Unix()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, l := range all {
		if o := t.objects[l.UID]; o != nil && l.Deletion.size == 0 && o.deletion == 0 {
			o.deletion = now
		}
	}
}

// putBack has what somebody writes to an object say when its managedFields were written
// by the API server's clock: it stores what it gets, and by their order and their times
// it decides whether anything is new. Other times it takes from what it has.
func (t *Timestamps) putBack(b []byte, l located) {
	t.mu.Lock()
	defer t.mu.Unlock()
	o := t.objects[l.UID]
	if o == nil {
		return
	}
	v := o.versions[l.ResourceVersion]
	if len(v.real) != len(l.Managed) {
		return // somebody has edited them
	}
	for n, at := range l.Managed {
		at.set(b, v.real[n])
	}
}
