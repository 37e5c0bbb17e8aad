package scenario

import (
	"context"
	"testing"

	"example.com/edge-device-operator/harness/trace"
	"example.com/edge-device-operator/harness/world"
)

// declared is a Setup that knows the objects that object declares.
type declared map[string]bool

func (d declared) Expected(name string) string {
	if d[name] {
		return ""
	}
	return "the name of an object that an earlier line declares"
}

func (declared) Open(context.Context, world.Options) (World, error) {
	panic("these files are only read")
}

// words is a language with one command beside the general ones.
var words = NewLanguage(Seam{
	Commands: []Command{{Name: "object", Usage: "object NAME…", Parse: func(p *Parser, a *Arguments) Action {
		a.Allow()
		for _, n := range a.Expand("an object's name") {
			p.Setup.(declared)[n.Text] = true
		}
		return nil
	}}},
	Shows: []Show{{"transitions", func(trace.Event) bool { return true }}, {"outcomes", func(trace.Event) bool { return false }}},
	Setup: func() Setup { return declared{} },
})

func TestNoTwoCommandsAreCalledTheSame(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a seam may call two of its own run")
		}
	}()
	NewLanguage(Seam{Commands: []Command{{Name: "run"}, {Name: "run"}}})
}
