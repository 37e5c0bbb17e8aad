package mutants

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"example.com/edge-device-operator/scenarios/internal/generated"
)

var update = flag.Bool("update", false, "write the table of mutants into docs/mutants.md")

// TestPageIsCurrent checks the table of mutants in docs/mutants.md.
func TestPageIsCurrent(t *testing.T) {
	var table strings.Builder
	table.WriteString("| An operator that | is caught by the scenario | for breaking |\n|---|---|---|\n")
	for _, m := range All {
		fmt.Fprintf(&table, "| %s | [%s](../scenarios/%s.txt) | %s |\n", m.Name, m.Scenario, m.Scenario, m.Caught)
	}
	generated.Block(t, root+"/docs/mutants.md", "mutants", "./scenarios/mutants", table.String(), *update)
}
