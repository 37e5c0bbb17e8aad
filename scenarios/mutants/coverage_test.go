package mutants

import (
	_ "embed"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var coverage = flag.String("mutants.coverage", "", "check a coverage profile `file` of the worlds against unreached.txt")

// unreachedFile lists the blocks of the operator that no world reaches, in the form of
// unfound.txt: the file and the first line of the block, and the reason.
//
//go:embed unreached.txt
var unreachedFile string

// TestWorldsReachTheOperator checks that worlds alone, without unit tests, reach every
// block of the operator but those that are listed.
func TestWorldsReachTheOperator(t *testing.T) {
	if *coverage == "" {
		t.Skip("make coverage checks it")
	}
	listed, err := ParseUnfound("unreached.txt", unreachedFile)
	if err != nil {
		t.Fatal(err)
	}
	blocks := coveredBlocks(t, *coverage)
	unreached := map[string]bool{}
	for b, reached := range blocks {
		if reached {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, b.file))
		if err != nil {
			t.Fatal(err)
		}
		key := b.file + ": " + strings.TrimSpace(strings.Split(string(text), "\n")[b.line-1])
		unreached[key] = true
		if !slices.ContainsFunc(listed, func(u Unfound) bool { return u.Key == key }) {
			t.Errorf("%s:%d: no world reaches this, and unreached.txt doesn't say why:\n%s", b.file, b.line, key)
		}
	}
	for _, u := range listed {
		if !unreached[u.Key] {
			t.Errorf("unreached.txt: a world reaches this, or it is no longer there: %s", u.Key)
		}
	}
	t.Logf("worlds reach %d of %d blocks", len(blocks)-len(unreached), len(blocks))
}

// block is a block of a file, as Go's coverage counts, by where it begins.
type block struct {
	file         string
	line, column int
}

// coveredBlocks says which blocks of a coverage profile were reached.
func coveredBlocks(t *testing.T, path string) map[block]bool {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all := map[block]bool{}
	for line := range strings.Lines(string(text)) {
		_, at, ok := strings.Cut(line, "edge-device-operator/")
		if !ok {
			continue // the line with the mode
		}
		file, at, _ := strings.Cut(at, ":")
		b, endLine, endColumn, statements, count := block{file: file}, 0, 0, 0, 0
		if _, err := fmt.Sscanf(at, "%d.%d,%d.%d %d %d", &b.line, &b.column, &endLine, &endColumn, &statements, &count); err != nil {
			t.Fatalf("%s: %q: %v", path, line, err)
		}
		all[b] = all[b] || count > 0
	}
	return all
}
