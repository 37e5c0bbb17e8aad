package process

import (
	"net/http"
	"slices"

	"k8s.io/apimachinery/pkg/types"
)

// record notes what an operation has written, and tells of it once it is over. Of
// one that a dead controller has no answer to, nobody is left to learn.
func (p *Process) record(c *call, next func(*call)) {
	c.Began = p.cfg.Clock.Now()
	if c.API && c.Request.Method != http.MethodGet {
		c.latest = p.cfg.SyncTracker.Latest()
	}
	next(c)
	c.Ended = p.cfg.Clock.Now()
	if (c.Err != nil || c.BodyErr != nil) && p.dead.Err() != nil {
		c.Err = errKilled
		return
	}
	p.tell(c)
}

// tell notes what a call has written, and tells the world of it.
func (p *Process) tell(c *call) {
	p.note(c)
	p.cfg.Observe(c.Exchange)
}

// note notes what a call has written: for the world, which waits until handlers have
// heard of it, and for the process's own reads.
func (p *Process) note(c *call) {
	if !c.API || c.Err != nil || c.BodyErr != nil {
		return
	}
	b, err := decode(c.Body, p.cfg.Scheme)
	if err != nil {
		return // nobody can say what it has written, its sender included
	}
	c.Answer = b.object
	p.noteGenerated(c, b.Metadata)
	c.written = noteWrite(p.cfg.SyncTracker, p.cfg.Mapper, c.Request, c.Status, b)
	c.Effect = slices.ContainsFunc(c.written, func(v Version) bool {
		return v.ResourceVersion == "" || c.latest == "" || newer(v.ResourceVersion, c.latest) || p.cfg.SyncTracker.isGone(v.UID)
	})
	if c.Lost || c.Late {
		return
	}
	p.writes.mu.Lock()
	defer p.writes.mu.Unlock()
	if p.writes.last == nil {
		p.writes.last = map[objectKey]Version{}
	}
	for _, v := range c.written {
		p.writes.last[objectKey{v.Kind, types.NamespacedName{Namespace: v.Namespace, Name: v.Name}}] = v
	}
}
