package scenario

import (
	"context"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"example.com/edge-device-operator/harness/world"
)

// ForOperator returns the language of the general commands, for an operator that
// needs no others.
func ForOperator(op world.Operator, h world.Hooks) *Language {
	return ForEachWorld(func() (world.Operator, world.Hooks) { return op, h })
}

// ForEachWorld is ForOperator for one around which something lives as long as its
// world, such as the fake of an external system: describe is called for each.
func ForEachWorld(describe func() (world.Operator, world.Hooks)) *Language {
	return NewLanguage(Seam{Setup: func() Setup { return plainSetup{describe} }})
}

// plainSetup is that of a language without commands of its own.
type plainSetup struct {
	describe func() (world.Operator, world.Hooks)
}

// Expected takes any name: what there will be only the run can know.
func (plainSetup) Expected(string) string { return "" }

// Open makes a world.
func (s plainSetup) Open(ctx context.Context, o world.Options) (World, error) {
	operator, hooks := s.describe()
	w, err := world.New(ctx, o, operator, hooks)
	if err != nil {
		return nil, err
	}
	return plainWorld{w, operator}, nil
}

// plainWorld is the world of an operator of which nothing more is known.
type plainWorld struct {
	*world.World
	operator world.Operator
}

// General is the world itself.
func (w plainWorld) General() *world.World { return w.World }

// Endings are the objects that are there, by kind and name.
func (w plainWorld) Endings() (lines []string, err error) {
	all, err := w.Present()
	for _, o := range all {
		kind, err := apiutil.GVKForObject(o, w.operator.Scheme)
		if err != nil {
			return nil, err
		}
		line := fmt.Sprintf("%s %s", kind.Kind, o.GetName())
		if o.GetDeletionTimestamp() != nil {
			line += ", being deleted"
		}
		lines = append(lines, line)
	}
	return lines, err
}

// Checks is 0: there is nothing to check.
func (plainWorld) Checks() int { return 0 }

// Unmet is nothing: no command asks for what may not happen.
func (plainWorld) Unmet(string) []*StepError { return nil }
