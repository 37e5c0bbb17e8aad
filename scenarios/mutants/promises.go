package mutants

import (
	"fmt"
	"strings"

	"example.com/edge-device-operator/scenarios/edge/invariant"
)

// Promises are what the invariants promise, by the names of their types.
func Promises() map[string]string {
	byName := map[string]string{"Terminates": invariant.Terminates{}.Promise()}
	for _, i := range invariant.All() {
		byName[strings.TrimPrefix(fmt.Sprintf("%T", i), "invariant.")] = i.Promise()
	}
	return byName
}

// InvariantOf is the name of the invariant that promises something, empty if none does.
func InvariantOf(promise string) string {
	//determinism:ordered no two invariants promise the same
	for name, its := range Promises() {
		if its == promise {
			return name
		}
	}
	return ""
}
