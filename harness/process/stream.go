package process

import (
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
)

// stream is an informer's watch. Its events can be held back: the API server's watch
// goes on meanwhile, and nothing of it reaches the informer.
type stream struct {
	watch.Interface // the API server's
	informer        *informer
	events          chan watch.Event
	released        chan struct{} // holds one once pending has been set
	stopped         chan struct{}
	stop            func()

	mu      sync.Mutex // guards what follows
	listed  bool       // it is past the list that it began with, if it did
	newest  string     // the newest resourceVersion that has come
	held    *backlog   // nil while events pass
	pending []watch.Event
	ended   bool // nothing more comes
}

// newStream goes around a watch that was asked for with these options.
func newStream(w watch.Interface, f *informer, o metav1.ListOptions) *stream {
	s := &stream{
		Interface: w, informer: f, newest: o.ResourceVersion, listed: o.SendInitialEvents == nil || !*o.SendInitialEvents,
		events: make(chan watch.Event), released: make(chan struct{}, 1), stopped: make(chan struct{}),
	}
	s.stop = sync.OnceFunc(func() {
		close(s.stopped)
		s.Interface.Stop()
		f.closes(s)
		s.drop()
	})
	f.opens(s)
	go s.run()
	return s
}

// ResultChan returns the events that aren't held back.
func (s *stream) ResultChan() <-chan watch.Event { return s.events }

// Stop ends the watch.
func (s *stream) Stop() { s.stop() }

// run passes events on until there are no more, or the watch is stopped.
func (s *stream) run() {
	defer close(s.events)
	in := s.Interface.ResultChan()
	for {
		var pass []watch.Event
		var over bool
		select {
		case e, more := <-in:
			if !more {
				in = nil // whose end is told when it isn't held any more
			} else if !s.informer.hears(e) {
				continue
			}
			pass, over = s.comes(e, more)
		case <-s.released:
			pass, over = s.take()
		case <-s.stopped:
			return
		}
		for _, e := range pass {
			select {
			case s.events <- e:
			case <-s.stopped:
				return
			}
		}
		if over {
			return
		}
	}
}

// comes returns what is to be passed on when an event has come, or the end, and whether
// nothing more will be.
func (s *stream) comes(e watch.Event, more bool) (pass []watch.Event, over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = s.ended || !more
	switch {
	case s.held == nil:
	case !more || e.Type == watch.Error:
		s.held.breaks()
		return nil, false
	default:
		s.held.add(e)
	}
	if more {
		s.note(e)
	}
	if s.held != nil {
		return nil, false
	}
	pass, s.pending = s.pending, nil
	if more {
		pass = append(pass, e)
	}
	return pass, s.ended
}

// note notes how far the watch has come.
func (s *stream) note(e watch.Event) {
	m, err := meta.Accessor(e.Object)
	if err != nil {
		return // of an error
	}
	if v := m.GetResourceVersion(); s.newest == "" || newer(v, s.newest) {
		s.newest = v
	}
	s.listed = s.listed || e.Type == watch.Bookmark && m.GetAnnotations()[metav1.InitialEventsAnnotationKey] == "true"
}

// take is comes where nothing has.
func (s *stream) take() (pass []watch.Event, over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pass, s.pending = s.pending, nil
	return pass, s.ended && s.held == nil
}

// canBeHeld says whether the watch can be held back now: it goes on, and the informer
// has had its list.
func (s *stream) canBeHeld() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.ended && s.listed && s.informer.SharedIndexInformer.HasSynced()
}

// hold holds back what comes from now on.
func (s *stream) hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = newBacklog(s.informer)
}

// release passes on what a new list would bring in place of all that was held back. A
// watch that has broken meanwhile is at its end with 410 Gone, which has the informer ask
// for that list.
func (s *stream) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held == nil {
		return
	}
	s.held.close()
	if s.held.broken {
		gone := apierrors.NewResourceExpired("the watch has ended while it was held back").Status()
		s.pending, s.ended = []watch.Event{{Type: watch.Error, Object: &gone}}, true
	} else {
		s.pending = s.held.list(s.newest)
	}
	s.held = nil
	select {
	case s.released <- struct{}{}:
	default: // it looks in any case
	}
}

// drop forgets what is held back.
func (s *stream) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held != nil {
		s.held.close()
		s.held = nil
	}
}
