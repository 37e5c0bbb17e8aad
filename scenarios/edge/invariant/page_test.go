package invariant

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"example.com/edge-device-operator/scenarios/internal/generated"
)

var update = flag.Bool("update", false, "write the table of invariants into docs/invariants.md")

// TestPageIsCurrent checks the table of invariants in docs/invariants.md.
func TestPageIsCurrent(t *testing.T) {
	var table strings.Builder
	table.WriteString("| Invariant | It promises that |\n|---|---|\n")
	row := func(i interface{ Promise() string }) {
		fmt.Fprintf(&table, "| %s | %s |\n", strings.TrimPrefix(fmt.Sprintf("%T", i), "invariant."), i.Promise())
	}
	for _, i := range All() {
		row(i)
	}
	row(Terminates{})
	generated.Block(t, "../../../docs/invariants.md", "promises", "./scenarios/edge/invariant", table.String(), *update)
}
