// Command determinism checks packages with the determinism analyzer:
//
//	determinism ./operator/... ./devicesim/...
package main

import (
	"golang.org/x/tools/go/analysis/singlechecker"

	"example.com/edge-device-operator/tools/determinism"
)

func main() { singlechecker.Main(determinism.Analyzer) }
