package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// repository is what there is for pages to name.
type repository struct {
	targets     map[string]bool            // of the Makefile
	subcommands map[string]bool            // of edgesim
	scenarios   map[string]bool            // by name
	packages    map[string]map[string]bool // identifiers, by the package's folder
	imports     map[[2]string]bool         // from one of these folders to another
}

const module = "example.com/edge-device-operator"

// survey looks at what there is, without running any of it.
func survey(t *testing.T) repository {
	t.Helper()
	r := repository{
		targets: map[string]bool{}, subcommands: map[string]bool{},
		scenarios: map[string]bool{}, packages: map[string]map[string]bool{}, imports: map[[2]string]bool{},
	}
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^([a-z-]+):`).FindAllStringSubmatch(string(makefile), -1) {
		r.targets[m[1]] = true
	}
	err = filepath.WalkDir(root, func(at string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		fromRoot, err := filepath.Rel(root, at)
		if err != nil {
			return err
		}
		name, folder := d.Name(), path.Dir(filepath.ToSlash(fromRoot))
		switch {
		case d.IsDir() && at != root && strings.HasPrefix(name, "."), d.IsDir() && name == "testdata":
			return fs.SkipDir
		case folder == "scenarios" && path.Ext(name) == ".txt":
			r.scenarios[strings.TrimSuffix(name, ".txt")] = true
		case path.Ext(name) == ".go":
			return r.surveyFile(folder, at)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for what, n := range map[string]int{
		"make targets": len(r.targets), "commands of edgesim": len(r.subcommands),
		"scenarios": len(r.scenarios), "packages": len(r.packages),
	} {
		if n == 0 {
			t.Fatalf("no %s found", what)
		}
	}
	return r
}

// surveyFile notes what a Go file declares and imports, and which commands it
// makes.
func (r repository) surveyFile(folder, at string) error {
	file, err := parser.ParseFile(token.NewFileSet(), at, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	if r.packages[folder] == nil {
		r.packages[folder] = map[string]bool{}
	}
	declared := r.packages[folder]
	for _, i := range file.Imports {
		if p, err := strconv.Unquote(i.Path.Value); err == nil && strings.HasPrefix(p, module+"/") {
			r.imports[[2]string{folder, strings.TrimPrefix(p, module+"/")}] = true
		}
	}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			name := d.Name.Name
			if d.Recv != nil {
				name = receiver(d.Recv.List[0].Type) + "." + name
			}
			declared[name] = true
		case *ast.GenDecl:
			for _, s := range d.Specs {
				note(declared, s)
			}
		}
	}
	if folder == "cmd/edgesim" {
		r.surveyCommands(file)
	}
	return nil
}

// surveyCommands notes the first word of each Use: "…".
func (r repository) surveyCommands(file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		pair, ok := n.(*ast.KeyValueExpr)
		if !ok {
			return true
		}
		key, isName := pair.Key.(*ast.Ident)
		value, isText := pair.Value.(*ast.BasicLit)
		if isName && isText && key.Name == "Use" {
			if use, err := strconv.Unquote(value.Value); err == nil {
				name, _, _ := strings.Cut(use, " ")
				r.subcommands[name] = true
			}
		}
		return true
	})
}

// note notes what a specification declares: types with their fields and
// methods, constants and variables.
func note(declared map[string]bool, s ast.Spec) {
	switch s := s.(type) {
	case *ast.ValueSpec:
		for _, name := range s.Names {
			declared[name.Name] = true
		}
	case *ast.TypeSpec:
		declared[s.Name.Name] = true
		var fields *ast.FieldList
		switch t := s.Type.(type) {
		case *ast.StructType:
			fields = t.Fields
		case *ast.InterfaceType:
			fields = t.Methods
		default:
			return
		}
		for _, f := range fields.List {
			for _, name := range f.Names {
				declared[s.Name.Name+"."+name.Name] = true
			}
		}
	}
}

// receiver is the name of a method's type.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// folder finds the package that a page calls by its path from the root, or by
// the last part of it. It is ours if it is there, or if its path begins with
// one of our folders; else it is somebody else's, and nothing is known of it.
func (r repository) folder(name string) (folder string, ours bool) {
	if r.packages[name] != nil {
		return name, true
	}
	for _, folder := range slices.Sorted(maps.Keys(r.packages)) {
		if path.Base(folder) == name {
			return folder, true
		}
	}
	top, _, nested := strings.Cut(name, "/")
	return "", nested && exists(top)
}
