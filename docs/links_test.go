package docs_test

import (
	"regexp"
	"strings"
	"testing"
)

// TestLinksThatLeaveTheRepository checks what can be checked of them without
// following them.
func TestLinksThatLeaveTheRepository(t *testing.T) {
	modules := text(t, "go.mod")
	shown := map[string]string{} // how an address is spelled, by what it comes down to
	for page, targets := range outside(t) {
		for _, target := range targets {
			if wrong := flawed(target, modules); wrong != "" {
				t.Errorf("%s: %s: %s", page, target, wrong)
			}
			bare := strings.TrimSuffix(strings.ToLower(strings.TrimPrefix(target, "https://www.")), "/")
			if other := shown[bare]; other != "" && other != target {
				t.Errorf("%s: %s and %s are the same", page, target, other)
			}
			shown[bare] = target
		}
	}
}

// TestAFlawedLinkIsFound shows what the check above is made of.
func TestAFlawedLinkIsFound(t *testing.T) {
	const modules = "go 1.26.0\n\nrequire (\n\tk8s.io/api v0.37.2\n)\n"
	for target, wrong := range map[string]bool{
		"https://go.dev/doc": false, "http://go.dev/doc": true, "https://godev": true,
		"https://pkg.go.dev/k8s.io/api@v0.37.2/core/v1": false, "https://pkg.go.dev/k8s.io/api@v0.37.1/core/v1": true,
		"https://pkg.go.dev/k8s.io/api/core/v1": true, "https://pkg.go.dev/k8s.io/apis@v0.37.2/core": true,
		"https://pkg.go.dev/net/http@go1.26.0": false, "https://pkg.go.dev/net/http@go1.25.0": true,
		"https://github.com/a/b/blob/v1.2.3/c.go": false, "https://github.com/a/b/blob/master/c.go": true, "https://github.com/a/b": false,
	} {
		if said := flawed(target, modules); (said != "") != wrong {
			t.Errorf("%s: %q", target, said)
		}
	}
}

// outside are the addresses outside of the repository, by page.
func outside(t *testing.T) map[string][]string {
	t.Helper()
	found, n := map[string][]string{}, 0
	for _, path := range pages(t) {
		for _, l := range read(text(t, path)).links {
			if strings.Contains(l.target, "://") {
				found[path] = append(found[path], l.target)
				n++
			}
		}
	}
	if n == 0 {
		t.Fatal("there are none")
	}
	return found
}

var (
	address   = regexp.MustCompile(`^https://[a-z0-9-]+(\.[a-z0-9-]+)+(/[^\s]*)?$`)
	goPackage = regexp.MustCompile(`^https://pkg\.go\.dev/([^@]+)(?:@([^/]+))?(?:/.*)?$`)
	source    = regexp.MustCompile(`^https://github\.com/[^/]+/[^/]+/(?:blob|tree)/([^/]+)/`)
	lasting   = regexp.MustCompile(`^(v\d+\.\d+\.\d+|[0-9a-f]{40})$`)
)

// flawed says what is wrong with an address: what it leads to must not be able
// to change, where there is a way, and be what this module is built with.
func flawed(target, modules string) string {
	if !address.MatchString(target) {
		return "expected https:// and a host"
	}
	if m := source.FindStringSubmatch(target); m != nil && !lasting.MatchString(m[1]) {
		return "expected a version or a commit, since a branch moves"
	}
	if m := goPackage.FindStringSubmatch(target); m != nil {
		name, version := m[1], m[2]
		if goVersion, std := strings.CutPrefix(version, "go"); std {
			name, version = "go", goVersion
		}
		if version == "" || !regexp.MustCompile(`(?m)^\s*`+regexp.QuoteMeta(name+" "+version)+`\b`).MatchString(modules) {
			return "expected the version that go.mod has"
		}
	}
	return ""
}
