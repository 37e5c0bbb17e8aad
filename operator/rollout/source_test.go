package rollout

import (
	"bufio"
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestNothingIsKept reads the package's own source: it imports nothing that
// could do I/O, and has no variables. So there is no place for anything that the
// status doesn't hold.
func TestNothingIsKept(t *testing.T) {
	imports := []string{"fmt", "hash/fnv", "math/rand/v2", "strings", "time", "example.com/edge-device-operator/operator/api/v1"}
	for name, file := range sources(t, ".") {
		for _, i := range file.Imports {
			if path, _ := strconv.Unquote(i.Path.Value); !slices.Contains(imports, path) {
				t.Errorf("%s imports %s", name, path)
			}
		}
		for _, d := range file.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
				for _, s := range g.Specs {
					t.Errorf("%s has the variable %s", name, s.(*ast.ValueSpec).Names[0])
				}
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if n, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && n.Sel.Name == "Now" {
					t.Errorf("%s reads the clock", name)
				}
			}
			return true
		})
	}
}

// TestStateMachineIsShort says that what decides, the table of transitions
// included, is read in one sitting: 225 lines, not counting blank ones and
// those that are nothing but a comment.
func TestStateMachineIsShort(t *testing.T) {
	n := 0
	for _, name := range []string{"decide.go", "../transition/transition.go"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(bytes.NewReader(b)); lines.Scan(); {
			if line := strings.TrimSpace(lines.Text()); line != "" && !strings.HasPrefix(line, "//") {
				n++
			}
		}
	}
	if n > 225 {
		t.Errorf("the state machine has %d lines", n)
	}
}

// sources are the parsed files of a package, its tests left out.
func sources(t *testing.T, dir string) map[string]*ast.File {
	return parsed(t, dir, func(name string) bool { return !strings.HasSuffix(name, "_test.go") })
}

// parsed are the parsed files of a folder that are wanted, by name.
func parsed(t *testing.T, dir string, wanted func(string) bool) map[string]*ast.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no Go files in %s: %v", dir, err)
	}
	files := map[string]*ast.File{}
	for _, name := range names {
		if !wanted(filepath.Base(name)) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = file
	}
	return files
}
