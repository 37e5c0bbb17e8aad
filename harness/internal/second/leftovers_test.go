package second

import (
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/testbed"
	"example.com/edge-device-operator/harness/world"
)

// TestNothingOutlivesAWorld plays each file twice. The first time opens the connections that
// the whole process shares; the second time may leave no goroutine behind.
func TestNothingOutlivesAWorld(t *testing.T) {
	for pattern, operator := range map[string]world.Operator{
		"testdata/killed-*.txt":  Operator(Reconciler{}),
		"testdata/nodes/a-*.txt": ofNodes(),
	} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%d files (%v)", len(paths), err)
		}
		for _, path := range paths {
			t.Run(filepath.Base(path), func(t *testing.T) {
				text, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				play := func() {
					f, err := scenario.ForOperator(operator, world.Hooks{}).Parse(path, string(text))
					if err != nil {
						t.Fatal(err)
					}
					var o scenario.Options
					o.World.REST, o.World.Settle = testbed.Plane().Config(), testbed.Settle
					if _, err := f.Run(t.Context(), o); err != nil {
						t.Fatal(err)
					}
				}
				play()
				before := goleak.IgnoreCurrent()
				play()
				goleak.VerifyNone(t, before, goleak.IgnoreAnyFunction("golang.org/x/net/http2.(*ClientConn).readLoop"))
			})
		}
	}
}
