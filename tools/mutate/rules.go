package mutate

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ast/astutil"
)

// The rules.
const (
	Condition = "condition negated, made true, made false"
	Operand   = "operand of && or || dropped"
	Boundary  = "boundary of a comparison"
	Negation  = "comparison negated"
	Statement = "statement deleted"
	Case      = "case deleted"
	Returned  = "returned value replaced"
	Argument  = "argument replaced"
	Number    = "constant off by one, doubled, zero"
	Field     = "field left unset"
	Verb      = "text without one of its values"
)

// Rules are all of them.
var Rules = []string{Condition, Operand, Boundary, Negation, Statement, Case, Returned, Argument, Number, Field, Verb}

// before is what was known of nodes before their parts were mutated.
type before struct {
	text      map[ast.Node]string
	at        map[ast.Node]token.Pos // where it began: its first part may be replaced
	operand   map[*ast.BinaryExpr]types.Type
	condition map[ast.Expr]bool            // it decides an if, a for or a case, where it is negated
	untagged  map[*ast.CaseClause]bool     // of a switch that had a tag
	results   map[*ast.ReturnStmt][]result // none if they are another call's
	deletable map[*ast.ReturnStmt]bool     // its function ends without it
	set       map[ast.Expr]bool            // it is returned where it isn't nil
	arguments map[*ast.CallExpr][]argument // none of a conversion or a builtin
	fields    map[*ast.KeyValueExpr]string // the types of a struct's fields
	functions []*types.Signature           // that the node is in, the innermost last
	done      map[*ast.GenDecl]bool        // mutated already
	original  map[ast.Expr]ast.Expr        // of what is mutated already
}

// result is a returned value.
type result struct {
	kind  types.Type
	name  string // the type's, in this file; empty if that can't be said
	zero  bool   // it is the type's zero already
	never bool   // it is an error, and never nil
}

// argument is an argument of a call.
type argument struct {
	kind types.Type
	name string
	pure bool // a name or a field: it may be evaluated twice
}

// rewrite mutates the file.
func (w *rewriter) rewrite() {
	w.before = before{
		text: map[ast.Node]string{}, at: map[ast.Node]token.Pos{}, operand: map[*ast.BinaryExpr]types.Type{}, condition: map[ast.Expr]bool{},
		untagged: map[*ast.CaseClause]bool{}, results: map[*ast.ReturnStmt][]result{}, deletable: map[*ast.ReturnStmt]bool{}, set: map[ast.Expr]bool{},
		arguments: map[*ast.CallExpr][]argument{}, fields: map[*ast.KeyValueExpr]string{},
		original: map[ast.Expr]ast.Expr{}, done: map[*ast.GenDecl]bool{},
	}
	w.constantsToVariables()
	astutil.Apply(w.file, w.pre, w.post)
}

// pre notes what is known of a node, and keeps out of what has to be constant.
func (w *rewriter) pre(c *astutil.Cursor) bool {
	n := c.Node()
	if e, isExpr := n.(ast.Expr); isExpr && w.isNumber(e) {
		c.Replace(w.number(e))
		return false
	}
	if s, ok := n.(ast.Stmt); ok && w.leaves(s) {
		return false
	}
	switch n := n.(type) {
	case *ast.GenDecl:
		return n.Tok == token.VAR && !w.done[n]
	case *ast.ArrayType, *ast.FuncType, *ast.StructType, *ast.InterfaceType, *ast.ImportSpec:
		return false
	case *ast.FuncDecl:
		w.functions = append(w.functions, w.pkg.TypesInfo.Defs[n.Name].Type().(*types.Signature))
	case *ast.FuncLit:
		w.functions = append(w.functions, w.pkg.TypesInfo.TypeOf(n).(*types.Signature))
	case *ast.SwitchStmt:
		w.noteSwitch(n)
	case *ast.IfStmt:
		w.noteIf(n)
	case *ast.ForStmt:
		if n.Cond != nil {
			w.noteCondition(n.Cond)
		}
	case *ast.BinaryExpr:
		w.text[n], w.at[n] = w.source(n), n.Pos()
		if _, known := w.operand[n]; !known {
			w.operand[n] = w.operandType(n)
		}
	case *ast.ReturnStmt:
		w.noteReturn(n)
	case *ast.CallExpr:
		w.noteCall(n)
	case *ast.CompositeLit:
		w.noteFields(n)
	case ast.Stmt:
		w.text[n] = w.source(n)
	}
	return true
}

// leaves says whether a statement is left out, or an if that has nothing else in it.
func (w *rewriter) leaves(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.ExprStmt:
		return w.leave != "" && strings.HasPrefix(w.source(s), w.leave)
	case *ast.IfStmt:
		return s.Else == nil && len(s.Body.List) > 0 && !slices.ContainsFunc(s.Body.List, func(s ast.Stmt) bool { return !w.leaves(s) })
	}
	return false
}

// post mutates a node whose parts are mutated already.
func (w *rewriter) post(c *astutil.Cursor) bool {
	switch n := c.Node().(type) {
	case *ast.FuncDecl, *ast.FuncLit:
		w.functions = w.functions[:len(w.functions)-1]
	case *ast.BinaryExpr:
		c.Replace(w.binary(n))
	case *ast.CallExpr:
		w.call(n)
	case *ast.KeyValueExpr:
		if name := w.fields[n]; name != "" {
			n.Value = calls("mutantZero["+name+"]", w.add(n, Field, "leave unset: "+w.text[n]), n.Value)
		}
	case *ast.IfStmt:
		n.Cond = w.decides(n.Cond)
	case *ast.ForStmt:
		if n.Cond != nil {
			n.Cond = w.decides(n.Cond)
		}
	case *ast.CaseClause:
		w.clause(n)
	case *ast.ReturnStmt:
		w.returns(n)
		if w.deletable[n] {
			c.Replace(w.deleted(n))
		}
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE && c.Index() >= 0 {
			c.Replace(w.deleted(n))
		}
	case *ast.BranchStmt:
		if n.Tok == token.BREAK || n.Tok == token.CONTINUE {
			c.Replace(w.deleted(n))
		}
	case *ast.ExprStmt:
		if c.Index() >= 0 && !isPanic(n) {
			c.Replace(w.deleted(n))
		}
	case *ast.IncDecStmt, *ast.DeferStmt, *ast.SendStmt:
		if c.Index() >= 0 {
			c.Replace(w.deleted(n.(ast.Stmt)))
		}
	}
	return true
}
