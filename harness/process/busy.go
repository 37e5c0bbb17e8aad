package process

import (
	"fmt"

	"example.com/edge-device-operator/harness/virtualtime"
)

// busy implements Env.Busy.
func (p *Process) busy(what string) (done func()) {
	token := p.cfg.Quiescence.Begin(fmt.Sprintf("controller %d is busy: %s", p.cfg.Incarnation, what))
	p.mu.Lock()
	p.tokens[token] = struct{}{}
	p.mu.Unlock()
	done = func() {
		p.mu.Lock()
		delete(p.tokens, token)
		p.mu.Unlock()
		token.End()
	}
	if p.dead.Err() != nil {
		done() // endBusy may have been called before
	}
	return done
}

// followChannels makes the world wait for events on their way through a controller's
// channel sources.
func (p *Process) followChannels() {
	over := p.cfg.Quiescence.FollowChannelSources()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.followed = append(p.followed, over)
}

// endBusy ends everything that is busy in a process that is dead.
func (p *Process) endBusy() {
	p.mu.Lock()
	tokens, followed := p.tokens, p.followed
	p.tokens, p.followed = map[*virtualtime.Token]struct{}{}, nil
	p.mu.Unlock()
	//determinism:ordered each ends on its own
	for token := range tokens {
		token.End()
	}
	for _, over := range followed {
		over()
	}
}
