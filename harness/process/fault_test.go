package process

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// through has a call go through the fault that is planned, to the server.
func (s *stand) through(c *call, what RequestFault) {
	s.cfg.RequestFaults.Plan(c.Operation, what)
	steps(s.fault, s.send(s))(c)
}

func TestARefusedRequestIsNotServed(t *testing.T) {
	s := stands(t)
	c := s.call("PUT", "/", "")
	s.through(c, RequestFault{Status: http.StatusConflict})
	if c.Status != http.StatusConflict || !c.Unserved || !strings.Contains(string(c.Body), `"reason":"Conflict"`) {
		t.Errorf("%d %s, unserved %t", c.Status, c.Body, c.Unserved)
	}
	s.wants()
	steps(s.fault, s.send(s))(c)
	s.wants("PUT /") // once only
}

func TestALostAnswer(t *testing.T) {
	s := stands(t)
	c := s.call("PUT", "/", "")
	s.through(c, RequestFault{Lost: true})
	s.wants("PUT /")
	if _, err := c.response(); !c.Lost || c.Status != 200 || !errors.Is(err, errLost) {
		t.Errorf("lost %t, %d, and its sender gets %v", c.Lost, c.Status, err)
	}
	s.answer = func() (string, error) { return "", io.ErrUnexpectedEOF }
	again := s.call("PUT", "/", "")
	s.through(again, RequestFault{Lost: true})
	if again.Lost || !errors.Is(again.Err, io.ErrUnexpectedEOF) {
		t.Errorf("an answer that never was is lost: %t, %v", again.Lost, again.Err)
	}
}

// TestNoAnswer has a sender wait until its virtual time is up, and another until it
// is dead.
func TestNoAnswer(t *testing.T) {
	s := stands(t)
	c := s.call("PUT", "/", "")
	ctx, cancel := s.cfg.Clock.WithTimeout(c.task.In(c.Request.Context()), time.Second)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)
	over := s.beside(func() { s.through(c, RequestFault{Never: true}) })
	s.settles()
	s.cfg.Clock.AdvanceTo(s.cfg.Clock.Now().Add(time.Second))
	<-over
	c.token.End()
	dead := s.call("PUT", "/", "")
	over = s.beside(func() { s.through(dead, RequestFault{Never: true}) })
	s.settles()
	s.kill()
	<-over
	if !errors.Is(c.Err, context.DeadlineExceeded) || !errors.Is(dead.Err, errKilled) {
		t.Errorf("they get %v and %v", c.Err, dead.Err)
	}
	if s.cfg.RequestFaults.Deliver(t.Context()) != 0 {
		t.Error("what never arrives is late")
	}
	s.wants()
}

// TestALateRequest has a request arrive when its time has come and nothing else runs,
// though its sender is dead by then.
func TestALateRequest(t *testing.T) {
	s := stands(t)
	s.answer = func() (string, error) { return answered, nil }
	c := s.call("PUT", "/api/v1/namespaces/w/secrets/web", "sent")
	over := s.beside(func() { s.through(c, RequestFault{Late: time.Minute}) })
	s.settles()
	s.kill()
	<-over
	if _, err := io.ReadAll(c.Request.Body); err != nil { // whoever sends it is done with its body
		t.Fatal(err)
	}
	left := s.cfg.Clock.Now()
	s.cfg.Clock.AdvanceTo(left.Add(time.Minute - 1))
	if s.cfg.RequestFaults.Deliver(t.Context()) != 0 {
		t.Error("it arrived early")
	}
	s.cfg.Clock.AdvanceTo(left.Add(time.Minute))
	if s.cfg.RequestFaults.Deliver(t.Context()) != 1 || s.cfg.RequestFaults.Deliver(t.Context()) != 0 {
		t.Error("it didn't arrive once")
	}
	s.wants("PUT /api/v1/namespaces/w/secrets/web sent")
	if len(s.seen) != 1 {
		t.Fatalf("%d were told of", len(s.seen))
	}
	x := s.seen[0]
	if !x.Late || x.Number != 1 || x.Incarnation != 1 || x.Status != 200 || !x.Began.Equal(left) || !x.Ended.Equal(left.Add(time.Minute)) || x.Reconcile != (Reconcile{}) {
		t.Errorf("it was told of as %+v", x)
	}
	if len(s.cfg.SyncTracker.newest) != 1 || len(s.writes.last) != 0 {
		t.Error("what it wrote isn't the world's alone")
	}
}

// TestLateRequestsComeInOrder has those that are due together arrive by their names.
func TestLateRequestsComeInOrder(t *testing.T) {
	s := stands(t)
	var order []string
	for _, path := range []string{"b#1", "a#2", "a#1"} {
		object, number, _ := strings.Cut(path, "#")
		op := Operation{object, int(number[0] - '0')}
		s.cfg.RequestFaults.send(op, time.Second, func(context.Context) { order = append(order, path) })
	}
	s.cfg.RequestFaults.send(Operation{"z", 1}, time.Second/2, func(context.Context) { order = append(order, "z#1") })
	s.cfg.Clock.AdvanceTo(s.cfg.Clock.Now().Add(time.Second))
	s.cfg.RequestFaults.Deliver(t.Context())
	if got := strings.Join(order, " "); got != "z#1 a#1 a#2 b#1" {
		t.Errorf("they arrive in the order %s", got)
	}
}

