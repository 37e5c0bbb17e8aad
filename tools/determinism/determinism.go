// Package determinism is an analyzer that keeps real time, real chance and the
// order of maps out of code that has to do the same in every run.
//
// Two directives permit what can't do harm. Each stands at the end of the line
// in question or on a line of its own just above, and gives its reason:
//
//	//determinism:ordered <why the order can't reach the output>
//	//determinism:real <why real time or chance is right here>
//
// A directive without a reason, or one that permits nothing, is reported too.
// Test files are not looked at. Fields that a composite literal sets without
// naming them are not seen; go vet reports those.
package determinism

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/types/typeutil"
)

// Analyzer reports what could differ between two runs.
var Analyzer = &analysis.Analyzer{
	Name: "determinism",
	Doc:  "report real time, real chance and the order of maps in code that has to do the same in every run",
	Run:  run,
}

func run(pass *analysis.Pass) (any, error) {
	for _, file := range pass.Files {
		name := pass.Fset.File(file.FileStart).Name()
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := pass.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read the source that was parsed: %w", err)
		}
		c := &checker{pass: pass, sorted: map[*ast.Ident]bool{}}
		c.readDirectives(file, src)
		ast.Inspect(file, c.visit)
		for _, d := range c.directives {
			if !d.used {
				pass.Reportf(d.pos, "//determinism:%s permits nothing here: remove it", d.kind)
			}
		}
	}
	return nil, nil
}

// The kinds of directives.
const (
	kindOrdered = "ordered"
	kindReal    = "real"
)

// directive permits the uses of one kind on one line.
type directive struct {
	pos  token.Pos
	kind string
	line int
	used bool
}

// checker checks one file.
type checker struct {
	pass       *analysis.Pass
	directives []*directive
	// sorted are the callees whose result is sorted at once.
	sorted map[*ast.Ident]bool
}

func (c *checker) readDirectives(file *ast.File, src []byte) {
	for _, group := range file.Comments {
		for _, comment := range group.List {
			text, ok := strings.CutPrefix(comment.Text, "//determinism:")
			if !ok {
				continue
			}
			kind, reason, _ := strings.Cut(text, " ")
			switch {
			case kind != kindOrdered && kind != kindReal:
				c.pass.Reportf(comment.Pos(), "there is no //determinism:%s: use //determinism:ordered or //determinism:real", kind)
				continue
			case strings.TrimSpace(reason) == "":
				c.pass.Reportf(comment.Pos(), "//determinism:%s needs a reason: say why it does no harm here", kind)
				continue
			}
			// One after code is about that code only. Were it about the next
			// line as well, it would permit more than its author looked at.
			at := c.position(comment.Pos())
			before := src[at.Offset-(at.Column-1) : at.Offset]
			if strings.TrimSpace(string(before)) == "" {
				at.Line++
			}
			c.directives = append(c.directives, &directive{pos: comment.Pos(), kind: kind, line: at.Line})
		}
	}
}

// position is where something really is, whatever a //line comment says.
func (c *checker) position(pos token.Pos) token.Position {
	return c.pass.Fset.PositionFor(pos, false)
}

// report reports a use, unless a directive permits it.
func (c *checker) report(pos token.Pos, kind, format string, args ...any) {
	line := c.position(pos).Line
	for _, d := range c.directives {
		if d.kind == kind && d.line == line {
			d.used = true
			return
		}
	}
	c.pass.Reportf(pos, format, args...)
}

func (c *checker) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		c.noteSorted(n)
	case *ast.Ident:
		c.checkIdent(n)
	case *ast.RangeStmt:
		if isMap(c.pass.TypesInfo.TypeOf(n.X)) && !c.anyOrder(n) {
			c.report(n.Pos(), kindOrdered, "range over a map has no fixed order: range over slices.Sorted(maps.Keys(m)), or say why order can't matter in //determinism:ordered <reason>")
		}
	}
	return true
}

// noteSorted notes maps.Keys in slices.Sorted(maps.Keys(m)), before the walk
// gets there.
func (c *checker) noteSorted(call *ast.CallExpr) {
	f := typeutil.StaticCallee(c.pass.TypesInfo, call)
	if f == nil || f.FullName() != "slices.Sorted" && f.FullName() != "slices.SortedFunc" {
		return
	}
	if inner, ok := call.Args[0].(*ast.CallExpr); ok {
		if callee, ok := inner.Fun.(*ast.SelectorExpr); ok {
			c.sorted[callee.Sel] = true
		}
	}
}

func (c *checker) checkIdent(id *ast.Ident) {
	obj := c.pass.TypesInfo.Uses[id]
	if obj == nil || obj.Pkg() == nil {
		return
	}
	for _, r := range rules {
		if r.pkg != obj.Pkg().Path() || r.kind == kindOrdered && c.sorted[id] {
			continue
		}
		if name := r.match(obj); name != "" {
			c.report(id.Pos(), r.kind, "%s.%s %s", obj.Pkg().Name(), name, r.why)
		}
	}
}

// isMap says whether a range over a type is one over a map; for a type
// parameter, whether it can be.
func isMap(t types.Type) bool {
	switch t := t.Underlying().(type) {
	case *types.Map:
		return true
	case *types.Interface:
		for e := range t.EmbeddedTypes() {
			if isMap(e) {
				return true
			}
		}
	case *types.Union:
		for term := range t.Terms() {
			if isMap(term.Type()) {
				return true
			}
		}
	}
	return false
}

// anyOrder says whether a loop over a map plainly comes to the same in every
// order. Its body has to be one statement: n++, delete(m, key) or
// m[key] = value. With two, one could undo or read what the other did.
func (c *checker) anyOrder(loop *ast.RangeStmt) bool {
	// With = in place of :=, the last key outlives the loop.
	if loop.Tok == token.ASSIGN || len(loop.Body.List) != 1 {
		return false
	}
	info := c.pass.TypesInfo
	isKey := func(e ast.Expr) bool {
		id, ok := e.(*ast.Ident)
		key, named := loop.Key.(*ast.Ident)
		return ok && named && info.Uses[id] != nil && info.Uses[id] == info.Defs[key]
	}
	switch s := loop.Body.List[0].(type) {
	case *ast.IncDecStmt:
		return isPlain(s.X)
	case *ast.ExprStmt:
		call, ok := s.X.(*ast.CallExpr)
		if !ok || !info.Types[call.Fun].IsBuiltin() || len(call.Args) != 2 {
			return false
		}
		callee, ok := call.Fun.(*ast.Ident)
		return ok && callee.Name == "delete" && isPlain(call.Args[0]) && isKey(call.Args[1])
	case *ast.AssignStmt:
		if s.Tok != token.ASSIGN || len(s.Lhs) != 1 || len(s.Rhs) != 1 {
			return false
		}
		to, ok := s.Lhs[0].(*ast.IndexExpr)
		if !ok || !isMap(info.TypeOf(to.X)) || !isPlain(to.X) || !isKey(to.Index) {
			return false
		}
		lit, isLit := s.Rhs[0].(*ast.CompositeLit)
		return isPlain(s.Rhs[0]) || info.Types[s.Rhs[0]].Value != nil || isLit && len(lit.Elts) == 0
	}
	return false
}

// isPlain says whether an expression only names something: no such statement
// as anyOrder permits can change what m or p.m is while it loops.
func isPlain(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return true
	case *ast.SelectorExpr:
		return isPlain(e.X)
	case *ast.StarExpr:
		return isPlain(e.X)
	case *ast.ParenExpr:
		return isPlain(e.X)
	}
	return false
}
