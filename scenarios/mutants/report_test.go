package mutants

import (
	"fmt"
	"slices"
	"strings"
)

// equivalent is what finds a mutant of which unfound.txt says that nothing can.
const equivalent = "equivalent"

// report is what finds some mutants: by rule, by file, and those that no world finds.
func report(all []mutation, found []Finding, said map[int]Unfound) string {
	by := make([]string, len(all))
	counted, inWorlds := 0, 0
	for n, m := range all {
		by[n] = found[n].By
		if u, listed := said[m.Number]; listed && !u.Open() && by[n] == ByNothing {
			by[n] = equivalent
			continue
		}
		counted++
		if found[n].InWorlds() {
			inWorlds++
		}
	}
	var text strings.Builder
	text.WriteString(table("rule", all, by, func(m mutation) string { return m.Rule }) + "\n")
	text.WriteString(table("file", all, by, func(m mutation) string { return m.File }) + "\n")
	fmt.Fprintf(&text, "%d of %d that are not equivalent are found in a world: %.1f %%\n\n", inWorlds, counted, 100*float64(inWorlds)/float64(max(1, counted)))
	for n, m := range all {
		if !found[n].InWorlds() && by[n] != equivalent {
			fmt.Fprintf(&text, "%s: %s %s\n", found[n].By, m, strings.ReplaceAll(found[n].What, "\n", "; "))
		}
	}
	return text.String()
}

// table counts who finds how many.
func table(title string, all []mutation, by []string, of func(mutation) string) string {
	count, names := map[string]map[string]int{}, []string{}
	for n, m := range all {
		for _, name := range []string{of(m), total} {
			if count[name] == nil {
				count[name] = map[string]int{}
				if name != total {
					names = append(names, name)
				}
			}
			count[name][by[n]]++
		}
	}
	slices.Sort(names)
	columns := append(slices.Clone(Finders), equivalent)
	var text strings.Builder
	fmt.Fprintf(&text, "| %s | %s |\n|%s\n", title, strings.Join(columns, " | "), strings.Repeat("---|", len(columns)+1))
	for _, name := range append(names, total) {
		fmt.Fprintf(&text, "| %s |", name)
		for _, c := range columns {
			fmt.Fprintf(&text, " %d |", count[name][c])
		}
		text.WriteString("\n")
	}
	return text.String()
}

// total is the last row's name.
const total = "all"
