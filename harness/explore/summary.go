package explore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// causes is how many violations there are, and how many causes: "8 violations, 2 causes".
func (r Report) causes() string {
	switch len(r.Groups) {
	case 0:
		return fmt.Sprintf("%d violations", len(r.Violations))
	case 1:
		return fmt.Sprintf("%d violations, 1 cause", len(r.Violations))
	}
	return fmt.Sprintf("%d violations, %d causes", len(r.Violations), len(r.Groups))
}

// writeGroup tells of one group: what is broken, how little it takes, where it can't be
// mended any more, and which runs have broken it.
func (r Report) writeGroup(b *strings.Builder, n int, g Group) {
	v := r.Violations[g.Example]
	if g.Unshrunk == "" {
		v.Expected, v.Found = g.Shrunk.Expected, g.Shrunk.Found
	}
	fmt.Fprintf(b, "%d. %s\n  %s: expected %s\n  found %s\n  %s\n", n+1, g.Promise, v.Object, v.Expected, v.Found, g.Shape)
	list := func(title string, lines []string) {
		if len(lines) == 0 {
			return
		}
		fmt.Fprintf(b, "  %s\n", title)
		for _, line := range lines {
			fmt.Fprintf(b, "    %s\n", line)
		}
	}
	if g.Unshrunk != "" {
		fmt.Fprintf(b, "  not shrunk: %s\n", g.Unshrunk)
	} else {
		lines := strings.Split(strings.TrimSuffix(g.Shrunk.File, "\n"), "\n")
		title := fmt.Sprintf("shrunk to %d lines, %d runs:", len(lines), g.Shrunk.Runs)
		if g.Shrunk.Spent {
			title = fmt.Sprintf("shrunk to %d lines, and given up after %d runs:", len(lines), g.Shrunk.Runs)
		}
		list(title, lines)
		list("where it first differs from the nearest run that passes:", g.Shrunk.Difference)
		if text := g.Shrunk.NoReturn.String(); text != "" {
			list(text, g.Shrunk.NoReturn.table())
		}
	}
	var runs []string
	for _, k := range g.Of {
		run := r.Violations[k].Scenario
		if faults := r.Violations[k].Faults; len(faults) > 0 {
			run += ": " + said(faults)
		}
		runs = append(runs, run)
	}
	slices.Sort(runs)
	if len(runs) == 1 {
		list("broken in one run:", runs)
		return
	}
	list(fmt.Sprintf("broken in %d runs:", len(runs)), runs)
}

// WriteFiles writes into a folder, which it makes if it isn't there: summary.txt, which
// is what WriteText writes, and for each group its scenario, N-NAME.txt, the nearest one
// that passes, N-NAME-passes.txt, and the page that draws both, N-NAME.html.
func (r Report) WriteFiles(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	var text strings.Builder
	files := map[string]string{}
	err := r.WriteText(&text)
	files["summary.txt"] = text.String()
	for n, g := range r.Groups {
		v := r.Violations[g.Example]
		files[g.name(n, v)+".txt"] = g.Shrunk.File
		if g.Unshrunk != "" {
			files[g.name(n, v)+".txt"] = v.File
		}
		if g.Shrunk.Page != "" {
			files[g.name(n, v)+".html"] = g.Shrunk.Page
		}
		if g.Shrunk.Passes != "" {
			files[g.name(n, v)+"-passes.txt"] = g.Shrunk.Passes
		}
	}
	//determinism:ordered each goes into its own file
	for name, text := range files {
		err = errors.Join(err, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644))
	}
	return err
}

// name is what the n-th group's files are called, without what tells them apart.
func (g Group) name(n int, v Violation) string { return fmt.Sprintf("%d-%s", n+1, v.Scenario) }
