package scenario

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// everything is a file with every general command in it.
const everything = `# One of everything.
#
# And more.

seed 7
workers 16
schedule sequential
show transitions
object press-{01..03}

# Between.
request press-01#3 refused=409
run until=12s
run for=1h30m
kill controller after=press-01#7
----
    0s  press-01       created: fw:2
  1m5s  press-01  #12  Pending → Transferring, attempt 1

start controller
watch down
watch up
api down
api up
resync
kill controller at=2h
start controller
stop controller
start controller
kill controller before=press-02#9
start controller
kill controller
start controller
kill apiserver
kill etcd
start etcd
start apiserver
run
----

# The end.
`

func TestTextIsTheFile(t *testing.T) {
	for name, text := range map[string]string{
		"everything":           everything,
		"the least":            "run\n----\n",
		"blanks at ends":       "  run  \n----\n0s  x  \n\n\n  \n",
		"tabs":                 "\trun\tfor=3s\t\n----\n\t0s\tx\n\t\n# One.\t\n",
		"empty lines first":    "\n\n# One.\nrun\n----\n",
		"comments at the end":  "run\n----\n0s  x\n\n# The end.\n\n\n",
		"two blocks, no lines": "run\n----\n\nrun\n----\n",
	} {
		f, err := words.Parse("story.txt", text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if f.Text() != text {
			t.Errorf("%s: the text is\n%q, want\n%q", name, f.Text(), text)
		}
		if text == everything && (f.Title != "One of everything." || f.Seed != 7) {
			t.Errorf("title %q, seed %d", f.Title, f.Seed)
		}
	}
}

// TestTextEndsItsLastLine is what happens to a file without a last LF: nothing
// is lost, and the line is ended.
func TestTextEndsItsLastLine(t *testing.T) {
	for _, text := range []string{"run\n----", "run\n----\n0s  x", "run\n----\n\n# The end."} {
		f, err := words.Parse("story.txt", text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if f.Text() != text+"\n" {
			t.Errorf("the text is %q, want %q and an LF", f.Text(), text)
		}
	}
}

func TestTitle(t *testing.T) {
	for text, title := range map[string]string{
		"run\n----\n":                     "",
		"# One.\n# Two.\nrun\n----\n":     "One.",
		"\n#\n#   One. \nrun\n----\n":     "One.",
		"run\n# In between.\n----\n":      "In between.",
		"run\n----\n0s  x\n\n# At last\n": "At last",
	} {
		f, err := words.Parse("story.txt", text)
		if err != nil || f.Title != title {
			t.Errorf("%q: title %q, want %q (%v)", text, f.Title, title, err)
		}
	}
}

func TestName(t *testing.T) {
	f := File{Path: "scenarios/one.two.txt"}
	if f.Name() != "one.two" {
		t.Errorf("name %q", f.Name())
	}
}

// TestRewrite rewrites a file with what happened, and then once more.
func TestRewrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "story.txt")
	const before, after = "# One.\nrun\n----\n0s  x\n\n# The end.\n", "# One.\nrun\n----\n5s  y\n\n# The end.\n"
	if err := os.WriteFile(path, []byte(before), 0o640); err != nil {
		t.Fatal(err)
	}
	read := func() *File {
		t.Helper()
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := words.Parse(path, string(text))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	happened := Result{Output: after}

	var difference *DifferenceError
	if err := read().Compare(happened); !errors.As(err, &difference) {
		t.Fatalf("no difference: %v", err)
	}
	for _, line := range []string{"\n-0s  x\n", "\n+5s  y\n", "--- " + path + " tells\n", "+++ what happened\n"} {
		if !strings.Contains(difference.Diff, line) {
			t.Errorf("the diff has no line %q:\n%s", line, difference.Diff)
		}
	}
	if changed, err := read().Rewrite(happened); !changed || err != nil {
		t.Fatalf("changed %t, %v", changed, err)
	}
	if f := read(); f.Text() != after {
		t.Errorf("the file is %q", f.Text())
	}
	if err := read().Compare(happened); err != nil {
		t.Error(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}

	if err := os.Chtimes(path, time.Unix(0, 0), time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	if changed, err := read().Rewrite(happened); changed || err != nil {
		t.Errorf("rewritten again: changed %t, %v", changed, err)
	}
	if info, err := os.Stat(path); err != nil || !info.ModTime().Equal(time.Unix(0, 0)) {
		t.Errorf("the file was touched though nothing changed: %v, %v", info.ModTime(), err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestRewriteOfNoFile(t *testing.T) {
	f, err := words.Parse(filepath.Join(t.TempDir(), "story.txt"), "run\n----\n")
	if err != nil {
		t.Fatal(err)
	}
	if changed, err := f.Rewrite(Result{Output: "run\n----\n0s  x\n"}); changed || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("changed %t, %v", changed, err)
	}
}

// TestRewriteLosesNothing rewrites what somebody may have good reasons to have
// as it is.
func TestRewriteLosesNothing(t *testing.T) {
	const before, after = "run\n----\n0s  x\n", "run\n----\n5s  y\n"
	for _, tt := range []struct {
		name    string
		prepare func(path string) error // once it was read
		err     string                  // none is ""
		text    string
		link    bool
	}{
		{"a link", func(path string) error {
			return errors.Join(os.Mkdir(path+".d", 0o700), os.Rename(path, path+".d/real.txt"), os.Symlink("story.txt.d/real.txt", path))
		}, "", after, true},
		{"a link to a link", func(path string) error {
			return errors.Join(os.Rename(path, path+".2"), os.Symlink("story.txt.2", path+".1"), os.Symlink("story.txt.1", path))
		}, "", after, true},
		{"a read-only file", func(path string) error { return os.Chmod(path, 0o444) }, "is read-only", before, false},
		{"a link to a read-only file", func(path string) error {
			return errors.Join(os.Chmod(path, 0o444), os.Rename(path, path+".1"), os.Symlink("story.txt.1", path))
		}, "is read-only", before, true},
		{"a file that was edited meanwhile", func(path string) error { return os.WriteFile(path, []byte("# Mine.\n"+before), 0o600) }, "has been changed since it was read", "# Mine.\n" + before, false},
		{"a file that was rewritten meanwhile", func(path string) error { return os.WriteFile(path, []byte(after), 0o600) }, "", after, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "story.txt")
			if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
				t.Fatal(err)
			}
			f, err := words.Parse(path, before)
			if err != nil {
				t.Fatal(err)
			}
			if err := tt.prepare(path); err != nil {
				t.Fatal(err)
			}
			if _, err := f.Rewrite(Result{Output: after}); (err == nil) != (tt.err == "") || !strings.Contains(fmt.Sprint(err), tt.err) {
				t.Errorf("returned %v, want %q", err, tt.err)
			}
			if text, err := os.ReadFile(path); err != nil || string(text) != tt.text {
				t.Errorf("the file is %q, %v; want %q", text, err, tt.text)
			}
			if info, err := os.Lstat(path); err != nil || (info.Mode()&os.ModeSymlink != 0) != tt.link {
				t.Errorf("it is %v, %v", info.Mode(), err)
			}
		})
	}
}
