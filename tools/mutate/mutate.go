// Package mutate makes every mutation of some packages that a set of rules allows, and
// compiles all of them into one program: an environment variable chooses one when the
// program starts. So a mutant costs its runs, and no build.
//
// A mutated expression is wrapped in a call of a function that knows the mutation's
// number, such as mutantNot(17, a < b), and a mutated statement in an if. What can't be
// switched, such as a type, is not mutated.
//
// If the variable is "reached", no mutation is chosen, and the program notes which of them
// would have made a difference: each package publishes an expvar.Map, "mutants of" and its
// path, whose keys are numbers. What has no difference to make in a run needn't be run.
package mutate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"
)

// Mutation is one change to a program.
type Mutation struct {
	// Number chooses it, from 1.
	Number int `json:"number"`
	// Rule is the rule that makes it.
	Rule string `json:"rule"`
	// File is the source file, from the folder of the module, and Line its line.
	File string `json:"file"`
	Line int    `json:"line"`
	// What says what is changed, and into what.
	What string `json:"what"`
}

// String is one line.
func (m Mutation) String() string { return fmt.Sprintf("%s:%d: %s", m.File, m.Line, m.What) }

// Result is a program with its mutations.
type Result struct {
	// Mutations are all of them, in the order of their numbers.
	Mutations []Mutation
	// Files are the texts of the changed files, by their paths. Each package has one more,
	// mutant.go.
	Files map[string][]byte
}

// WriteOverlay writes the files into a folder, with overlay.json, which it returns the path
// of: go build -overlay takes it.
func (r Result) WriteOverlay(folder string) (path string, err error) {
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for _, path := range slices.Sorted(maps.Keys(r.Files)) {
		to := filepath.Join(folder, strconv.Itoa(len(overlay.Replace))+"_"+filepath.Base(path))
		if err := os.WriteFile(to, r.Files[path], 0o644); err != nil {
			return "", err
		}
		overlay.Replace[path] = to
	}
	b, err := json.MarshalIndent(overlay, "", "  ")
	if err != nil {
		return "", err
	}
	path = filepath.Join(folder, "overlay.json")
	return path, os.WriteFile(path, append(b, '\n'), 0o644)
}

// Options says what is mutated.
type Options struct {
	// Folder is that of the module.
	Folder string
	// Variable is the environment variable that chooses a mutation.
	Variable string
	// Leave, if set, begins the statements that are left out, such as those that only log.
	// So are the conditions of an if that has no others in it.
	Leave string
}

// Mutate makes the mutations of the packages that match patterns. The error says why they
// can't be read.
func Mutate(o Options, patterns ...string) (Result, error) {
	folder, err := filepath.Abs(o.Folder)
	if err != nil {
		return Result{}, err
	}
	loaded, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax, Dir: folder}, patterns...)
	if err != nil {
		return Result{}, err
	}
	slices.SortFunc(loaded, func(a, b *packages.Package) int { return strings.Compare(a.PkgPath, b.PkgPath) })
	result := Result{Files: map[string][]byte{}}
	for _, p := range loaded {
		for _, e := range p.Errors {
			err = errors.Join(err, e)
		}
		if len(p.Syntax) == 0 {
			err = errors.Join(err, fmt.Errorf("%s has no files", p.PkgPath))
		}
		if err != nil {
			return Result{}, err
		}
		for n, f := range p.Syntax {
			path := p.CompiledGoFiles[n]
			relative, err := filepath.Rel(folder, path)
			if err != nil {
				return Result{}, err
			}
			before := len(result.Mutations)
			w := &rewriter{leave: o.Leave, pkg: p, file: f, path: filepath.ToSlash(relative), result: &result}
			w.rewrite()
			if len(result.Mutations) == before {
				continue
			}
			f.Comments = nil // they have no place among what is new
			var text bytes.Buffer
			if err := format.Node(&text, p.Fset, f); err != nil {
				return Result{}, fmt.Errorf("%s: %w", relative, err)
			}
			result.Files[path] = text.Bytes()
		}
		dir := filepath.Dir(p.CompiledGoFiles[0])
		result.Files[filepath.Join(dir, "mutant.go")] = []byte(strings.NewReplacer("PACKAGE", p.Name, "PATH", p.PkgPath, "VARIABLE", o.Variable).Replace(functions))
	}
	return result, nil
}

// rewriter mutates one file.
type rewriter struct {
	leave  string
	pkg    *packages.Package
	file   *ast.File
	path   string
	result *Result
	before
}

// add adds mutations at a node, and returns the number of the first.
func (w *rewriter) add(at ast.Node, rule string, whats ...string) int {
	first, pos := len(w.result.Mutations)+1, at.Pos()
	if was, known := w.at[at]; known {
		pos = was
	}
	for _, what := range whats {
		w.result.Mutations = append(w.result.Mutations, Mutation{len(w.result.Mutations) + 1, rule, w.path, w.pkg.Fset.Position(pos).Line, what})
	}
	return first
}

// source is a node's text, on one line and not too long.
func (w *rewriter) source(n ast.Node) string {
	var b bytes.Buffer
	if err := format.Node(&b, token.NewFileSet(), n); err != nil {
		return "?"
	}
	line := strings.Join(strings.Fields(b.String()), " ")
	if runes := []rune(line); len(runes) > 80 {
		line = string(runes[:80]) + "…"
	}
	return line
}
