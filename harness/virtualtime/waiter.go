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

// waiter holds the task that a goroutine works for, so that a Sleep without a context
// can park it.
type waiter struct {
	task Task
	life context.Context // ends when the goroutine's process is killed

	timers int  // the number of timers that it has set; guarded by the Quiescence's lock
	left   bool // it has left; guarded likewise
}

// fresh returns the waiter's task in its present turn, since requests resume it
// meanwhile.
func (t *waiter) fresh() Task { return t.task.quiescence.Task(t.task.name) }

// Enter records that the calling goroutine works for a task, until the returned
// function is called. So do the goroutines that it starts in that time. What they wait
// for on this clock parks the task. Once life has ended, none of them returns from such
// a wait: a dead process does nothing more. If something else, such as a queue, says
// that the task is busy, leave must be called before that ends. A task that has fanned
// out works in one goroutine again then.
func (c *Clock) Enter(life context.Context, task Task) (leave func()) {
	return c.enter(&waiter{task: task, life: life})
}

// EnterAlone is Enter for a task that nothing else reports as busy: the world waits
// until each of its goroutines waits.
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
			// At the same moment: a task that has fanned out counts as parked if none of
			// its goroutines is known to run.
			if before == nil || before.task.name != t.task.name {
				delete(a.fanned, t.task.name)
			}
		})
	}
}

// waiter returns the waiter of the calling goroutine, or of the one that started it,
// nil if there is none. If its process was killed, the goroutine ends here.
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

// sets records that the waiter has set a timer, and may wait at its channel. Until the
// returned function is called, or the waiter has left, its task counts as parked while
// all of its goroutines wait.
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

// setTimers counts the timers of a task. The caller holds the lock.
func (a *Quiescence) setTimers(task string, more int) {
	if a.timers[task] += more; a.timers[task] == 0 {
		delete(a.timers, task)
	}
}

// awake returns what is running: the tasks that have set a timer, entered alone or fanned
// out, of which some goroutine doesn't wait; the caches that these may wait for; and the
// channel sources with an event on its way. The caller holds the lock. Nothing reports
// when such a goroutine starts to wait, so Settle has to look again.
func (a *Quiescence) awake() (tasks []string) {
	if len(a.timers) == 0 && len(a.fanned) == 0 && a.channelSources == 0 {
		return nil
	}
	all := a.allGoroutines()
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
		if g.caches && len(a.timers)+len(a.fanned) > 0 {
			tasks = append(tasks, "a cache")
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

// lookAgainAfter is how long, in real time, Settle waits before it looks at running
// goroutines again.
const lookAgainAfter = 200 * time.Microsecond

// lookAgain makes Settle look again soon.
func (a *Quiescence) lookAgain() {
	time.AfterFunc(lookAgainAfter, func() { a.Do(func() {}) }) //determinism:real how often Settle looks changes nothing of what it finds
}

// goroutineID is a goroutine's number in stack traces, 0 for none.
type goroutineID uint64

// goroutine is a goroutine's entry in a stack trace.
type goroutine struct {
	id, parent goroutineID
	state      string
	delivers   bool   // an event of a channel source
	caches     bool   // what tasks may wait to read
	locks      string // the function that locks something, if it waits for a lock
}

// waits says whether the goroutine waits for another one, or for a connection, as
// HTTP's always do. A goroutine that waits for a lock that is held for a moment is still
// running: the caller itself holds the lock of the Quiescence.
func (g goroutine) waits() bool {
	switch g.state {
	case "chan receive", "chan receive (nil chan)", "chan send", "select", "select (no cases)", "IO wait",
		"sync.WaitGroup.Wait", "sync.Cond.Wait":
		return true
	case "sync.Mutex.Lock", "sync.RWMutex.Lock", "sync.RWMutex.RLock":
		return !isBrief(g.locks)
	}
	return false
}

// here returns the calling goroutine and the one that started it.
func here() (id, parent goroutineID) {
	g := parseGoroutine(stacks(make([]byte, 16<<10), false))
	return g.id, g.parent
}

// allGoroutines returns all goroutines of this process. The caller holds the lock.
func (a *Quiescence) allGoroutines() (all []goroutine) {
	if a.trace == nil {
		a.trace = make([]byte, 1<<20) // or else the world is stopped again and again
	}
	trace := stacks(a.trace, true)
	a.trace = trace[:cap(trace)]
	for record := range bytes.SplitSeq(trace, []byte("\n\n")) {
		all = append(all, parseGoroutine(record))
	}
	return all
}

// stacks returns a complete stack trace, in a buffer or in a larger one.
func stacks(buffer []byte, all bool) []byte {
	for {
		if n := runtime.Stack(buffer, all); n < len(buffer) {
			return buffer[:n]
		}
		buffer = make([]byte, 4*len(buffer))
	}
}

// harness is the common prefix of the paths of the harness's packages.
var harness = path.Dir(reflect.TypeFor[Quiescence]().PkgPath()) + "/"

// locker returns the first function of a stack that doesn't belong to sync or the
// runtime.
func locker(frames []byte) string {
	for line := range bytes.Lines(frames) {
		function := string(line)
		if !strings.HasPrefix(function, "\t") && !strings.HasPrefix(strings.TrimPrefix(function, "internal/"), "sync.") && !strings.HasPrefix(function, "runtime.") {
			return function
		}
	}
	return ""
}

// parseGoroutine parses one record of a stack trace:
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
		creator := string(record[bytes.LastIndexByte(record[:at], '\n')+1 : at])
		g.caches = caches(strings.TrimPrefix(creator, "created by "))
	}
	return g
}

func parseID(digits []byte) goroutineID {
	n, _ := strconv.ParseUint(string(digits), 10, 64) // a stack trace has no other
	return goroutineID(n)
}
