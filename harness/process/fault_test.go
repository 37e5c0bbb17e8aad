package process

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
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
	if s.cfg.RequestFaults.Deliver() != 0 {
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
	if s.cfg.RequestFaults.Deliver() != 0 {
		t.Error("it arrived early")
	}
	s.cfg.Clock.AdvanceTo(left.Add(time.Minute))
	if s.cfg.RequestFaults.Deliver() != 1 || s.cfg.RequestFaults.Deliver() != 0 {
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
		s.cfg.RequestFaults.send(op, time.Second, func() { order = append(order, path) })
	}
	s.cfg.RequestFaults.send(Operation{"z", 1}, time.Second/2, func() { order = append(order, "z#1") })
	s.cfg.Clock.AdvanceTo(s.cfg.Clock.Now().Add(time.Second))
	s.cfg.RequestFaults.Deliver()
	if got := strings.Join(order, " "); got != "z#1 a#1 a#2 b#1" {
		t.Errorf("they arrive in the order %s", got)
	}
}
