package scenarios

import (
	"fmt"
	"os"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"example.com/edge-device-operator/harness/scenario"
)

var _ = It("The index lists every scenario by what it is about", func() {
	const path = "README.md"
	current, err := index()
	Expect(err).NotTo(HaveOccurred())
	if *rewrite {
		Expect(os.WriteFile(path, []byte(current), 0o644)).To(Succeed())
		return
	}
	page, err := os.ReadFile(path)
	Expect(err).NotTo(HaveOccurred())
	Expect(string(page)).To(Equal(current), "go test ./scenarios -rewrite refreshes it")
})

// groups are the topics of scenarios, in the order of the index.
var groups = []string{
	"the way of a rollout",
	"controllers that die",
	"two controllers, and what one has missed",
	"the API server",
	"people",
	"devices",
	longDay,
}

// longDay is the topic of scenarios that take long, in wall time.
const longDay = "a long day"

// index returns the page that lists the scenarios by topic, in Markdown. The error
// names a file whose line "# About: ..." is missing or wrong.
func index() (string, error) {
	about := map[string][]*scenario.File{}
	for _, name := range Names() {
		f, err := Load(name)
		if err != nil {
			return "", err
		}
		about[f.About] = append(about[f.About], f)
	}
	var page strings.Builder
	page.WriteString(`# Scenarios

Each file is script, golden trace and documentation at once: commands, a line ` + "`----`" + `, and under it what happened.
` + "`go test ./scenarios`" + ` holds each to the byte, but for the long day, which ` + "`make test`" + ` adds; ` + "`.bin/edgesim replay NAME`" + ` plays one; [docs/scenarios.md](../docs/scenarios.md) says how to write one.

This page is generated from the files by ` + "`go test ./scenarios -rewrite`" + `.
`)
	listed := 0
	for _, group := range groups {
		fmt.Fprintf(&page, "\n## About %s\n\n", group)
		for _, f := range about[group] {
			fmt.Fprintf(&page, "- [%s](%s): %s\n", f.Name(), f.Name()+extension, f.Title)
			listed++
		}
	}
	if listed == len(Names()) {
		return page.String(), nil
	}
	for _, name := range Names() {
		if f, err := Load(name); err == nil && !strings.Contains(page.String(), "("+name+extension+")") {
			return "", fmt.Errorf("%s: expected a line \"# About: ...\" with one of: %s; it has %q", f.Path, strings.Join(groups, "; "), f.About)
		}
	}
	return page.String(), nil
}
