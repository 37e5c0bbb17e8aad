package controlplane

import (
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

func TestSweepRemovesOnlyWhatIsDead(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	alive, err := newRunFolder()
	if err != nil {
		t.Fatal(err)
	}
	dead, err := newRunFolder()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dead.sub("etcd-data"); err != nil {
		t.Fatal(err)
	}
	dead.lock.Close() // as the kernel does at the owner's death
	if err := os.Mkdir(filepath.Join(temp, runPrefix+"unlocked"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(temp, "another"), 0o700); err != nil {
		t.Fatal(err)
	}
	sweepRunFolders()
	if got, want := names(t, temp), []string{"another", filepath.Base(alive.path)}; !slices.Equal(got, want) {
		t.Errorf("left %q, want %q", got, want)
	}
	if err := alive.remove(); err != nil {
		t.Error(err)
	}
	if got := names(t, temp); len(got) != 1 {
		t.Errorf("left %q", got)
	}
}

// A sweep may come between the making of a folder and its lock.
func TestFoldersAreMadeWhileOthersSweep(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	done := make(chan struct{})
	var sweeping, making sync.WaitGroup
	for range 2 {
		sweeping.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					sweepRunFolders()
				}
			}
		})
	}
	for range 4 {
		making.Go(func() {
			for range 200 {
				f, err := newRunFolder()
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := f.sub("etcd-data"); err != nil {
					t.Error(err)
				}
				if err := f.remove(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	making.Wait()
	close(done)
	sweeping.Wait()
}
