package controlplane

import (
	"fmt"
	"io"
	"os/exec"
	"syscall"
	"testing"
)

// The programs end with their owner, however that one ends, and a later Start
// removes what it leaves.
func TestNothingOutlivesItsOwner(t *testing.T) {
	assets := realAssets(t)
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	for _, tt := range []struct {
		name string
		end  func(owner *exec.Cmd, in io.Writer) error
		left int // folders
	}{
		{"kill -9", func(owner *exec.Cmd, _ io.Writer) error { return owner.Process.Kill() }, 1},
		{"panic", func(_ *exec.Cmd, in io.Writer) error { _, err := fmt.Fprintln(in, "panic"); return err }, 1},
		{"Ctrl-C", func(owner *exec.Cmd, _ io.Writer) error { return owner.Process.Signal(syscall.SIGINT) }, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			owner, toChild, out := child(t, "run", "CONTROLPLANE_TEST_ASSETS="+assets.Dir)
			var etcd, server int
			var folder string
			if _, err := fmt.Fscanf(out, "started %d %d %s\n", &etcd, &server, &folder); err != nil {
				t.Fatal(err)
			}
			if !runs(etcd) || !runs(server) {
				t.Fatalf("not running: %d %t, %d %t", etcd, runs(etcd), server, runs(server))
			}
			if err := tt.end(owner, toChild); err != nil {
				t.Fatal(err)
			}
			_ = owner.Wait()
			eventually(t, "both programs have ended", func() bool { return !runs(etcd) && !runs(server) })
			if got := names(t, temp); len(got) != tt.left {
				t.Errorf("left %q, want %d", got, tt.left)
			}
			sweepRunFolders() // as Start does
			if got := names(t, temp); got != nil {
				t.Errorf("the sweep of %s left %q", folder, got)
			}
		})
	}
}
