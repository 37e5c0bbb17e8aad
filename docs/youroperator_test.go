package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"example.com/edge-device-operator/harness/controlplane"
)

// TestYourOperator follows docs/your-operator.md from its own text, in a module outside of
// the repository: up to a failure that nobody thought of, which stays as a scenario, and is
// mended.
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
	if len(shell) != 3 || len(code) != 1 {
		t.Fatalf("the page has %d blocks of commands and %d of Go", len(shell), len(code))
	}
	// A dozen lines of the test are about this operator.
	_, glue, _ := strings.Cut(code[0], "ForOperator(")
	if glue, _, whole := strings.Cut(glue, "world.Hooks{})"); !whole || strings.Count(glue, "\n") > 12 {
		t.Errorf("the glue has %d lines", strings.Count(glue, "\n"))
	}
	beside := filepath.Join(c.folder, "..")
	yours := filepath.Join(beside, "my-operator")
	run := func(folder, commands string, succeeds bool) (output string) {
		t.Helper()
		// The whole block at once: it changes folders.
		cmd := c.shell(t.Context(), "set -e\n"+commands)
		cmd.Dir = folder
		out, err := cmd.CombinedOutput()
		if (err == nil) != succeeds {
			t.Fatalf("%s: %v\n%s", commands, err, out)
		}
		return string(out)
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(yours, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	written := func(path string) string {
		t.Helper()
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	tells := func(told, from string) {
		t.Helper()
		for _, q := range read(page).quotes {
			for _, line := range q.lines {
				if strings.Contains(q.from, from) && line != "…" && !strings.Contains(told, line+"\n") {
					t.Errorf("no line %q in\n%s", line, told)
				}
			}
		}
	}

	run(beside, shell[0], true)
	made, killed := filepath.Join("testdata", "a-site-is-made-and-removed.txt"), filepath.Join("testdata", "killed.txt")
	write("operator_test.go", code[0])
	write(made, block(t, page, "# A site gets its Secret"))
	run(yours, shell[1], true)
	tells(written(filepath.Join(yours, made)), made)

	found := run(yours, shell[2], false)
	tells(found, "explored/summary.txt")
	_, folder, _ := strings.Cut(found, "written to ")
	folder, _, _ = strings.Cut(folder, "\n")
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	write("testdata/found.txt", written(filepath.Join(folder, "1-a-site-is-made-and-removed.txt")))
	if _, err := os.Stat(filepath.Join(folder, "1-a-site-is-made-and-removed.html")); err != nil {
		t.Error(err)
	}
	run(yours, "go test -run TestScenarios", false)

	write(killed, block(t, page, "# The controller is killed after"))
	run(yours, "go test -run TestScenarios/killed -rewrite", true)
	tells(written(filepath.Join(yours, killed)), "killed-between-two-creates")

	write("operator_test.go", strings.Replace(code[0], "Client: mgr.GetClient()", "Client: mgr.GetClient(), Mended: true", 1))
	run(yours, "go test -rewrite", true)
}
