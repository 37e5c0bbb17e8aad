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

// Beside a link named x are two files: x.order has the owner's process id, the program and
// its environment variables, a line each; x.pid, written when x is started, has the
// process id and the start time of that process.
//
// The program is in a file and not in an environment variable, since envtest passes its
// programs the environment of this process, which other goroutines share.
const (
	orderSuffix = ".order"
	pidSuffix   = ".pid"
)

// Link creates a path in folder, with the name of a program. If this process starts
// that path, the program runs until this process ends. It has this process's environment,
// and the variables, such as "A=b", that aren't in that. Link returns an error if it can't
// write to the folder.
func Link(folder, program string, variables ...string) (path string, err error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	path = filepath.Join(folder, filepath.Base(program))
	order := fmt.Sprintf("%d\n%s\n%s\n", os.Getpid(), program, strings.Join(variables, "\n"))
	if err := os.WriteFile(path+orderSuffix, []byte(order), 0o600); err != nil {
		return "", err
	}
	return path, os.Symlink(self, path)
}

// Unlink makes further starts of a path fail at once. The link stays, since envtest
// leaks a goroutine if it can't start a program at all.
func Unlink(path string) error { return os.WriteFile(path+orderSuffix, nil, 0o600) }

// PID returns the process id of the last start of a path, or an error if there
// was none.
func PID(path string) (int, error) {
	pid, _, err := lastStart(path)
	return pid, err
}

// lastStart returns the process id of the last start of a path, and the start time of
// that process.
func lastStart(path string) (pid int, began string, err error) {
	text, err := os.ReadFile(path + pidSuffix)
	if err == nil {
		_, err = fmt.Sscan(string(text), &pid, &began)
	}
	return pid, began, err
}

// beginning returns when a process started, in ticks since the machine's boot. That
// tells a process from a later one with the same id. It returns an error if there is no
// such process.
func beginning(pid int) (string, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", err
	}
	// The name, in brackets, may contain anything.
	fields := strings.Fields(string(text[strings.LastIndex(string(text), ")")+1:]))
	return fields[19], nil
}

// Kill kills the last start of a path and its process group, even if only the group is
// still running.
func Kill(path string) {
	pid, began, err := lastStart(path)
	if err != nil {
		return
	}
	// The id may belong to another process by now. As long as the group has it, no
	// other process gets it.
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

// become executes the program in this process, or returns an error. init runs on the
// process's first thread, for which the signal is set.
func become(path, order string) error {
	owner, rest, _ := strings.Cut(strings.TrimSpace(order), "\n")
	program, variables, _ := strings.Cut(rest, "\n")
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0, 0, 0); err != nil {
		return err
	}
	// An owner that died before the signal was requested sends none.
	if strconv.Itoa(os.Getppid()) != owner {
		return fmt.Errorf("the owner, %q, has died or doesn't want this any more", owner)
	}
	// Its children are in its group, so that Kill finds them.
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
	environment := os.Environ()
	for variable := range strings.Lines(variables) {
		name, _, _ := strings.Cut(variable, "=")
		if _, set := os.LookupEnv(name); !set {
			environment = append(environment, strings.TrimSpace(variable))
		}
	}
	return syscall.Exec(program, os.Args, environment)
}
