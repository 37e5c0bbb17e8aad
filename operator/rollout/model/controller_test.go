package model

import "example.com/edge-device-operator/operator/rollout"

// controllerSteps are the steps that controller n can take: those of the
// reconciler, one by one, and a crash before each.
func (m *model) controllerSteps(w *world, n int, emit emit) {
	c := w.controllers[n]
	if c.doing != idle {
		next := *w
		next.controllers[n] = controller{}
		emit(step{kind: crashes, who: n}, next, "")
	}
	switch c.doing {
	case idle:
		m.read(w, n, emit)
	case observing, vetted:
		m.observe(w, n, emit)
	case writing, reporting:
		m.write(w, n, emit)
	case rereading:
		if c.copy != w.object {
			finish(*w, n, seesItMoved, "", emit)
			return
		}
		next := *w
		next.controllers[n].doing = sending
		emit(step{kind: confirms, who: n, by: controllers}, next, "")
	case sending:
		m.send(w, n, emit)
	}
}

// read reads the object. A controller goes by a stale copy when it stops
// after this step, or when finish has it start over with the copy it had.
func (m *model) read(w *world, n int, emit emit) {
	if w.object.uid == 0 {
		return
	}
	if m.machine.decide(question{copy: w.object, passed: w.passed}).action == rollout.Nothing {
		emit(step{kind: leaves, who: n, by: controllers}, *w, "")
		return
	}
	next := *w
	next.controllers[n] = controller{doing: observing, copy: w.object}
	emit(step{kind: reads, who: n, by: controllers}, next, "")
}

// observe observes the device, if the phase asks for it, and decides.
func (m *model) observe(w *world, n int, emit emit) {
	c := w.controllers[n]
	times := []elapsed{w.passed}
	if c.copy != w.object {
		// An older copy is older by any time.
		times = []elapsed{little, half, all}
	}
	for _, passed := range times {
		a := m.machine.decide(question{copy: c.copy, passed: passed})
		if a.action != rollout.Observe {
			m.decided(w, n, a, true, "", step{kind: decides, who: n, by: controllers}, emit)
			continue
		}
		if m.early && c.doing == observing {
			m.vet(w, n, emit)
			return
		}
		if w.device.up {
			m.decideOn(w, n, question{copy: c.copy, observation: reading, shown: w.device, passed: passed}, controllers, emit)
			// The device is up, and yet its answers may be lost.
			m.decideOn(w, n, question{copy: c.copy, observation: nothing, passed: passed}, unfair, emit)
		} else {
			m.decideOn(w, n, question{copy: c.copy, observation: nothing, passed: passed}, controllers, emit)
		}
	}
}

// decideOn decides on what an observation brought.
func (m *model) decideOn(w *world, n int, q question, by process, emit emit) {
	t := step{kind: decides, who: n, by: by}
	if q.observation == nothing {
		t.kind = hearsNothing
	}
	answers := []answer{m.machine.decide(q)}
	if m.lateClock && q.passed != all {
		// The deadline may pass while the observation takes its time.
		late := q
		late.passed = all
		answers = append(answers, m.machine.decide(late))
	}
	for _, a := range answers {
		earned := true
		switch {
		case a.failed:
			earned = (q.passed == all || w.struck) && !showsSuccess(q)
		case a.phase == succeeded:
			earned = w.device.up && w.device.running == q.copy.image && w.device.healthy
		}
		m.decided(w, n, a, earned, hasty(w, q, a), t, emit)
	}
}

// hasty says which promise a burn breaks that replaces a transfer of the same
// generation. By an older copy nothing is burned: the re-read sees to that.
func hasty(w *world, q question, a answer) (broken violation) {
	d := q.shown
	if a.action != rollout.Burn || q.copy != w.object || d.transfer != underWay || !q.copy.owns(d.asked) {
		return ""
	}
	switch {
	case d.progress > q.copy.known(d.asked):
		return "a transfer of the same generation is replaced though it has got on since the status knew of it"
	case q.passed == little:
		return "a transfer of the same generation is replaced before it had time to get on"
	}
	return ""
}

// showsSuccess says whether an observation showed what the phase waits for.
func showsSuccess(q question) bool {
	o, d := q.copy, q.shown
	switch {
	case q.observation != reading:
		return false
	case o.phase == transferring:
		return d.staged == o.image && o.owns(d.stagedBy) || d.isIdleAndHealthyOn(o.image) || d.comesUp(o.image) && d.transfer == done && d.asked == o.attempt()
	case o.phase == rebooting:
		return d.running == o.image && d.staged == noImage
	}
	return d.running == o.image && d.healthy
}

// decided has the controller set about what was decided.
func (m *model) decided(w *world, n int, a answer, earned bool, broken violation, t step, emit emit) {
	next := *w
	c := &next.controllers[n]
	switch a.action {
	case rollout.Write:
		c.doing, c.earned = writing, earned
		c.to.phase, c.to.attempts, c.to.unfinished, c.to.since = a.phase, a.attempts, a.unfinished, a.since
	case rollout.Report:
		c.doing = reporting
	case rollout.Burn, rollout.Reboot:
		c.doing = rereading
		if !m.reread || m.early {
			c.doing = sending
		}
		c.post = post{request: burn, image: c.copy.image, attempt: c.copy.attempt(), current: true}
		if a.action == rollout.Reboot {
			c.post.request = reboot
		}
	default:
		*c = controller{}
		t.kind = waits
	}
	emit(t, next, broken)
}

// vet reads the object past the cache, but before the observation: one of the
// negative controls.
func (m *model) vet(w *world, n int, emit emit) {
	if w.controllers[n].copy != w.object {
		finish(*w, n, seesItMoved, "", emit)
		return
	}
	next := *w
	next.controllers[n].doing = vetted
	emit(step{kind: vets, who: n, by: controllers}, next, "")
}

// write writes the status.
func (m *model) write(w *world, n int, emit emit) {
	c := w.controllers[n]
	if w.object.uid != c.copy.uid || m.optimistic && w.object != c.copy {
		finish(*w, n, conflicts, "", emit)
		return
	}
	next := *w
	if c.doing == reporting {
		broken := next.report(c)
		finish(next, n, reports, broken, emit)
		return
	}
	broken := next.store(c, uint8(m.machine.maxAttempts))
	finish(next, n, stores, broken, emit)
}

// send sends the POST off. From then on nothing that happens to the controller
// matters to it, so this also is how a dead one's POST is on its way.
func (m *model) send(w *world, n int, emit emit) {
	if w.wire.request != noRequest {
		return // there is room for one
	}
	next := *w
	next.wire = next.controllers[n].post
	var broken violation
	if !next.isStored(next.wire.attempt) {
		broken = "a request of an attempt is on its way before that attempt is stored"
	}
	finish(next, n, sends, broken, emit)
	// The answer may be that the device did not accept it, which need not be true.
	if a := m.machine.decide(refusal(next.controllers[n])); a.action == rollout.Report {
		m.decided(&next, n, a, true, "", step{kind: hearsNo, who: n}, emit)
	}
}

// finish ends a reconcile. The next one goes by what is stored then, or, where
// the cache is behind, by the same copy again.
func finish(next world, n int, k kind, broken violation, emit emit) {
	c := next.controllers[n].copy
	next.controllers[n] = controller{}
	emit(step{kind: k, who: n, by: controllers}, next, broken)
	if c != next.object {
		next.controllers[n] = controller{doing: observing, copy: c}
		emit(step{kind: k, who: n}, next, broken)
	}
}
