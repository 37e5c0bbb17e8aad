package controlplane

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestProgressOnAPlainWriter(t *testing.T) {
	c := emptyCache(t)
	progress := newLines()
	s := tiny()
	s.from = publish(t, nil)
	if _, err := s.find(t.Context(), progress); err != nil {
		t.Fatal(err)
	}
	close(progress)
	var got []string
	for line := range progress {
		got = append(got, line)
	}
	want := []string{
		"no download: .*: no release v1.37.x",
		"building in " + c.built() + " from the Go module proxy \\(about 10 minutes cold on 2 cores\\)",
		"building etcd", "building kube-apiserver",
		"built into " + c.built() + " in [0-9]+s",
	}
	for i := range want {
		want[i] = "^control plane: " + want[i] + "\n$"
	}
	if !slices.EqualFunc(got, want, func(got, want string) bool { return regexp.MustCompile(want).MatchString(got) }) {
		t.Errorf("wrote %q, want %q", got, want)
	}
}

func TestStateNowAndThen(t *testing.T) {
	progress := newLines()
	r := newReport(progress, time.Millisecond)
	r.underWay(func() string { return "half done" })
	progress.await(t, "control plane: half done (0s)\n")
	progress.await(t, "control plane: half done (0s)\n")
	r.say("a line")
	progress.await(t, "control plane: a line\n")
	r.end()
	written := len(progress)
	if r.show(); len(progress) != written {
		t.Error("wrote after the end")
	}
}

// terminal returns both ends of a pseudo-terminal.
func terminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { master.Close() })
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { slave.Close() })
	return master, slave
}

func TestProgressOnATerminal(t *testing.T) {
	master, slave := terminal(t)
	r := newReport(slave, time.Hour)
	if !r.terminal {
		t.Fatal("not taken for a terminal")
	}
	r.underWay(func() string { return "10%" })
	r.show()
	r.underWay(func() string { return "20%" })
	r.say("done")
	r.end()
	const ten = "control plane: 10% (0s)"
	want := ten + "\r" + strings.Repeat(" ", len(ten)) + "\rcontrol plane: done\r\n"
	got := make([]byte, len(want))
	if _, err := master.Read(got); err != nil || string(got) != want {
		t.Errorf("wrote %q, %v; want %q", got, err, want)
	}
}

func TestTally(t *testing.T) {
	var count tally
	count.expect(3)
	for _, part := range []string{
		"go: downloading k8s.io/api v0.37.2\ngo: downl", "oading k8s.io/klog/v2 v2.140.0\n",
		"k8s.io/klog/v2\nk8s.io/a", "pi/core/v1\n", "# example.com/broken\n./main.go:3:15: undefined: x\n", "the end",
	} {
		if n, err := count.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatal(n, err)
		}
	}
	if got, want := count.fetching(), "2 modules fetched"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := count.compiling(), "2 of 3 packages compiled, 66%"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := fmt.Sprint(count.messages()), "# example.com/broken\n./main.go:3:15: undefined: x\nthe end"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	count.forgetMessages()
	if err := count.messages(); err != nil {
		t.Errorf("still %q", err)
	}
}
