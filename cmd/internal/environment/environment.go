// Package environment finds slips in the names of environment variables, which
// nobody would notice: a program asks for those that it knows.
package environment

import (
	"os"
	"regexp"
	"slices"
	"strings"

	"example.com/edge-device-operator/harness/nearest"
)

// serviceLink is a variable by which Kubernetes tells a Pod of a Service. The
// Service's name may begin as a program's variables do.
var serviceLink = regexp.MustCompile(`_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$`)

// Unknown is a variable that a program doesn't know.
type Unknown struct {
	// Name is the variable's.
	Name string
	// Meant is the one that was most likely meant, if there is any.
	Meant string
}

// Find returns the variables with a prefix that are none of those that are
// known, by name, but for those that Kubernetes has set.
func Find(prefix string, known []string) (unknown []Unknown) {
	var endings []string
	for _, name := range known {
		endings = append(endings, strings.TrimPrefix(name, prefix))
	}
	for _, pair := range slices.Sorted(slices.Values(os.Environ())) {
		name, _, _ := strings.Cut(pair, "=")
		ending, ours := strings.CutPrefix(name, prefix)
		if !ours || slices.Contains(endings, ending) || serviceLink.MatchString(name) {
			continue
		}
		u := Unknown{Name: name}
		if meant := nearest.To(ending, endings); meant != "" {
			u.Meant = prefix + meant
		}
		unknown = append(unknown, u)
	}
	return unknown
}
