package process

import "k8s.io/apimachinery/pkg/types"

// record notes what an operation has written, and tells of it once it is over. Of
// one that a dead controller has no answer to, nobody is left to learn.
func (i *Process) record(c *call, next func(*call)) {
	c.Began = i.cfg.Clock.Now()
	next(c)
	c.Ended = i.cfg.Clock.Now()
	if (c.Err != nil || c.BodyErr != nil) && i.dead.Err() != nil {
		c.Err = errKilled
		return
	}
	i.tell(c)
}

// tell notes what a call has written, and tells the world of it.
func (i *Process) tell(c *call) {
	i.note(c)
	i.cfg.Observe(c.Exchange)
}

// note notes what a call has written: for the world, which waits until handlers have
// heard of it, and for the process's own reads.
func (i *Process) note(c *call) {
	if !c.API || c.Err != nil || c.BodyErr != nil {
		return
	}
	b, err := decode(c.Body, i.cfg.Scheme)
	if err != nil {
		return // nobody can say what it has written, its sender included
	}
	c.Answer = b.object
	c.written = noteWrite(i.cfg.SyncTracker, i.cfg.Mapper, c.Request, c.Status, b)
	if c.Lost || c.Late {
		return
	}
	i.writes.mu.Lock()
	defer i.writes.mu.Unlock()
	if i.writes.last == nil {
		i.writes.last = map[objectKey]Version{}
	}
	for _, v := range c.written {
		i.writes.last[objectKey{v.Kind, types.NamespacedName{Namespace: v.Namespace, Name: v.Name}}] = v
	}
}
