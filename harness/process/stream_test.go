package process

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
)

// TestAWatchThatEndsWhileItIsHeld has the informer ask for a list then, since what has
// been missed isn't known.
func TestAWatchThatEndsWhileItIsHeld(t *testing.T) {
	s := stands(t)
	s.cfg.Scheme = runtime.NewScheme()
	if err := corev1.AddToScheme(s.cfg.Scheme); err != nil {
		t.Fatal(err)
	}
	f := s.newInformer(&cache.ListWatch{}, &corev1.Secret{}, 0, cache.Indexers{}).(*informer)
	server := watch.NewFake()
	w := newStream(server, f, metav1.ListOptions{ResourceVersion: "7"})
	defer w.Stop()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "web", UID: "u", ResourceVersion: "10"}}
	go server.Add(secret)
	if e := <-w.ResultChan(); e.Type != watch.Added || e.Object != secret {
		t.Fatalf("its first event is %v", e)
	}
	f.store.Hold()
	w.hold()
	s.cfg.SyncTracker.Written(Version{Kind: f.scope.Kind, Name: "web", UID: "u", ResourceVersion: "11"})
	if s.running() == "" {
		t.Error("the world doesn't wait for what is to be held back")
	}
	server.Stop()
	s.settles()
	w.release()
	if e := <-w.ResultChan(); e.Type != watch.Error || !apierrors.IsResourceExpired(apierrors.FromObject(e.Object)) {
		t.Errorf("then it has %v", e)
	}
	if e, more := <-w.ResultChan(); more {
		t.Errorf("it goes on with %v", e)
	}
	if w.canBeHeld() {
		t.Error("it could be held again")
	}
}
