package model

// burn is POST /burn: the device empties the free slot and begins a transfer.
func (w *world) burn(p post) (broken violation) {
	switch {
	case w.burned&p.attempt.bit() != 0:
		broken = "the device burns twice for one attempt"
	case !w.isStored(p.attempt):
		broken = "the device burns for an attempt that is not stored"
	case w.device.isIdleAndHealthyOn(p.image):
		broken = "the device burns an image that it runs, healthy, with nothing staged or under way"
	case p.attempt.number == 1 && p.attempt == w.object.attempt() && w.object.phase == transferring && w.passed == little && w.device.comesUp(p.image):
		broken = "the device burns an image that it runs, though it may be about to be healthy"
	}
	w.burned |= p.attempt.bit()
	d := &w.device
	d.staged, d.stagedBy = noImage, attempt{}
	d.transfer, d.asked, d.takes, d.progress, d.stalled = underWay, p.attempt, p.image, 0, false
	w.moved()
	return broken
}

// reboot is POST /reboot: the device goes down.
func (w *world) reboot(p post) (broken violation) {
	switch {
	case w.rebooted&p.attempt.bit() != 0:
		broken = "the device reboots twice for one attempt"
	case !w.isStored(p.attempt):
		broken = "the device reboots for an attempt that is not stored"
	}
	w.rebooted |= p.attempt.bit()
	w.goDown()
	return broken
}

// goDown takes the device down. A transfer under way has failed.
func (w *world) goDown() {
	w.device.up = false
	if w.device.transfer == underWay {
		w.breakTransfer()
	}
	w.moved()
}

// deviceSteps are what the device does by itself, faults included.
func deviceSteps(w *world, emit emit) {
	counts := true
	fault := func(k kind, change func(*world)) {
		if w.faults == 0 {
			return
		}
		next := *w
		next.faults--
		next.struck = next.struck || counts
		change(&next)
		next.moved()
		emit(step{kind: k}, next, "")
	}
	next := *w
	switch d := &w.device; {
	case !d.up:
		next.bootUp()
		emit(step{kind: boots, by: theDevice}, next, "")
		fault(bootsBack, func(w *world) { w.device.staged = noImage; w.bootUp() })
		fault(bootsForgetful, func(w *world) { w.bootUp(); w.forget() })
		if d.staged != noImage {
			fault(bootsForgetful, func(w *world) { w.device.staged = noImage; w.bootUp(); w.forget() })
		}
		counts = false // it may yet be healthy
		fault(bootsUnhealthy, func(w *world) { w.bootUp(); w.device.healthy = false })
		return
	case d.transfer == underWay && !d.stalled:
		if d.progress < furthest {
			on := *w
			on.device.progress++
			emit(step{kind: getsOn}, on, "")
		}
		next.endTransfer(d.takes)
		emit(step{kind: staging, by: theDevice}, next, "")
		fault(breaks, (*world).breakTransfer)
		fault(stagesWrong, func(w *world) { w.endTransfer(wrong) })
		if w.faults > 0 {
			// That doesn't move the ETag, nor does it break an attempt.
			stalls := *w
			stalls.faults--
			stalls.device.stalled = true
			emit(step{kind: stalling}, stalls, "")
		}
	}
	fault(rebootsItself, (*world).goDown)
	if !w.device.healthy {
		next := *w
		next.device.healthy = true
		next.moved()
		emit(step{kind: comesUp}, next, "")
	}
}

// endTransfer ends the transfer well, and stages an image.
func (w *world) endTransfer(i image) {
	d := &w.device
	d.transfer, d.staged, d.stagedBy, d.progress = done, i, d.asked, 0
	w.moved()
}

// breakTransfer ends the transfer before it is through.
func (w *world) breakTransfer() {
	d := &w.device
	d.transfer, d.progress, d.stalled = broken, 0, false
	w.moved()
}

// bootUp brings the device up on what is staged, or on what ran before.
func (w *world) bootUp() {
	d := &w.device
	d.up = true
	if d.staged != noImage {
		d.running, d.healthy = d.staged, true
	}
	d.staged, d.stagedBy = noImage, attempt{}
	w.moved()
}

// forget has the device forget everything but what it runs: what it did
// before doesn't count any more.
func (w *world) forget() {
	d := &w.device
	d.transfer, d.asked, d.takes = noTransfer, attempt{}, noImage
	w.burned, w.rebooted = 0, 0
}
