//go:build race

package model

// raceDetector says that this binary runs some ten times slower.
const raceDetector = true
