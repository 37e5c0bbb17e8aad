package controlplane

import (
	"context"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// lock waits for the lock on a file, and calls waiting once if it has to wait. Closing
// the file releases the lock.
//
// It polls, since a blocked flock can't be cancelled when the context ends.
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

// tryLock locks a file, which it creates if necessary, until the returned file is
// closed. It returns nil if someone else has the lock, in this process or another. The
// kernel releases the lock when the process ends.
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

// flock returns a file once it is locked, or closes it.
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
