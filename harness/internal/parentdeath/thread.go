package parentdeath

import "runtime"

// Thread is a thread of the operating system that runs functions one by one.
//
// The kernel sends the signal when the thread that started a program ends, not
// when the process does. Go ends a thread with a goroutine that is locked to
// it, and any goroutine's thread may at some time get such a one; so a program
// is started on a thread that nobody else can use for as long as it runs.
type Thread struct{ work chan func() }

// NewThread returns a thread, which lives until End.
func NewThread() *Thread {
	t := &Thread{make(chan func())}
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for f := range t.work {
			f()
		}
	}()
	return t
}

// Start has the thread run a function, when it's done with those before.
func (t *Thread) Start(f func()) { t.work <- f }

// End lets the thread go. It may be called once, and ends no program.
func (t *Thread) End() { close(t.work) }
