package mutate

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strconv"
)

// typeName is what a type is called in this file; empty if a package isn't imported.
func (w *rewriter) typeName(t types.Type) string {
	known := true
	name := types.TypeString(t, func(p *types.Package) string {
		if p == w.pkg.Types {
			return ""
		}
		for _, i := range w.file.Imports {
			if path, err := strconv.Unquote(i.Path.Value); err != nil || path != p.Path() {
				continue
			}
			if i.Name != nil {
				return i.Name.Name
			}
			return p.Name()
		}
		known = false
		return ""
	})
	if !known {
		return ""
	}
	return name
}

// operandType is the type of a comparison's operands, nil if they have two.
func (w *rewriter) operandType(n *ast.BinaryExpr) types.Type {
	a, b := w.pkg.TypesInfo.TypeOf(n.X), w.pkg.TypesInfo.TypeOf(n.Y)
	if a == nil || b == nil || !types.Identical(a, b) {
		return nil
	}
	return a
}

// noteCondition notes what decides.
func (w *rewriter) noteCondition(e ast.Expr) {
	w.text[e], w.condition[e] = w.source(e), true
}

// noteIf notes an if. A return in it can be deleted, since its function doesn't end there.
func (w *rewriter) noteIf(n *ast.IfStmt) {
	w.noteCondition(n.Cond)
	if n.Else != nil {
		return
	}
	for _, s := range n.Body.List {
		if r, ok := s.(*ast.ReturnStmt); ok {
			w.deletable[r] = true
			w.noteSet(n.Cond, r)
		}
	}
}

// noteSet notes what a return returns that its if has found not to be nil.
func (w *rewriter) noteSet(cond ast.Expr, r *ast.ReturnStmt) {
	asks, ok := cond.(*ast.BinaryExpr)
	if !ok || asks.Op != token.NEQ || w.source(asks.Y) != "nil" {
		return
	}
	for _, e := range r.Results {
		if _, isName := e.(*ast.Ident); isName && w.source(e) == w.source(asks.X) {
			w.set[e] = true
		}
	}
}

// noteSwitch takes a tag that is a name or a field into the cases, which are conditions
// then.
func (w *rewriter) noteSwitch(n *ast.SwitchStmt) {
	if n.Tag != nil && !isPure(n.Tag) {
		return
	}
	for _, s := range n.Body.List {
		clause := s.(*ast.CaseClause)
		for k, e := range clause.List {
			if n.Tag != nil {
				w.untagged[clause] = true
				compared := &ast.BinaryExpr{X: n.Tag, OpPos: e.Pos(), Op: token.EQL, Y: e}
				w.operand[compared] = nil
				clause.List[k] = compared
				e = compared
			}
			w.noteCondition(e)
		}
	}
	n.Tag = nil
}

// noteReturn notes what a return returns.
func (w *rewriter) noteReturn(n *ast.ReturnStmt) {
	w.text[n] = w.source(n)
	of := w.functions[len(w.functions)-1].Results()
	if len(n.Results) != of.Len() {
		return
	}
	var all []result
	for k, e := range n.Results {
		kind := of.At(k).Type()
		all = append(all, result{kind, w.typeName(kind), w.isZero(e), w.set[e] || w.isError(e)})
		if basic, ok := kind.Underlying().(*types.Basic); ok && basic.Kind() == types.Bool {
			w.noteCondition(e)
		}
	}
	w.results[n] = all
}

// noteCall notes the arguments of a call.
func (w *rewriter) noteCall(n *ast.CallExpr) {
	w.text[n] = w.source(n)
	if f := w.pkg.TypesInfo.Types[n.Fun]; f.IsType() || f.IsBuiltin() || n.Ellipsis.IsValid() {
		return
	}
	for _, e := range n.Args {
		kind := w.pkg.TypesInfo.TypeOf(e)
		w.arguments[n] = append(w.arguments[n], argument{kind, w.typeName(kind), isPure(e)})
	}
}

// noteFields notes the fields of a struct.
func (w *rewriter) noteFields(n *ast.CompositeLit) {
	t := w.pkg.TypesInfo.TypeOf(n)
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	of, ok := t.Underlying().(*types.Struct)
	if !ok {
		return
	}
	for _, e := range n.Elts {
		pair, ok := e.(*ast.KeyValueExpr)
		if !ok || w.isZero(pair.Value) {
			continue
		}
		for f := range of.Fields() {
			if f.Name() == pair.Key.(*ast.Ident).Name {
				w.fields[pair], w.text[pair] = w.typeName(f.Type()), w.source(pair)
			}
		}
	}
}

// isZero says whether an expression is plainly its type's zero.
func (w *rewriter) isZero(e ast.Expr) bool {
	known := w.pkg.TypesInfo.Types[e]
	if known.IsNil() {
		return true
	}
	if literal, ok := e.(*ast.CompositeLit); ok {
		_, isStruct := known.Type.Underlying().(*types.Struct)
		return isStruct && len(literal.Elts) == 0
	}
	if known.Value == nil {
		return false
	}
	switch known.Value.Kind() {
	case constant.Bool:
		return !constant.BoolVal(known.Value)
	case constant.String:
		return constant.StringVal(known.Value) == ""
	}
	return constant.Sign(known.Value) == 0
}

// isError says whether an expression makes an error, so that it is never nil.
func (w *rewriter) isError(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.UnaryExpr:
		_, made := e.X.(*ast.CompositeLit)
		return e.Op == token.AND && made
	case *ast.CallExpr:
		return w.makesError(e.Fun)
	}
	return false
}

// makesError says whether what is called only makes errors: errors.New, fmt.Errorf, or a
// function of the package that does nothing but return one.
func (w *rewriter) makesError(called ast.Expr) bool {
	var name *ast.Ident
	switch called := called.(type) {
	case *ast.SelectorExpr:
		name = called.Sel
	case *ast.Ident:
		name = called
	}
	f, ok := w.pkg.TypesInfo.Uses[name].(*types.Func)
	if !ok {
		return false
	}
	if f.FullName() == "errors.New" || f.FullName() == "fmt.Errorf" {
		return true
	}
	for _, file := range w.pkg.Syntax {
		for _, d := range file.Decls {
			decl, isFunc := d.(*ast.FuncDecl)
			if !isFunc || w.pkg.TypesInfo.Defs[decl.Name] != f || decl.Body == nil || len(decl.Body.List) != 1 {
				continue
			}
			r, returns := decl.Body.List[0].(*ast.ReturnStmt)
			return returns && len(r.Results) == 1 && w.isError(unmutated(r.Results[0]))
		}
	}
	return false
}

// unmutated is what a mutated value was: the last argument of the call that it became.
func unmutated(e ast.Expr) ast.Expr {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return e
	}
	if f, isName := call.Fun.(*ast.Ident); isName && f.Name == "mutantError" {
		return call.Args[len(call.Args)-1]
	}
	return e
}

// isPure says whether an expression is a name or a field.
func isPure(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name != "nil"
	case *ast.SelectorExpr:
		return isPure(e.X)
	}
	return false
}

func isPanic(s *ast.ExprStmt) bool {
	call, ok := s.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	name, ok := call.Fun.(*ast.Ident)
	return ok && name.Name == "panic"
}
