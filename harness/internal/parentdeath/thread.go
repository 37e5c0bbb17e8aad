package parentdeath

import "runtime"

// Thread is an operating system thread that runs functions one after the other.
//
// The kernel sends the signal when the thread that started a program ends, not when the
// process does. Go ends a thread together with a goroutine that is locked to it, and
// any goroutine's thread may become one. So a program is started on a thread that
// nobody else uses while it runs.
type Thread struct{ work chan func() }

// NewThread returns a thread. It lives until End.
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

// Start runs a function on the thread, after those before it.
func (t *Thread) Start(f func()) { t.work <- f }

// End ends the thread, but no program. It may be called once.
func (t *Thread) End() { close(t.work) }
