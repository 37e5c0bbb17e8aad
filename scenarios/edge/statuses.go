package edge

import (
	"sync"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// statuses holds each object's last status, so that the trace can say what a write
// changed.
type statuses struct {
	mu   sync.Mutex // guards what follows
	last map[string]v1.DeviceDeploymentStatus
}

func (p *statuses) swap(object string, s v1.DeviceDeploymentStatus) (before v1.DeviceDeploymentStatus) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before = p.last[object]
	if s.ObservedGeneration > 0 {
		p.last[object] = s
	}
	return before
}

// forget drops the status of a deleted object, so that another object with its name
// starts without one.
func (p *statuses) forget(object string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.last, object)
}
