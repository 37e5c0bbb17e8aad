package process

import (
	"context"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
)

// runs starts an informer of Secrets, whose source never has any. The function stops
// it, and returns when it has.
func (s *stand) runs() (f cache.SharedIndexInformer, stop func()) {
	s.Helper()
	s.cfg.Scheme = runtime.NewScheme()
	if err := corev1.AddToScheme(s.cfg.Scheme); err != nil {
		s.Fatal(err)
	}
	source := &cache.ListWatch{
		ListWithContextFunc:  func(context.Context, metav1.ListOptions) (runtime.Object, error) { return &corev1.SecretList{}, nil },
		WatchFuncWithContext: func(context.Context, metav1.ListOptions) (watch.Interface, error) { return watch.NewFake(), nil },
	}
	f = s.newInformer(source, &corev1.Secret{}, 0, cache.Indexers{})
	stopped := make(chan struct{})
	over := s.beside(func() { f.Run(stopped) })
	return f, func() {
		close(stopped)
		<-over
	}
}

var aSecret = Version{Kind: schema.GroupKind{Kind: "Secret"}, Name: "web", UID: "u", ResourceVersion: "10"}

// TestAnInformerThatIsRemoved has the world wait for it no more once it has stopped,
// as when an operator removes it from its cache.
func TestAnInformerThatIsRemoved(t *testing.T) {
	s := stands(t)
	f, stop := s.runs()
	if _, err := f.AddEventHandler(cache.ResourceEventHandlerFuncs{}); err != nil {
		t.Fatal(err)
	}
	stop()
	s.cfg.SyncTracker.Written(aSecret)
	if s.running() != "" {
		t.Errorf("after it was removed the world waits for: %s", s.running())
	}
	if len(s.informers) != 0 || len(s.handlers) != 0 {
		t.Errorf("the process still knows %d informers and %d handlers", len(s.informers), len(s.handlers))
	}
}

// TestAHandlerThatIsRemoved has the world wait for the other handler, and a resync
// tell that one alone.
func TestAHandlerThatIsRemoved(t *testing.T) {
	s := stands(t)
	f, stop := s.runs()
	defer stop()
	told := map[string]int{}
	tells := func(name string) cache.ResourceEventHandler {
		return cache.ResourceEventHandlerFuncs{UpdateFunc: func(any, any) { told[name]++ }}
	}
	one, err := f.AddEventHandler(tells("one"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.AddEventHandler(tells("two")); err != nil {
		t.Fatal(err)
	}
	if err := f.RemoveEventHandler(one); err != nil {
		t.Fatal(err)
	}
	s.cfg.SyncTracker.Written(aSecret)
	want := "watch: the controller has not been told of the newest version of web, " +
		"watch: the controller's cache has not been told of the newest version of web"
	if s.running() != want {
		t.Errorf("the world waits for %q, want %q", s.running(), want)
	}
	if err := f.GetStore().Add(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "web"}}); err != nil {
		t.Fatal(err)
	}
	s.Resync()
	if told["one"] != 0 || told["two"] != 1 {
		t.Errorf("a resync tells %v", told)
	}
}
