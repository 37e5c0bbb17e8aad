package scenario

import (
	"context"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"example.com/edge-device-operator/harness/world"
)

// ForOperator returns the language with only the general commands, for an operator.
func ForOperator(op world.Operator, h world.Hooks) *Language {
	return ForEachWorld(func() (world.Operator, world.Hooks) { return op, h })
}

// ForEachWorld is ForOperator for an operator that needs something of its own in each
// world, such as a fake of an external system: describe is called once per world.
func ForEachWorld(describe func() (world.Operator, world.Hooks)) *Language {
	return NewLanguage(Seam{Setup: func() Setup { return plainSetup{describe} }})
}

// plainSetup is the Setup of a language without commands of its own.
type plainSetup struct {
	describe func() (world.Operator, world.Hooks)
}

// Expected accepts any name: which objects there will be only the run can know.
func (plainSetup) Expected(string) string { return "" }

// Open creates a world.
func (s plainSetup) Open(ctx context.Context, o world.Options) (World, error) {
	operator, hooks := s.describe()
	w, err := world.New(ctx, o, operator, hooks)
	if err != nil {
		return nil, err
	}
	return plainWorld{w, operator}, nil
}

// plainWorld is the world of an operator without a seam of its own.
type plainWorld struct {
	*world.World
	operator world.Operator
}

// General returns the world itself.
func (w plainWorld) General() *world.World { return w.World }

// Endings lists the objects that exist, by kind and name.
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

// Checks returns 0: there are no invariants.
func (plainWorld) Checks() int { return 0 }

// Unmet returns nothing: every command takes effect.
func (plainWorld) Unmet(string) []*StepError { return nil }
