package virtualtime

import (
	"slices"
	"strings"
)

// caching are the prefixes of the functions that start the goroutines of an informer, and
// of controller-runtime's read-your-writes. What they are about to do is what a read of
// the cache waits for: its first list, or what it lacks. In Go a send to a channel, or its
// close, makes the receiver run, so what is on its way is always in one that doesn't wait.
var caching = []string{
	"k8s.io/client-go/tools/cache.",
	"k8s.io/apimachinery/pkg/util/wait.(*Group).",
	"sigs.k8s.io/controller-runtime/pkg/cache/",
	"sigs.k8s.io/controller-runtime/pkg/client/internal/consistencyhandler.",
}

// caches says whether a goroutine that such a function has created is one of these.
func caches(creator string) bool { return hasPrefix(creator, caching) }

// brief are the prefixes of packages that hold their locks for as long as a processor
// takes, and not while they wait for a request: the harness's own, and libraries under
// every operator.
var brief = []string{harness, "k8s.io/", "sigs.k8s.io/", "golang.org/x/net/", "golang.org/x/time/", "github.com/prometheus/"}

// isBrief says whether a function holds its locks for a moment only. So do those of Go's
// own packages, whose paths have no host.
func isBrief(locker string) bool {
	return hasPrefix(locker, brief) ||
		!strings.HasPrefix(locker, "main.") && !strings.Contains(locker[:strings.LastIndex(locker, "/")+1], ".")
}

func hasPrefix(text string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(text, prefix) })
}
