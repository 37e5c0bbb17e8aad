package mutants

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// equivalent is what finds a mutant of which unfound.txt says that nothing can.
const equivalent = "equivalent"

// tables say what finds some mutants: by rule, by file, and by promise.
func tables(all []mutation, found []Finding, said map[int]Unfound) string {
	by := make([]string, len(all))
	counted, inWorlds := 0, 0
	for n, m := range all {
		if by[n] = found[n].By; isEquivalent(m, found[n], said) {
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
	text.WriteString(byPromise(found) + "\n")
	fmt.Fprintf(&text, "%d of %d that are not equivalent are found in a world: %.1f %%.\n", inWorlds, counted, 100*float64(inWorlds)/float64(max(1, counted)))
	return text.String()
}

// isEquivalent says whether nothing has found a mutant of which unfound.txt says that
// nothing can.
func isEquivalent(m mutation, f Finding, said map[int]Unfound) bool {
	u, listed := said[m.Number]
	return listed && !u.Open() && f.By == ByNothing
}

// left lists the mutants that no world finds and that are not equivalent.
func left(all []mutation, found []Finding, said map[int]Unfound) string {
	var text strings.Builder
	for n, m := range all {
		if !found[n].InWorlds() && !isEquivalent(m, found[n], said) {
			fmt.Fprintf(&text, "%s: %s %s\n", found[n].By, m, strings.ReplaceAll(found[n].What, "\n", "; "))
		}
	}
	return text.String()
}

// byPromise counts how many mutants break each promise first.
func byPromise(found []Finding) string {
	count := map[string]int{}
	for _, f := range found {
		if f.By != ByExplore && f.By != ByOracle && f.By != ByScenario {
			continue
		}
		promise := f.What
		if _, inScenario, found := strings.Cut(f.What, ": "); found {
			promise = inScenario
		}
		count[promise]++
	}
	all := slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(count[b]-count[a], strings.Compare(a, b))
	})
	var text strings.Builder
	text.WriteString("| promise | mutants that break it first |\n|---|---|\n")
	for _, promise := range all {
		fmt.Fprintf(&text, "| %s | %d |\n", promise, count[promise])
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