// lateTo has a request arrive late, which what serves it is passed with its context, and
// returns how many were delivered.
func (s *stand) lateTo(serve func(context.Context) error, limit context.Context) int {
	s.answer = func() (string, error) { return answered, serve(s.serves.Context()) }
	c := s.call("PUT", "/api/v1/namespaces/w/secrets/web", "sent")
	over := s.beside(func() { s.through(c, RequestFault{Late: time.Second}) })
	s.settles()
	s.kill()
	<-over
	c.token.End()
	s.cfg.Clock.AdvanceTo(s.cfg.Clock.Now().Add(time.Second))
	return s.cfg.RequestFaults.Deliver(limit)
}

// TestALateRequestThatIsServedSlowly has a server wait for virtual time: the world goes
// on meanwhile, and time with it.
func TestALateRequestThatIsServedSlowly(t *testing.T) {
	s := stands(t)
	s.lateTo(func(ctx context.Context) error { return s.cfg.Clock.Wait(ctx, time.Minute) }, t.Context())
	s.settles()
	if got := s.cfg.RequestFaults.Serving(); len(got) != 1 || got[0] != "web#1" || len(s.seen) != 0 {
		t.Fatalf("under way are %q, and %d were told of", got, len(s.seen))
	}
	s.cfg.Clock.AdvanceTo(s.cfg.Clock.Now().Add(time.Minute))
	s.settles()
	if err := s.cfg.RequestFaults.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(s.seen) != 1 || s.seen[0].Err != nil || s.seen[0].Ended.Sub(s.seen[0].Began) != time.Minute+time.Second {
		t.Errorf("it was told of as %+v", s.seen)
	}
}

// TestALateRequestEndsWithItsWorld has a server never answer.
func TestALateRequestEndsWithItsWorld(t *testing.T) {
	s := stands(t)
	s.lateTo(func(ctx context.Context) error { return s.cfg.Clock.Wait(ctx, -1) }, t.Context())
	s.settles()
	if err := s.cfg.RequestFaults.Close(t.Context()); err != nil || len(s.cfg.RequestFaults.Serving()) > 0 || len(s.seen) != 0 {
		t.Errorf("%v, %q, and %d were told of", err, s.cfg.RequestFaults.Serving(), len(s.seen))
	}
}

// TestALateRequestThatWaitsForRealTime has nobody wait for it beyond the limit, and its
// name be told.
func TestALateRequestThatWaitsForRealTime(t *testing.T) {
	s := stands(t)
	goesOn := make(chan struct{})
	defer close(goesOn)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if n := s.lateTo(func(context.Context) error { <-goesOn; return nil }, over); n != 1 {
		t.Errorf("%d were delivered", n)
	}
	if got := s.running(); got != "request: web#1 arrives late" {
		t.Errorf("what runs is %q", got)
	}
	if err := s.cfg.RequestFaults.Close(over); err == nil || !strings.HasSuffix(err.Error(), ": web#1") {
		t.Errorf("the world's end says %v", err)
	}
}

// TestALateRequestFindsNoAPIServer has it arrive while that is down.
func TestALateRequestFindsNoAPIServer(t *testing.T) {
	s := stands(t)
	s.cfg.RequestFaults.SetAPI(false)
	s.lateTo(func(context.Context) error { return nil }, t.Context())
	s.wants()
	if len(s.seen) != 1 || !errors.Is(s.seen[0].Err, syscall.ECONNREFUSED) {
		t.Errorf("it was told of as %+v", s.seen)
	}
}

// TestADelayedRequest is sent when its time has come, and only if its sender still waits.
func TestADelayedRequest(t *testing.T) {
	s := stands(t)
	c := s.call("PUT", "/", "")
	over := s.beside(func() { s.through(c, RequestFault{Delayed: time.Minute}) })
	s.settles()
	s.cfg.Clock.AdvanceTo(s.cfg.Clock.Now().Add(time.Minute - 1))
	s.wants()
	s.cfg.Clock.AdvanceTo(s.cfg.Clock.Now().Add(1))
	<-over
	s.wants("PUT /")
	if c.Err != nil || c.Status != 200 {
		t.Errorf("its sender gets %d, %v", c.Status, c.Err)
	}
	c.token.End()
	given := s.call("PUT", "/given-up", "")
	ctx, giveUp := context.WithCancel(given.Request.Context())
	given.Request = given.Request.WithContext(ctx)
	over = s.beside(func() { s.through(given, RequestFault{Delayed: time.Minute}) })
	giveUp()
	<-over
	if s.wants("PUT /"); !errors.Is(given.Err, context.Canceled) {
		t.Errorf("who gives up gets %v", given.Err)
	}
}
