package virtualtime

import "context"

// Task is one line of work: what one controller does for one object, with the
// requests that it makes and what serves them. All of it waits for the same
// thing, one part for the other; so where one part waits for virtual time, the
// task is parked, and none of it keeps a world from settling. A Task without
// a name is nobody, and never parked. Nor is one that has fanned out.
type Task struct {
	quiescence *Quiescence
	name       string
	turn       int
}

// Task returns the task of that name, as it is now: once it is resumed, what
// was returned before can park it no more.
func (a *Quiescence) Task(name string) Task {
	a.mu.Lock()
	defer a.mu.Unlock()
	return Task{a, name, a.turns[name]}
}

// Name is the task's name.
func (o Task) Name() string { return o.name }

// Begin is Quiescence.Begin for something of this task.
func (o Task) Begin(what string) *Token { return o.quiescence.begin(o.name, what) }

// FanOut says that several goroutines do the task's work, so that what one of them
// waits for isn't what all do. Until FanIn, nothing parks the task, but it counts as
// parked while each of its goroutines waits: those that have entered for it on a
// Clock, and those that were started by one that still lives.
func (o Task) FanOut() {
	o.quiescence.Do(func() {
		o.quiescence.fanned[o.name] = struct{}{}
		delete(o.quiescence.parked, o.name)
	})
}

// FanIn says that one goroutine does the task's work again.
func (o Task) FanIn() { o.quiescence.Do(func() { delete(o.quiescence.fanned, o.name) }) }

// FannedOut says whether several goroutines do the task's work.
func (o Task) FannedOut() (is bool) {
	o.quiescence.Do(func() { is = o.quiescence.isFanned(o.name) })
	return is
}

// Resume says that the task's work goes on, whatever it waited for. Who
// served a request that was given up parks the task no more.
func (o Task) Resume() {
	if o.name == "" {
		return
	}
	o.quiescence.Do(func() {
		if o.quiescence.isFanned(o.name) {
			return // what the others wait for goes on being waited for
		}
		o.quiescence.turns[o.name]++
		delete(o.quiescence.parked, o.name)
	})
}

// Park says that all of the task's work waits for a virtual time, unless it
// was resumed meanwhile.
func (o Task) Park() {
	o.inTurn(func() { o.quiescence.parked[o.name] = struct{}{} })
}

// unpark says that this time has come, and returns false if the task was
// resumed before. It is called by whatever moves the clock, so that nothing
// else happens first.
func (o Task) unpark() bool {
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

// In returns a context of the task's work. A timeout that a Clock gives to
// such a context, or to one derived from it, resumes the task when it ends.
func (o Task) In(ctx context.Context) context.Context {
	return context.WithValue(ctx, taskKey{}, o)
}

// TaskIn returns whose work a context belongs to.
func TaskIn(ctx context.Context) Task {
	o, _ := ctx.Value(taskKey{}).(Task)
	return o
}
