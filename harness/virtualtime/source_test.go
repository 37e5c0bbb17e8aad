package virtualtime

import "testing"

// TestDelivers reads what Go writes of the goroutines of a source.Channel.
func TestDelivers(t *testing.T) {
	const pkg, by = "sigs.k8s.io/controller-runtime/pkg/source.(*channel[...]).", "created by sigs.k8s.io/controller-runtime/pkg/source.(*channel[...]).Start in goroutine 9\n\t/src/source.go:205 +0x1d\n"
	for _, c := range []struct {
		state, stack string
		want         bool
	}{
		{"select", pkg + "syncLoop(0x1)\n\t/src/source.go:250 +0x1d\n" + by, false},
		{"chan receive", pkg + "Start.func2()\n\t/src/source.go:208 +0x1d\n" + by, false},
		{"runnable", pkg + "syncLoop(0x1)\n\t/src/source.go:250 +0x1d\n" + by, true},
		{"chan send", pkg + "distribute(0x1)\n\t/src/source.go:245 +0x1d\n" + pkg + "syncLoop(0x1)\n\t/src/source.go:262 +0x1d\n" + by, true},
		{"select", "example.com/op.mapped(0x1)\n\t/src/op.go:5 +0x1d\n" + pkg + "Start.func2()\n\t/src/source.go:208 +0x1d\n" + by, true},
		{"runnable", "example.com/op.f()\n\t/src/op.go:3 +0x1d\n", false},
	} {
		record := "goroutine 34 [" + c.state + "]:\n" + c.stack
		if g := parseGoroutine([]byte(record)); g.delivers != c.want {
			t.Errorf("%t, want %t: %s", g.delivers, c.want, record)
		}
	}
}
