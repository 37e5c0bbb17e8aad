package docs_test

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// check returns what a page says that isn't so, a line each.
func (r repository) check(at, text string) []string {
	p, wrong := read(text), []string(nil)
	add := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	for _, l := range p.links {
		r.checkLink(at, p, l, add)
	}
	for _, c := range p.commands {
		r.checkCommand(c, add)
	}
	for _, s := range p.spans {
		r.checkSpan(s, add)
	}
	for _, q := range p.quotes {
		checkQuotation(q, add)
	}
	for _, s := range p.specs {
		b, err := os.ReadFile(filepath.Join(root, path.Dir(at), s.target))
		if err != nil || !strings.Contains(string(b), s.text) {
			add("no spec %q in %s", s.text, s.target)
		}
	}
	return wrong
}

func (r repository) checkLink(at string, p page, l link, add func(string, ...any)) {
	if strings.Contains(l.target, "://") {
		return
	}
	name, wanted, _ := strings.Cut(l.target, "#")
	anchors := p.anchors
	if name != "" {
		there := path.Join(path.Dir(at), name)
		if !exists(there) {
			add("%s: no such file", name)
			return
		}
		if scenario, is := strings.CutSuffix(path.Base(there), ".txt"); is && hyphened.MatchString(l.text) && l.text != scenario {
			add("%s is not that scenario, %s is", l.text, scenario)
		}
		if wanted != "" && path.Ext(there) != ".md" {
			add("%s: only pages have anchors that last", l.target)
			return
		}
		if wanted != "" {
			b, _ := os.ReadFile(filepath.Join(root, there))
			anchors = read(string(b)).anchors
		}
	}
	if wanted != "" && !anchors[wanted] {
		add("%s: no heading for #%s", l.target, wanted)
	}
}

var word = regexp.MustCompile(`^[a-z][a-z-]*$`)

// checkCommand checks a line that a reader may type, as far as it is about make
// or edgesim.
func (r repository) checkCommand(line string, add func(string, ...any)) {
	line, _, _ = strings.Cut(line, " #")
	words := strings.Fields(line)
	if len(words) < 2 {
		return
	}
	switch path.Base(words[0]) {
	case "make":
		for _, w := range words[1:] {
			if word.MatchString(w) && !r.targets[w] {
				add("make %s: no such target", w)
			}
		}
	case "edgesim":
		if word.MatchString(words[1]) && !r.subcommands[words[1]] {
			add("edgesim %s: no such command", words[1])
		}
		if words[1] == "replay" {
			for _, w := range words[2:] {
				if word.MatchString(w) && !r.scenarios[w] {
					add("%s: no such scenario", w)
				}
			}
		}
	}
}

var (
	hyphened   = regexp.MustCompile(`^[a-z]+(-[a-z]+)+$`)
	inFolder   = regexp.MustCompile(`^(operator|devicesim|harness|scenarios|cmd|docs|tools)(/[\w.-]+)+$`)
	identifier = regexp.MustCompile(`^([a-z0-9]+(?:/[a-z0-9]+)*)\.([A-Za-z]\w*(?:\.[A-Za-z]\w*)?)(?:\(\))?$`)
)

// checkSpan checks a piece of code that is a scenario's name, on a line about
// scenarios, a path from the root, or an identifier of one of our packages.
func (r repository) checkSpan(s span, add func(string, ...any)) {
	other := r.targets[s.code] || s.code == path.Base(module)
	if hyphened.MatchString(s.code) && strings.Contains(s.line, "scenario") && !r.scenarios[s.code] && !other {
		add("%s: no such scenario", s.code)
	}
	if inFolder.MatchString(s.code) && exists(s.code) {
		return
	}
	if m := identifier.FindStringSubmatch(s.code); m != nil && !slices.Contains(extensions, path.Ext(s.code)) {
		folder, ours := r.folder(m[1])
		switch {
		case ours && folder == "":
			add("%s: no package %s", s.code, m[1])
		case ours && !r.packages[folder][m[2]]:
			add("no %s in %s", m[2], folder)
		}
		return
	}
	if inFolder.MatchString(s.code) {
		add("%s: no such file", s.code)
	}
}

// extensions tell a file's name from an identifier's.
var extensions = []string{".go", ".md", ".txt", ".yaml"}

// checkQuotation checks that the quoted lines stand in the file, in this
// order; "…" stands for any that are left out.
func checkQuotation(q quotation, add func(string, ...any)) {
	b, err := os.ReadFile(filepath.Join(root, q.from))
	if err != nil {
		add("quotes %s: %v", q.from, err)
		return
	}
	rest := strings.Split(string(b), "\n")
	for _, line := range q.lines {
		if line == "" || strings.TrimSpace(line) == "…" {
			continue
		}
		n := slices.Index(rest, line)
		if n < 0 {
			add("quotes %s: %q doesn't stand there, or not in this order", q.from, line)
			return
		}
		rest = rest[n+1:]
	}
}

func exists(fromRoot string) bool {
	_, err := os.Stat(filepath.Join(root, filepath.FromSlash(fromRoot)))
	return err == nil
}
