package process

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"

	"k8s.io/client-go/kubernetes/scheme"
)

// TestOrder has requests go on only when the sequencer lets them, in an order by what they
// are.
func TestOrder(t *testing.T) {
	s := stands(t)
	var went []string
	through := func(path string) chan struct{} {
		c := s.call("GET", path, "")
		c.token.End() // it has no number yet
		return s.beside(func() { s.order(c, func(*call) { went = append(went, path) }) })
	}
	<-through("/open")
	s.cfg.Sequencer.Close()
	b := through("/b")
	s.waiting(1)
	a := through("/a")
	s.waiting(2)
	if !slices.Equal(went, []string{"/open"}) {
		t.Fatalf("%v went on", went)
	}
	if n := s.cfg.Sequencer.Next(); n != 1 {
		t.Fatalf("%d went on at once", n)
	}
	<-a
	s.cfg.Sequencer.Open()
	<-b
	if want := []string{"/open", "/a", "/b"}; !slices.Equal(went, want) {
		t.Errorf("the order is %v, want %v", went, want)
	}
}

// TestWhatIsGivenUpAtTheSequencer has a request be given up there, and another's
// controller die.
func TestWhatIsGivenUpAtTheSequencer(t *testing.T) {
	s := stands(t)
	s.cfg.Sequencer.Close()
	never := func(*call) { t.Error("it went on") }
	given, killed := s.call("GET", "/", ""), s.call("GET", "/", "")
	ctx, giveUp := context.WithCancel(given.Request.Context())
	given.Request = given.Request.WithContext(ctx)
	one, two := s.beside(func() { s.order(given, never) }), s.beside(func() { s.order(killed, never) })
	s.waiting(2)
	giveUp()
	<-one
	s.waiting(1)
	s.kill()
	<-two
	s.waiting(0)
	if !errors.Is(given.Err, context.Canceled) || !errors.Is(killed.Err, errKilled) {
		t.Errorf("they get %v and %v", given.Err, killed.Err)
	}
}

// TestRequestsInFlightTogether has requests from other goroutines than a reconcile's own
// get their numbers when nothing of it runs, by what they are, and be tasks of their own.
func TestRequestsInFlightTogether(t *testing.T) {
	s := stands(t)
	s.cfg.Scheme = scheme.Scheme
	went := make(chan string, 3)
	var all sync.WaitGroup
	for _, body := range []string{"c", "a", "b"} {
		c := s.call("POST", "/api/v1/namespaces/world-1/secrets", `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"`+body+`"}}`)
		c.token.End()
		all.Go(func() {
			s.order(c, func(c *call) {
				s.number(c, func(c *call) {
					went <- fmt.Sprintf("%s#%d as %s", body, c.Number, c.task.Name())
				})
			})
		})
	}
	s.waiting(3)
	for _, want := range []string{"a#1 as controller 1/web#1", "b#2 as controller 1/web#2", "c#3 as controller 1/web#3"} {
		if out := s.cfg.Sequencer.Next(); out != 1 {
			t.Fatalf("%d go on at once", out)
		}
		if got := <-went; got != want {
			t.Errorf("%s goes on, want %s", got, want)
		}
	}
	all.Wait()
}

// TestAboutIsTheSameInEveryRun has what differs from run to run make no difference.
func TestAboutIsTheSameInEveryRun(t *testing.T) {
	s := stands(t)
	of := func(namespace, uid, name string) string {
		body := fmt.Sprintf(`{"apiVersion":"v1","kind":"Secret","metadata":{"namespace":%q,"name":%q,"uid":%q,"ownerReferences":[{"name":"web","uid":%[3]q}]}}`, namespace, name, uid)
		return about(s.request("POST", "/api/v1/namespaces/"+namespace+"/secrets", body), scheme.Scheme)
	}
	if one, other := of("world-1", "a", "x"), of("world-23", "b", "x"); one != other {
		t.Errorf("%s isn't %s", one, other)
	}
	if one, other := of("world-1", "a", "x"), of("world-1", "a", "y"); one >= other {
		t.Errorf("%s isn't before %s", one, other)
	}
}

// waiting returns when so many requests wait at the sequencer. It takes the sequencer's
// lock alone, as the order of the locks asks for.
func (s *stand) waiting(n int) {
	s.Helper()
	g := s.cfg.Sequencer
	for s.Context().Err() == nil {
		g.mu.Lock()
		got := len(g.waiting["web"])
		g.mu.Unlock()
		if got == n {
			return
		}
		runtime.Gosched()
	}
}
