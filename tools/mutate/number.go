package mutate

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"time"
)

// isNumber says whether an expression is a constant number that a literal in it makes.
func (w *rewriter) isNumber(e ast.Expr) bool {
	known := w.pkg.TypesInfo.Types[e]
	if known.Value == nil || known.Value.Kind() != constant.Int && known.Value.Kind() != constant.Float || w.numberType(known.Type) == "" {
		return false
	}
	literal := false
	ast.Inspect(e, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok && (l.Kind == token.INT || l.Kind == token.FLOAT) {
			literal = true
		}
		return true
	})
	return literal
}

// numberType is the name of a type of numbers, empty for any other.
func (w *rewriter) numberType(t types.Type) string {
	basic, ok := t.Underlying().(*types.Basic)
	if !ok || basic.Info()&types.IsNumeric == 0 || basic.Info()&types.IsComplex != 0 {
		return ""
	}
	return w.typeName(types.Default(t))
}

// number mutates a constant number.
func (w *rewriter) number(e ast.Expr) ast.Expr {
	known := w.pkg.TypesInfo.Types[e]
	return w.mutatedNumber(e, w.numberType(known.Type), known.Value)
}

func (w *rewriter) mutatedNumber(e ast.Expr, kind string, value constant.Value) ast.Expr {
	text := w.source(e)
	one, unit := unitOf(kind, value)
	whats, function := []string{text + " plus " + unit, text + " minus " + unit}, "mutantOffByOne"
	if constant.Sign(value) != 0 && !constant.Compare(value, token.EQL, constant.MakeInt64(1)) { // or else it is one of these
		whats, function = append(whats, text+" doubled", text+" as 0"), "mutantNumber"
	}
	return calls(function+"["+kind+"]", w.add(e, Number, whats...), e, &ast.BasicLit{Kind: token.INT, Value: strconv.FormatInt(one, 10)})
}

// unitOf is what a number is off by, and its text: 1, and of a duration the largest unit
// that it is a whole number of. A nanosecond more or less is none that anybody sees.
func unitOf(kind string, value constant.Value) (one int64, text string) {
	n, exact := constant.Int64Val(value)
	if kind == "time.Duration" && exact {
		for _, unit := range []time.Duration{time.Hour, time.Minute, time.Second, time.Millisecond, time.Microsecond} {
			if n != 0 && n%int64(unit) == 0 {
				return int64(unit), unit.String()
			}
		}
	}
	return 1, "1"
}

// constantsToVariables makes variables of constant numbers, if everybody uses them as one
// type.
func (w *rewriter) constantsToVariables() {
	var rest []ast.Decl
	for _, d := range w.file.Decls {
		of, ok := d.(*ast.GenDecl)
		if !ok || of.Tok != token.CONST {
			rest = append(rest, d)
			continue
		}
		counted := slices.ContainsFunc(of.Specs, func(s ast.Spec) bool { return len(s.(*ast.ValueSpec).Values) == 0 }) // by iota
		var constants []ast.Spec
		for _, s := range of.Specs {
			var v *ast.ValueSpec
			if !counted {
				v = w.variable(s.(*ast.ValueSpec))
			}
			if v == nil {
				constants = append(constants, s)
				continue
			}
			one := &ast.GenDecl{Tok: token.VAR, Specs: []ast.Spec{v}}
			w.done[one] = true
			rest = append(rest, one)
		}
		if of.Specs = constants; len(constants) > 0 {
			rest = append(rest, of)
		}
	}
	w.file.Decls = rest
}

// variable is a constant as a variable, nil if it can't be one.
func (w *rewriter) variable(s *ast.ValueSpec) *ast.ValueSpec {
	if len(s.Names) != 1 || len(s.Values) != 1 {
		return nil
	}
	if !w.isNumber(s.Values[0]) {
		return nil
	}
	known := w.pkg.TypesInfo.Types[s.Values[0]]
	declared, kind := w.pkg.TypesInfo.Defs[s.Names[0]], ""
	for name, used := range w.pkg.TypesInfo.Uses {
		if used != declared {
			continue
		}
		t := w.pkg.TypesInfo.TypeOf(name)
		as := w.numberType(t)
		if basic, ok := t.Underlying().(*types.Basic); as == "" || ok && basic.Info()&types.IsUntyped != 0 || kind != "" && kind != as {
			return nil
		}
		kind = as
	}
	if kind == "" {
		return nil
	}
	return &ast.ValueSpec{Names: s.Names, Values: []ast.Expr{w.mutatedNumber(s.Values[0], kind, known.Value)}}
}
