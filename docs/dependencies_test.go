package docs_test

import (
	"path"
	"regexp"
	"testing"
)

// TestEveryDependencyIsNamed holds the list in trade-offs.md to go.mod.
func TestEveryDependencyIsNamed(t *testing.T) {
	page := text(t, "docs/trade-offs.md")
	direct := regexp.MustCompile(`(?m)^\t(\S+?)(?:/v\d+)? v\S+$`).FindAllStringSubmatch(text(t, "go.mod"), -1)
	if len(direct) == 0 {
		t.Fatal("go.mod requires nothing")
	}
	for _, m := range direct {
		if name := path.Base(m[1]); !regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\b`).MatchString(page) {
			t.Errorf("%s is not named", m[1])
		}
	}
}
