package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"example.com/edge-device-operator/harness/controlplane"
)

// TestYourOperator follows docs/your-operator.md from its own text, in a module
// outside of the repository.
func TestYourOperator(t *testing.T) {
	if err := controlplane.RequireTime(t.Deadline()); err != nil {
		t.Fatal(err)
	}
	c := newClone(t)
	page := c.read(t, "docs/your-operator.md")
	fenced := func(language string) (blocks []string) {
		for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(page, -1) {
			blocks = append(blocks, m[1])
		}
		return blocks
	}
	shell, code := fenced("sh"), fenced("go")
	if len(shell) != 2 || len(code) != 1 {
		t.Fatalf("the page has %d blocks of commands and %d of Go", len(shell), len(code))
	}
	// A dozen lines of the test are about this operator.
	if _, glue, _ := strings.Cut(code[0], "ForOperator("); strings.Count(glue, "\n") > 12 {
		t.Errorf("the glue has %d lines", strings.Count(glue, "\n"))
	}
	beside := filepath.Join(c.folder, "..")
	run := func(folder, commands string) {
		t.Helper()
		// The whole block at once: it changes folders.
		cmd := c.shell(t.Context(), "set -e\n"+commands)
		cmd.Dir = folder
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", commands, err, out)
		}
	}
	run(beside, shell[0])
	yours := filepath.Join(beside, "my-operator")
	if err := os.Mkdir(filepath.Join(yours, "testdata"), 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(yours, "testdata", "killed.txt")
	for path, text := range map[string]string{
		filepath.Join(yours, "operator_test.go"): code[0],
		file:                                     block(t, page, "# The controller is killed after"),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run(yours, shell[1]+"go test\n")
	told, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range read(page).quotes {
		for _, line := range q.lines {
			if line != "…" && !strings.Contains(string(told), line+"\n") {
				t.Errorf("no line %q in\n%s", line, told)
			}
		}
	}
}
