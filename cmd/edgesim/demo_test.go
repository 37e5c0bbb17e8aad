package main

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// demoFolder contains the three programs, and a folder tmp for their files.
func demoFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", folder+string(filepath.Separator), ".", "../manager", "../devicesim")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.Mkdir(filepath.Join(folder, "tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	return folder
}

// disobedient is a devicesim that never fails, whatever its plan says, so the demo's
// verdict must be an error.
func disobedient(t *testing.T, folder string) (path string) {
	t.Helper()
	path = filepath.Join(folder, "disobedient")
	script := "#!/bin/sh\nDEVICE_PLAN='{transfer: 7s, reboot: 1s}' exec " + filepath.Join(folder, "devicesim") + " \"$@\"\n"
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestDemo plays the demo to its end, once with devices that ignore their plan, and
// interrupts it at several moments. Each time it leaves no process, no port and no
// file.
func TestDemo(t *testing.T) {
	assets := requireControlPlane(t)
	folder := demoFolder(t)
	for _, tt := range []struct {
		name      string
		devicesim string // beside edgesim by default
		interrupt string // at the first line that contains this
		code      int
		last      string
	}{
		{"to its end", "devicesim", "", 0, `^demo held: press-01 Succeeded, attempt 1 of 3, runs fw:2; press-02 Succeeded, attempt 2 of 3, runs fw:2; press-03 Failed, attempt 3 of 3, runs fw:1; 6 burns in the devices' own logs, none twice; the transfer under way at the kill \([4-9]\d %\) went on; 4 invariants held; \d+ s$`},
		{"devices that spoil it", filepath.Base(disobedient(t, folder)), "", exitFailed, `^press-03: the device burned `},
		{"Ctrl-C while the control plane starts", "devicesim", "kube-apiserver start", exitInterrupted, "^edgesim: interrupted$"},
		{"Ctrl-C as the manager starts", "devicesim", "manager   started, process", exitInterrupted, "^edgesim: interrupted$"},
		{"Ctrl-C while there is no manager", "devicesim", "killed (SIGKILL)", exitInterrupted, "^edgesim: interrupted$"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			began := time.Now()
			cmd := exec.CommandContext(t.Context(), filepath.Join(folder, "edgesim"), "demo", "--devicesim", filepath.Join(folder, tt.devicesim))
			cmd.Env = append(os.Environ(), "TMPDIR="+filepath.Join(folder, "tmp"), "KUBEBUILDER_ASSETS="+assets.Dir)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			cmd.Stderr = cmd.Stdout
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			var story []string
			ports := map[string]bool{}
			for lines := bufio.NewScanner(out); lines.Scan(); {
				story = append(story, lines.Text())
				for _, line := range processesIn(t, folder) {
					for _, m := range regexp.MustCompile(`127\.0\.0\.1:(\d+)|--secure-port=(\d+)`).FindAllStringSubmatch(line, -1) {
						if port := m[1] + m[2]; port != "0" {
							ports[port] = true
						}
					}
				}
				if tt.interrupt != "" && strings.Contains(lines.Text(), tt.interrupt) {
					if err := cmd.Process.Signal(os.Interrupt); err != nil {
						t.Fatal(err)
					}
				}
			}
			_ = cmd.Wait() // the exit code is looked at next
			text := strings.Join(story, "\n")
			if code := cmd.ProcessState.ExitCode(); code != tt.code || !regexp.MustCompile(tt.last).MatchString(story[len(story)-1]) {
				t.Errorf("exit code %d, want %d and at the end %s:\n%s", code, tt.code, tt.last, text)
			}
			if strings.Contains(text, "\x1b") {
				t.Errorf("it draws where there is no terminal:\n%q", text)
			}
			t.Logf("took %.1fs", time.Since(began).Seconds())
			if left := processesIn(t, folder); len(left) > 0 {
				t.Errorf("left running: %v", left)
			}
			for port := range ports {
				if c, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
					c.Close()
					t.Errorf("port %s is still served", port)
				}
			}
			if left, err := os.ReadDir(filepath.Join(folder, "tmp")); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}
