package docs_test

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// page is what a page in Markdown consists of, as far as it can be wrong.
type page struct {
	links    []link
	spans    []span
	commands []string // lines of code that may be commands
	typed    []string // those of them that a reader is to type
	quotes   []quotation
	blocks   []string // of code in no language, each whole
	specs    []spec
	anchors  map[string]bool
}

// link is [text](target).
type link struct{ text, target string }

// span is a piece of code within a line, and that line.
type span struct{ code, line string }

// quotation is what a page quotes from a file, in a block of code or a table.
type quotation struct {
	from  string
	lines []string
}

// spec is a Ginkgo spec that a page names: *its text* in [a link](to its file).
type spec struct{ text, target string }

var (
	codeSpan   = regexp.MustCompile("`([^`]+)`")
	linkTo     = regexp.MustCompile(`\[([^\]]*)\]\(([^)\s]+)\)`)
	specIn     = regexp.MustCompile(`\*([^*]+)\* in \[[^\]]*\]\(([^)\s]+)\)`)
	quotedFrom = regexp.MustCompile(`^<!-- quoted from (\S+) -->$`)
)

// read takes a page apart.
func read(text string) page {
	p := page{anchors: map[string]bool{}}
	fence, language, quoting := false, "", ""
	for _, line := range strings.Split(text, "\n") {
		if mark, info, found := strings.Cut(line, "```"); found && mark == "" {
			fence, language = !fence, strings.TrimSpace(info)
			if fence && quoting != "" {
				p.quotes = append(p.quotes, quotation{from: quoting})
			}
			if fence && language == "" {
				p.blocks = append(p.blocks, "")
			}
			if !fence {
				quoting = ""
			}
			continue
		}
		switch {
		case fence && quoting != "":
			q := &p.quotes[len(p.quotes)-1]
			q.lines = append(q.lines, line)
		case fence && language == "":
			p.blocks[len(p.blocks)-1] += line + "\n"
		case fence:
			typed, prompted := strings.CutPrefix(line, "$ ")
			if language == "sh" || language == "console" && prompted {
				p.commands = append(p.commands, typed)
				p.typed = append(p.typed, command(typed))
			}
		default:
			switch m := quotedFrom.FindStringSubmatch(line); {
			case m != nil:
				quoting = m[1]
			case quoting != "" && strings.HasPrefix(line, "|"):
				p.quotes = append(p.quotes, quotation{quoting, []string{line}})
			case strings.TrimSpace(line) != "":
				quoting = ""
			}
			if heading, found := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); found && strings.HasPrefix(line, "#") {
				p.anchors[anchor(heading)] = true
			}
			for _, m := range codeSpan.FindAllStringSubmatch(line, -1) {
				p.spans = append(p.spans, span{m[1], line})
				p.commands = append(p.commands, m[1])
				if c := command(m[1]); isCommand(c) {
					p.typed = append(p.typed, c)
				}
			}
			for _, m := range linkTo.FindAllStringSubmatch(line, -1) {
				p.links = append(p.links, link{strings.Trim(m[1], "`"), m[2]})
			}
			for _, m := range specIn.FindAllStringSubmatch(line, -1) {
				p.specs = append(p.specs, spec{m[1], m[2]})
			}
		}
	}
	return p
}

// command is a line without its comment and what only aligns it.
func command(line string) string {
	line, _, _ = strings.Cut(line, " #")
	return strings.Join(strings.Fields(line), " ")
}

// programs are what commands within a line begin with.
var programs = []string{"make", "go", "edgesim", "manager", "devicesim", "kubectl", "docker", "kind", "git"}

// isCommand says whether code within a line is a command, and not just the
// name of a program.
func isCommand(code string) bool {
	words := strings.Fields(code)
	return code == "make" || len(words) > 1 && slices.Contains(programs, path.Base(words[0]))
}

// anchor is what GitHub makes of a heading.
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}
