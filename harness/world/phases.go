package world

import (
	"sync"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// phases remembers each object's last phase, so that the trace can say what a
// write changed.
type phases struct {
	mu   sync.Mutex
	last map[string]v1.Phase
}

func (p *phases) swap(object string, s v1.DeviceDeploymentStatus) (before v1.Phase) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before = p.last[object]
	if s.ObservedGeneration > 0 {
		p.last[object] = s.Phase
	}
	return before
}

// forget says that an object is gone: another of its name begins anew.
func (p *phases) forget(object string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.last, object)
}
