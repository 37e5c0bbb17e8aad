package mutate

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"strconv"
)

// calls is a call of one of the functions that know a mutation's number.
func calls(function string, number int, args ...ast.Expr) ast.Expr {
	all := []ast.Expr{&ast.BasicLit{Kind: token.INT, Value: strconv.Itoa(number)}}
	return &ast.CallExpr{Fun: ast.NewIdent(function), Args: append(all, args...)}
}

// is says whether the mutation with a number is chosen.
func is(number int) ast.Expr { return calls("mutantIs", number) }

func not(e ast.Expr) ast.Expr { return &ast.UnaryExpr{Op: token.NOT, X: e} }

func binary(x ast.Expr, op token.Token, y ast.Expr) ast.Expr {
	return &ast.ParenExpr{X: &ast.BinaryExpr{X: x, Op: op, Y: y}}
}

// deleted is a statement that may be left out.
func (w *rewriter) deleted(s ast.Stmt) ast.Stmt {
	return &ast.IfStmt{Cond: not(is(w.add(s, Statement, "delete: "+w.text[s]))), Body: &ast.BlockStmt{List: []ast.Stmt{s}}}
}

// decides mutates the condition of an if or a for.
func (w *rewriter) decides(e ast.Expr) ast.Expr {
	was := w.was(e)
	text := w.text[was]
	return calls("mutantCondition", w.add(was, Condition, "negate: "+text, "make true: "+text, "make false: "+text), e)
}

// was is what an expression was before it was mutated.
func (w *rewriter) was(e ast.Expr) ast.Expr {
	if original, mutated := w.original[e]; mutated {
		return original
	}
	return e
}

// clause mutates the conditions of a case.
func (w *rewriter) clause(n *ast.CaseClause) {
	for k, e := range n.List {
		switch was := w.was(e); {
		case w.untagged[n]:
			n.List[k] = calls("mutantOr", w.add(was, Case, "delete the case: "+w.text[was]), e)
		case w.condition[e]:
			n.List[k] = w.decides(e)
		}
	}
}

// binary mutates a comparison, or a connection of two conditions.
func (w *rewriter) binary(n *ast.BinaryExpr) (mutated ast.Expr) {
	text := w.text[n]
	defer func() {
		w.original[mutated] = n
		if w.condition[n] {
			w.condition[mutated] = true
		}
	}()
	switch n.Op {
	case token.LAND:
		first := w.add(n, Operand, "drop the left of: "+text, "drop the right of: "+text)
		return binary(calls("mutantAnd", first, n.X), token.LAND, calls("mutantAnd", first+1, n.Y))
	case token.LOR:
		first := w.add(n, Operand, "drop the left of: "+text, "drop the right of: "+text)
		return binary(calls("mutantOr", first, n.X), token.LOR, calls("mutantOr", first+1, n.Y))
	case token.LSS, token.LEQ, token.GTR, token.GEQ:
		kind := w.operand[n]
		if kind == nil || w.typeName(kind) == "" {
			return n
		}
		function, x, y := "mutantLess", n.X, n.Y
		if n.Op == token.LEQ || n.Op == token.GEQ {
			function = "mutantAtMost"
		}
		if n.Op == token.GTR || n.Op == token.GEQ {
			x, y = y, x
		}
		mutated = calls(function+"["+w.typeName(kind)+"]", w.add(n, Boundary, "with the boundary, or without: "+text), x, y)
	case token.EQL, token.NEQ:
		mutated = n
	default:
		return n
	}
	if w.condition[n] {
		return mutated // it is negated as a whole
	}
	return calls("mutantNot", w.add(n, Negation, "negate: "+text), mutated)
}

// returns mutates what a return returns.
func (w *rewriter) returns(n *ast.ReturnStmt) {
	for k, r := range w.results[n] {
		what := fmt.Sprintf("value %d of: %s", k+1, w.text[n])
		basic, _ := r.kind.Underlying().(*types.Basic)
		switch {
		case types.Identical(r.kind, types.Universe.Lookup("error").Type()):
			switch {
			case r.never: // it is one already
				n.Results[k] = calls("mutantError", w.add(n, Returned, "no error as "+what), n.Results[k])
				continue
			case r.zero:
				n.Results[k] = calls("mutantError", w.add(n, Returned, "an error as "+what)-1, n.Results[k])
				continue
			}
			n.Results[k] = calls("mutantError", w.add(n, Returned, "no error as "+what, "an error as "+what), n.Results[k])
		case basic != nil && basic.Kind() == types.Bool:
			n.Results[k] = calls("mutantNot", w.add(n, Returned, "negate "+what), n.Results[k])
		case !r.zero && r.name != "":
			n.Results[k] = calls("mutantZero["+r.name+"]", w.add(n, Returned, "zero as "+what), n.Results[k])
		}
	}
}

// verb matches what stands for a value in a format.
var verb = regexp.MustCompile(`%[-+# 0]*(\d+|\*)?(\.(\d+|\*)?)?[a-zA-Z]`)

// call mutates the arguments of a call: two of one type are swapped, a context is one that
// never ends, and a text lacks a value.
func (w *rewriter) call(n *ast.CallExpr) {
	args := w.arguments[n]
	for k, a := range args {
		switch {
		case !a.pure || a.name == "":
		case types.TypeString(a.kind, nil) == "context.Context":
			n.Args[k] = calls("mutantOther["+a.name+"]", w.add(n, Argument, "a context that never ends: "+w.text[n]), n.Args[k], &ast.CallExpr{Fun: &ast.SelectorExpr{X: ast.NewIdent("context"), Sel: ast.NewIdent("Background")}})
		case k > 0 && args[k-1].pure && types.Identical(args[k-1].kind, a.kind):
			x, y := n.Args[k-1], n.Args[k]
			number := w.add(n, Argument, fmt.Sprintf("swap arguments %d and %d: %s", k, k+1, w.text[n]))
			n.Args[k-1], n.Args[k] = calls("mutantOther["+a.name+"]", number, x, y), calls("mutantOther["+a.name+"]", number, y, x)
			args[k].pure = false // it is in one pair only
		}
	}
	if len(n.Args) < 2 {
		return
	}
	literal, ok := n.Args[0].(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return
	}
	text, err := strconv.Unquote(literal.Value)
	if err != nil {
		return // the parser has read it
	}
	for _, at := range verb.FindAllStringIndex(text, -1) {
		without := &ast.BasicLit{Kind: token.STRING, Value: strconv.Quote(text[:at[0]] + text[at[1]:])}
		n.Args[0] = calls("mutantOther[string]", w.add(n, Verb, fmt.Sprintf("without %s: %s", text[at[0]:at[1]], w.text[n])), n.Args[0], without)
	}
}
