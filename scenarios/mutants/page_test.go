package mutants

import (
	"bytes"
	"flag"
	"fmt"
	"os"
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
	table.Reset()
	table.WriteString("| An operator that | breaks | shrunk to |\n|---|---|---|\n")
	for _, m := range Unscripted {
		text, err := os.ReadFile(m.file())
		if err != nil {
			t.Error(err)
		}
		fmt.Fprintf(&table, "| %s | %s | [%d lines](../scenarios/mutants/%s) |\n", m.Name, m.Caught, bytes.Count(text, []byte("\n")), m.file())
	}
	generated.Block(t, root+"/docs/mutants.md", "unscripted", "./scenarios/mutants", table.String(), *update)
}
