package realtime

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// programs are the real programs.
var programs Programs

func TestMain(m *testing.M) { os.Exit(withPrograms(m.Run)) }

func withPrograms(run func() int) int {
	folder, err := os.MkdirTemp("", "realtime-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	build := exec.Command("go", "build", "-o", folder+string(filepath.Separator), "../../cmd/manager", "../../cmd/devicesim")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	programs = Programs{Manager: filepath.Join(folder, "manager"), Devicesim: filepath.Join(folder, "devicesim")}
	return run()
}
