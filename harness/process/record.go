package process

import (
	"net/http"
	"slices"

	"k8s.io/apimachinery/pkg/types"
)

// record tracks what an operation has written, and reports the operation when it has
// ended. If a dead controller has got no answer, nobody is left to report to.
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

// tell tracks what a call has written, and reports the call to the world.
func (p *Process) tell(c *call) {
	p.note(c)
	p.cfg.Observe(c.Exchange)
}

// note tracks what a call has written: for the world, which waits until handlers know
// it, and for the process's own reads.
func (p *Process) note(c *call) {
	if !c.API || c.Err != nil || c.BodyErr != nil {
		return
	}
	b, err := decode(c.Body, p.cfg.Scheme)
	if err != nil {
		return // nobody knows what it has written, not even its sender
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
