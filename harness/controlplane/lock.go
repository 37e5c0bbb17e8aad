package controlplane

import (
	"context"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// lock waits for the lock on a file, and calls waiting once if it must wait.
// Closing the file gives the lock back.
//
// It asks again and again, since a blocked flock can't be called off when the
// context ends.
func lock(ctx context.Context, path string, waiting func()) (*os.File, error) {
	f, err := tryLock(path)
	if f != nil || err != nil {
		return f, err
	}
	waiting()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-again.C:
			if f, err := tryLock(path); f != nil || err != nil {
				return f, err
			}
		}
	}
}

// tryLock locks a file, which it makes if need be, for as long as the file it
// returns is open. It returns nil if someone else, be it in this process, has
// the lock. The kernel ends the lock with the process.
func tryLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	return flock(f)
}

// tryLockFolder is tryLock for a folder that exists.
func tryLockFolder(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return flock(f)
}

// flock returns a file once it's locked; otherwise it closes it.
func flock(f *os.File) (*os.File, error) {
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case err == nil:
			return f, nil
		case errors.Is(err, unix.EINTR):
			continue
		}
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, nil
		}
		return nil, &os.PathError{Op: "flock", Path: f.Name(), Err: err}
	}
}
