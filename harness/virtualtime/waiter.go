package virtualtime

import (
	"bytes"
	"context"
	"path"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// waiter is what a goroutine is at work for, so that a Sleep without a context finds
// whom to park.
type waiter struct {
	task Task
	life context.Context // ends when the process is killed whose goroutine it is

	timers int  // that it has set; with the Quiescence's lock held
	left   bool // so are these
}

// fresh is the waiter's task as it is now: requests resume it meanwhile.
func (t *waiter) fresh() Task { return t.task.quiescence.Task(t.task.name) }

// Enter says that the calling goroutine is at work for a task, until the function
// is called that it returns; so are those that it starts, while it lasts. What they
// wait for on this clock then parks the task. Once life has ended, none of them comes
// back from such a wait: a dead process does nothing more. While something else says
// that the task is busy, such as a queue, leave has to be called before that ends.
func (c *Clock) Enter(life context.Context, task Task) (leave func()) {
	return c.enter(&waiter{task: task, life: life})
}

// EnterAlone is Enter for a task of which nothing else says that it is busy: while
// one of its goroutines doesn't wait, the world does.
func (c *Clock) EnterAlone(life context.Context, task Task) (leave func()) {
	t := &waiter{task: task, life: life}
	t.sets()
	return c.enter(t)
}

func (c *Clock) enter(t *waiter) (leave func()) {
	id, _ := here()
	a := t.task.quiescence
	c.mu.Lock()
	before := c.waiters[id]
	c.waiters[id] = t
	c.mu.Unlock()
	a.Do(func() { a.goroutines[id] = t.task.name })
	return func() {
		c.mu.Lock()
		delete(c.waiters, id)
		if before != nil {
			c.waiters[id] = before
		}
		c.mu.Unlock()
		a.Do(func() {
			delete(a.goroutines, id)
			if before != nil {
				a.goroutines[id] = before.task.name
			}
			a.setTimers(t.task.name, -t.timers)
			t.left = true
		})
	}
}

// waiter is that of the calling goroutine, or of the one that started it; nil if it is
// nobody's. Of one whose process was killed the goroutine ends here.
func (c *Clock) waiter() *waiter {
	id, parent := here()
	c.mu.Lock()
	t := c.waiters[id]
	if t == nil {
		t = c.waiters[parent]
	}
	c.mu.Unlock()
	if t != nil && t.life.Err() != nil {
		runtime.Goexit()
	}
	return t
}

// sets says that the waiter has set a timer, at whose channel it may come to wait; from
// then until the function is called that it returns, or it has left, its task counts
// as parked while each of its goroutines waits.
func (t *waiter) sets() (over func()) {
	if t == nil {
		return func() {}
	}
	count := func(n int) {
		a := t.task.quiescence
		a.Do(func() {
			if !t.left {
				t.timers += n
				a.setTimers(t.task.name, n)
			}
		})
	}
	count(1)
	return func() { count(-1) }
}

// setTimers counts the timers of a task; the lock is held.
func (a *Quiescence) setTimers(task string, more int) {
	if a.timers[task] += more; a.timers[task] == 0 {
		delete(a.timers, task)
	}
}

// awake are the tasks with a timer, alone, or fanned out, of which a goroutine doesn't
// wait, and the channel sources with an event on its way. The lock is held. Nobody says
// when it comes to wait, so that Settle has to look again.
func (a *Quiescence) awake() (tasks []string) {
	if len(a.timers) == 0 && len(a.fanned) == 0 && a.channelSources == 0 {
		return nil
	}
	all := allGoroutines()
	parents := make(map[goroutineID]goroutineID, len(all))
	for _, g := range all {
		parents[g.id] = g.parent
	}
	for _, g := range all {
		if a.channelSources > 0 && g.delivers {
			tasks = append(tasks, "source.Channel")
		}
		if g.waits() {
			continue
		}
		task, id := "", g.id
		for id != 0 && task == "" {
			task, id = a.goroutines[id], parents[id]
		}
		if a.looksAt(task) && !a.Parked(task) {
			tasks = append(tasks, task)
		}
	}
	return tasks
}

// lookAgainAfter is how long, in real time, Settle leaves a goroutine that runs.
const lookAgainAfter = 200 * time.Microsecond

// lookAgain has Settle look again soon.
func (a *Quiescence) lookAgain() {
	time.AfterFunc(lookAgainAfter, func() { a.Do(func() {}) }) //determinism:real how often Settle looks changes nothing of what it finds
}

// goroutineID is the number that a goroutine has in a stack trace; 0 is none's.
type goroutineID uint64

// goroutine is what a stack trace says of one.
type goroutine struct {
	id, parent goroutineID
	state      string
	delivers   bool   // an event of a channel source
	locks      string // the function that locks something, if it waits for a lock
}

// waits says whether the goroutine waits for another one, or for a connection, as
// those of HTTP do all the time. Who waits for a lock of the harness's own is on its way:
// that of the Quiescence is held by who asks.
func (g goroutine) waits() bool {
	switch g.state {
	case "chan receive", "chan receive (nil chan)", "chan send", "select", "select (no cases)", "IO wait",
		"sync.WaitGroup.Wait", "sync.Cond.Wait":
		return true
	case "sync.Mutex.Lock", "sync.RWMutex.Lock", "sync.RWMutex.RLock":
		return !strings.HasPrefix(g.locks, harness)
	}
	return false
}

// here is the calling goroutine, and the one that started it.
func here() (id, parent goroutineID) {
	g := parseGoroutine(stacks(false))
	return g.id, g.parent
}

// allGoroutines are all of this process.
func allGoroutines() (all []goroutine) {
	for record := range bytes.SplitSeq(stacks(true), []byte("\n\n")) {
		all = append(all, parseGoroutine(record))
	}
	return all
}

// stacks is a stack trace that isn't cut.
func stacks(all bool) []byte {
	size := 16 << 10
	if all {
		size = 1 << 20 // or else the world is stopped again and again
	}
	for ; ; size *= 4 {
		trace := make([]byte, size)
		if n := runtime.Stack(trace, all); n < size {
			return trace[:n]
		}
	}
}

// harness is the path that the packages of the harness begin with.
var harness = path.Dir(reflect.TypeFor[Quiescence]().PkgPath()) + "/"

// locker is the first function of a stack that isn't the sync package's or the runtime's.
func locker(frames []byte) string {
	for line := range bytes.Lines(frames) {
		function := string(line)
		if !strings.HasPrefix(function, "\t") && !strings.HasPrefix(strings.TrimPrefix(function, "internal/"), "sync.") && !strings.HasPrefix(function, "runtime.") {
			return function
		}
	}
	return ""
}

// parseGoroutine reads one record of a stack trace:
//
//	goroutine 34 [chan receive, 2 minutes]:
//	…
//	created by example.com/op.(*Reconciler).Reconcile in goroutine 12
func parseGoroutine(record []byte) (g goroutine) {
	first, frames, _ := bytes.Cut(record, []byte("\n"))
	number, state, _ := bytes.Cut(bytes.TrimPrefix(first, []byte("goroutine ")), []byte(" ["))
	g.id = parseID(number)
	if end := bytes.IndexAny(state, ",]"); end >= 0 {
		g.state = string(state[:end])
	}
	g.delivers = delivers(g.state, record)
	if strings.HasPrefix(g.state, "sync.") {
		g.locks = locker(frames)
	}
	const by = " in goroutine "
	if at := bytes.LastIndex(record, []byte(by)); at >= 0 {
		parent, _, _ := bytes.Cut(record[at+len(by):], []byte("\n"))
		g.parent = parseID(parent)
	}
	return g
}

func parseID(digits []byte) goroutineID {
	n, _ := strconv.ParseUint(string(digits), 10, 64) // a stack trace has no other
	return goroutineID(n)
}
