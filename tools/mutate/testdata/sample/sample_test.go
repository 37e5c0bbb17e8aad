package main

import (
	"expvar"
	"strings"
	"testing"
)

// TestReached prints which mutations the sample reaches, if it is built with them.
func TestReached(t *testing.T) {
	main()
	expvar.Do(func(v expvar.KeyValue) {
		if strings.HasPrefix(v.Key, "mutants of ") {
			t.Logf("reached: %s", v.Value)
		}
	})
}
