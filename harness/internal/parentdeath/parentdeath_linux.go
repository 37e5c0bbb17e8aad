package parentdeath

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// A link named x has beside it the files x.order, which tells the owner's
// process id and the program, and x.pid, which is written when it's started and
// tells the process id and when that process began.
//
// The program is told by a file and not by an environment variable, since
// envtest gives its programs the environment of this process, which other
// goroutines share.
const (
	orderSuffix = ".order"
	pidSuffix   = ".pid"
)

// Link makes a path in folder, with the name of a program, that when it's
// started by this process runs that program until this process ends. It
// returns an error if it can't write to the folder.
func Link(folder, program string) (path string, err error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	path = filepath.Join(folder, filepath.Base(program))
	order := fmt.Sprintf("%d\n%s\n", os.Getpid(), program)
	if err := os.WriteFile(path+orderSuffix, []byte(order), 0o600); err != nil {
		return "", err
	}
	return path, os.Symlink(self, path)
}

// Unlink makes further starts of a path end at once with an error. The link
// stays: where it can't even start a program, envtest leaves a goroutine.
func Unlink(path string) error { return os.WriteFile(path+orderSuffix, nil, 0o600) }

// PID returns the process id of the last start of a path, or an error if there
// was none.
func PID(path string) (int, error) {
	pid, _, err := lastStart(path)
	return pid, err
}

// lastStart returns the process id of the last start of a path, and when that
// process began.
func lastStart(path string) (pid int, began string, err error) {
	text, err := os.ReadFile(path + pidSuffix)
	if err == nil {
		_, err = fmt.Sscan(string(text), &pid, &began)
	}
	return pid, began, err
}

// beginning returns when a process began, in ticks since the machine's boot, by
// which a process id is told from its next use. It returns an error if there is
// no such process.
func beginning(pid int) (string, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", err
	}
	// The name, in brackets, may have anything in it.
	fields := strings.Fields(string(text[strings.LastIndex(string(text), ")")+1:]))
	return fields[19], nil
}

// Kill ends the last start of a path at once, with all that it started in its
// process group, of which it may be that only they still run.
func Kill(path string) {
	pid, began, err := lastStart(path)
	if err != nil {
		return
	}
	// The id may long be another process's. While it's the group's, no other
	// process gets it.
	if now, err := beginning(pid); err == nil && now != began {
		return
	}
	_ = syscall.Kill(-pid, syscall.SIGKILL) // unless all have ended
}

func init() {
	order, err := os.ReadFile(os.Args[0] + orderSuffix)
	if err != nil {
		return // this process is no link's
	}
	err = become(os.Args[0], string(order))
	fmt.Fprintln(os.Stderr, "parentdeath:", err)
	os.Exit(127)
}

// become turns this process into the program, or returns why not. init runs
// on the process's first thread, the one that the signal is set for.
func become(path, order string) error {
	owner, program, _ := strings.Cut(strings.TrimSpace(order), "\n")
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0, 0, 0); err != nil {
		return err
	}
	// An owner that died before the signal was asked for will send none.
	if strconv.Itoa(os.Getppid()) != owner {
		return fmt.Errorf("the owner, %q, has died or doesn't want this any more", owner)
	}
	// What it starts itself is in its group, by which Kill finds it.
	if err := syscall.Setpgid(0, 0); err != nil {
		return err
	}
	began, err := beginning(os.Getpid())
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+pidSuffix, fmt.Appendln(nil, os.Getpid(), began), 0o600); err != nil {
		return err
	}
	return syscall.Exec(program, os.Args, os.Environ())
}
