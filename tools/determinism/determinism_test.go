package determinism_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	// The rules name what these declare, so testdata uses the real ones; and
	// go mod tidy, which doesn't look there, has to keep them.
	_ "github.com/benbjohnson/clock"
	_ "k8s.io/apimachinery/pkg/apis/meta/v1"
	_ "k8s.io/apimachinery/pkg/util/wait"
	_ "k8s.io/client-go/util/retry"
	_ "k8s.io/utils/clock"

	"example.com/edge-device-operator/tools/determinism"
)

func TestAnalyzer(t *testing.T) {
	for _, name := range []string{"realtime", "chance", "maporder", "directives", "modules"} {
		t.Run(name, func(t *testing.T) {
			// The directory is the module's root: without its go.mod, testdata
			// would be a GOPATH and could import the standard library only.
			analysistest.Run(t, "..", determinism.Analyzer, "./determinism/testdata/"+name)
		})
	}
}
