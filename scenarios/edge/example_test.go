package edge_test

import (
	"fmt"

	"example.com/edge-device-operator/scenarios/edge"
)

// The error for a mistake says where it is and what is expected there.
func ExampleLanguage() {
	const text = `# One device's transfer breaks.
device press-01 transfer=30s breaks=1st@40%
deploy press-01 image=fw:2 maxAttemps=3
run
----
`
	_, err := edge.Language.Parse("my-scenario.txt", text)
	fmt.Println(err)
	// Output:
	// my-scenario.txt:3:28: "maxAttemps": expected one of backoffSeconds=, concurrencyHint=, image=, maxAttempts=; did you mean maxAttempts=?
}
