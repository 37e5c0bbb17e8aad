package process

import (
	"errors"
	"io"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

const answered = `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"web","namespace":"w","uid":"u","resourceVersion":"10"}}`

// TestRecord has what a write has stored be noted, by the world and for the reads of
// its own process, and be told of with its times.
func TestRecord(t *testing.T) {
	s := stands(t)
	secret := Version{Kind: schema.GroupKind{Kind: "Secret"}, Namespace: "w", Name: "web", UID: "u", ResourceVersion: "10"}
	s.cfg.SyncTracker.Watch("one", Scope{Kind: secret.Kind})
	c := s.call("PUT", "/api/v1/namespaces/w/secrets/web", "")
	c.token.End()
	began := s.cfg.Clock.Now()
	s.record(c, func(c *call) {
		c.Status, c.Body = 200, []byte(answered)
		s.cfg.Clock.AdvanceTo(began.Add(time.Second))
	})
	if len(s.seen) != 1 || !s.seen[0].Began.Equal(began) || !s.seen[0].Ended.Equal(began.Add(time.Second)) {
		t.Errorf("it was told of as %+v", s.seen)
	}
	if want := "watch: one has not been told of the newest version of web"; s.running() != want {
		t.Errorf("the world waits for %q, want %q", s.running(), want)
	}
	key := objectKey{secret.Kind, types.NamespacedName{Namespace: "w", Name: "web"}}
	if last := s.writes.of(key); len(last) != 1 || last[0].ResourceVersion != "10" || len(c.written) != 1 {
		t.Errorf("its own writes are %v, and the call's %v", last, c.written)
	}
}

// TestTheObjectInAnAnswer has an answer be decoded as what the scheme has, a list and
// what the scheme hasn't as metadata alone, and what is no JSON not at all.
func TestTheObjectInAnAnswer(t *testing.T) {
	s := stands(t)
	s.cfg.Scheme = runtime.NewScheme()
	if err := corev1.AddToScheme(s.cfg.Scheme); err != nil {
		t.Fatal(err)
	}
	for answer, is := range map[string]bool{
		answered: true,
		`{"kind":"Secret","apiVersion":"v1","metadata":{"uid":"u"}}`: true,
		`{"kind":"Stone","apiVersion":"v1","metadata":{"uid":"u"}}`:  false,
		`{"kind":"SecretList","apiVersion":"v1","items":[]}`:         false,
		`{"kind":"Secret","apiVersion":"v1","metadata":{"uid":7}}`:   false,
		`{"kind":"Secret","apiVersion":"v1","metadata":{"uid":"u"`:   false,
		"": false,
	} {
		c := s.call("GET", "/api/v1/namespaces/w/secrets/web", "")
		s.record(c, func(c *call) { c.Status, c.Body = 200, []byte(answer) })
		if secret, ok := c.Answer.(*corev1.Secret); ok != is || is && secret.UID != "u" {
			t.Errorf("%q is decoded as %v", answer, c.Answer)
		}
	}
}

func TestRecordOfALostAnswer(t *testing.T) {
	s := stands(t)
	c := s.call("PUT", "/api/v1/namespaces/w/secrets/web", "")
	s.record(c, func(c *call) { c.Status, c.Body, c.Lost = 200, []byte(answered), true })
	if len(s.seen) != 1 || len(c.written) != 1 || len(s.writes.last) != 0 {
		t.Errorf("seen %d, written %v, own writes %v", len(s.seen), c.written, s.writes.last)
	}
}

// TestRecordOfTheDead has nobody hear of what a dead controller has no answer to, and
// somebody of what it has one to.
func TestRecordOfTheDead(t *testing.T) {
	for _, end := range []func(*call){
		func(c *call) { c.Err = io.ErrUnexpectedEOF },
		func(c *call) { c.Status, c.BodyErr = 200, io.ErrUnexpectedEOF },
	} {
		s := stands(t)
		c := s.call("PUT", "/", "")
		s.record(c, func(c *call) { end(c); s.kill() })
		if len(s.seen) != 0 || !errors.Is(c.Err, errKilled) {
			t.Errorf("%d were told of, and its sender gets %v", len(s.seen), c.Err)
		}
	}
	s := stands(t)
	s.record(s.call("PUT", "/", ""), func(c *call) { c.Status = 200; s.kill() })
	if len(s.seen) != 1 {
		t.Error("nobody heard of a request that was answered")
	}
}
