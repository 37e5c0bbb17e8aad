package determinism

import (
	"go/types"
	"strings"
)

// rule forbids some objects of one package.
type rule struct {
	pkg string
	// match returns what the rule calls an object of the package, without the
	// package, or "" where it doesn't forbid it.
	match func(types.Object) string
	// kind is the directive that permits a use.
	kind string
	// why says what is wrong and what to use instead.
	why string
}

const (
	useClock    = "is real time: use the injected clock.Clock"
	useContext  = "is real time: end the request's context with WithTimeout of the injected clock.Clock"
	onlyMains   = "is the real clock: take a clock.Clock as an argument; only a main chooses it"
	useSeed     = "is not repeatable: use a rand.Rand from rand.New with a seeded source"
	useSorted   = "has no fixed order: sort it at once, as slices.Sorted(maps.Keys(m)) does"
	useSortedOr = useSorted + ", or say why order can't matter in //determinism:ordered <reason>"
)

var rules = []rule{
	{"time", named("Now", "Sleep", "After", "Since", "Until", "Tick", "NewTimer", "NewTicker", "AfterFunc"), kindReal, useClock},
	{"context", named("WithTimeout", "WithTimeoutCause", "WithDeadline", "WithDeadlineCause"), kindReal,
		"is real time: use WithTimeout or WithDeadline of the injected clock.Clock"},
	{"net/http", named("Client.Timeout", "Transport.ResponseHeaderTimeout", "Transport.TLSHandshakeTimeout",
		"Transport.IdleConnTimeout", "Transport.ExpectContinueTimeout"), kindReal, useContext},
	{"net", named("Dialer.Timeout", "Dialer.Deadline"), kindReal, useContext},
	{"k8s.io/apimachinery/pkg/apis/meta/v1", named("Now"), kindReal, "is real time: use metav1.NewTime with the injected clock.Clock's Now"},
	{"k8s.io/apimachinery/pkg/apis/meta/v1", named("NowMicro"), kindReal, "is real time: use metav1.NewMicroTime with the injected clock.Clock's Now"},
	{"k8s.io/apimachinery/pkg/util/wait", anything, kindReal, "is of a package that waits in real time: requeue, or use the injected clock.Clock"},
	{"k8s.io/client-go/util/retry", anything, kindReal, "is of a package that waits in real time: return the error, so that the key is requeued"},
	{"github.com/benbjohnson/clock", named("New"), kindReal, onlyMains},
	{"k8s.io/utils/clock", named("RealClock"), kindReal, onlyMains},
	{"math/rand", global, kindReal, useSeed},
	{"math/rand/v2", global, kindReal, useSeed},
	{"crypto/rand", anything, kindReal, useSeed},
	{"maps", named("Keys", "Values", "All"), kindOrdered, useSortedOr},
	{"reflect", named("Value.MapKeys", "Value.MapRange"), kindOrdered, useSortedOr},
	{"sync", named("Map.Range"), kindOrdered, useSortedOr},
}

// named matches what is declared at package level, and Type.member for a field
// or a method.
func named(names ...string) func(types.Object) string {
	return func(obj types.Object) string {
		for _, name := range names {
			outer, member, isMember := strings.Cut(name, ".")
			found := obj.Pkg().Scope().Lookup(outer)
			if isMember && found != nil {
				found, _, _ = types.LookupFieldOrMethod(found.Type(), true, obj.Pkg(), member)
			}
			if found == obj {
				return name
			}
		}
		return ""
	}
}

func anything(obj types.Object) string { return obj.Name() }

// global matches the functions that draw from the source that the whole
// process shares. All others at package level are constructors.
func global(obj types.Object) string {
	f, isFunc := obj.(*types.Func)
	if !isFunc || f.Signature().Recv() != nil || strings.HasPrefix(f.Name(), "New") {
		return ""
	}
	return f.Name()
}
