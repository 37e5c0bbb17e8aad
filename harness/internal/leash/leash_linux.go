package leash

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A link named x has beside it the files x.leash, which tells the owner's
// process id and the program, and x.pid, which is written when it's started.
//
// The program is told by a file and not by an environment variable, since
// envtest gives its programs the environment of this process, which other
// goroutines share.
const (
	orderSuffix = ".leash"
	pidSuffix   = ".pid"
)

// Tie makes a path in folder, with the name of a program, that when it's
// started by this process runs that program until this process ends. It
// returns an error if it can't write to the folder.
func Tie(folder, program string) (path string, err error) {
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

// Untie makes further starts of a path end at once with an error. The link
// stays: where it can't even start a program, envtest leaves a goroutine.
func Untie(path string) error { return os.WriteFile(path+orderSuffix, nil, 0o600) }

// PID returns the process id of the last start of a path, or an error if there
// was none.
func PID(path string) (int, error) {
	text, err := os.ReadFile(path + pidSuffix)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(text))
}

// Kill ends the last start of a path at once, if it runs.
func Kill(path string) {
	pid, err := PID(path)
	if err != nil {
		return
	}
	// The id may long be another process's. FindProcess holds on to the one
	// that has it now, and that is looked at before it's killed.
	process, err := os.FindProcess(pid)
	if err != nil {
		return
	}
	defer process.Release()
	// While the process becomes the program, for some microseconds, it has no
	// command line; nor has one that has ended, until it's waited for.
	for range 50 {
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if name, _, _ := strings.Cut(string(line), "\x00"); err == nil && name == path {
			_ = process.Kill()
		}
		if err != nil || len(line) > 0 {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func init() {
	order, err := os.ReadFile(os.Args[0] + orderSuffix)
	if err != nil {
		return // this process is no link's
	}
	err = become(os.Args[0], string(order))
	fmt.Fprintln(os.Stderr, "leash:", err)
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
	if err := os.WriteFile(path+pidSuffix, []byte(strconv.Itoa(os.Getpid())), 0o600); err != nil {
		return err
	}
	return syscall.Exec(program, os.Args, os.Environ())
}
