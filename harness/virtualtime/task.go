package virtualtime

import "context"

// Task is one line of work: what one controller does for one object, with its requests
// and whatever serves them. Its parts wait for each other. So if one part waits for
// virtual time, the whole task is parked, and the world can settle without it. A Task
// without a name is never parked, nor is one that has fanned out.
type Task struct {
	quiescence *Quiescence
	name       string
	turn       int
}

// Task returns the task with that name, in its present turn: once it is resumed, a Task
// that was returned before can't park it any more.
func (a *Quiescence) Task(name string) Task {
	a.mu.Lock()
	defer a.mu.Unlock()
	return Task{a, name, a.turns[name]}
}

// Name returns the task's name.
func (o Task) Name() string { return o.name }

// Begin is Quiescence.Begin for something of this task.
func (o Task) Begin(what string) *Token { return o.quiescence.begin(o.name, what) }

// FanOut records that several goroutines do the task's work, so when one waits, the
// others may not. Until the one that has entered for it leaves (Clock.Enter), nothing
// parks the task, but it counts as parked while all of its goroutines wait: that one, and
// those that were started by one that is still running.
func (o Task) FanOut() {
	o.quiescence.Do(func() {
		o.quiescence.fanned[o.name] = struct{}{}
		delete(o.quiescence.parked, o.name)
	})
}

// FannedOut says whether several goroutines do the task's work.
func (o Task) FannedOut() (is bool) {
	o.quiescence.Do(func() { is = o.quiescence.isFanned(o.name) })
	return is
}

// Resume continues the task's work, whatever it waited for. Whoever still serves a
// request that was given up can't park the task any more.
func (o Task) Resume() {
	if o.name == "" {
		return
	}
	o.quiescence.Do(func() {
		if o.quiescence.isFanned(o.name) {
			return // the others still wait
		}
		o.quiescence.turns[o.name]++
		delete(o.quiescence.parked, o.name)
	})
}

// Park records that all of the task's work waits for a virtual time, unless it was
// resumed meanwhile.
func (o Task) Park() {
	o.inTurn(func() { o.quiescence.parked[o.name] = struct{}{} })
}

// Unpark records that what it waited for has come, and returns false if the task was resumed
// before. Whatever moves the clock calls it, so that nothing else happens first.
func (o Task) Unpark() bool {
	return o.inTurn(func() { delete(o.quiescence.parked, o.name) })
}

func (o Task) inTurn(f func()) bool {
	if o.name == "" {
		return true
	}
	inTurn := false
	o.quiescence.Do(func() {
		if o.quiescence.isFanned(o.name) {
			inTurn = true
			return
		}
		if inTurn = o.quiescence.turns[o.name] == o.turn; inTurn {
			f()
		}
	})
	return inTurn
}

type taskKey struct{}

// In returns a context for the task's work. A Clock's timeout on this context, or on
// one derived from it, resumes the task when it ends.
func (o Task) In(ctx context.Context) context.Context {
	return context.WithValue(ctx, taskKey{}, o)
}

// TaskIn returns the task that a context belongs to.
func TaskIn(ctx context.Context) Task {
	o, _ := ctx.Value(taskKey{}).(Task)
	return o
}
