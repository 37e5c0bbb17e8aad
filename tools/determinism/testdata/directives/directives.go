// Package directives permits what it does, or tries to.
package directives

import (
	"maps"
	"time"
)

func permitted(m map[string]int) {
	//determinism:ordered the sum is the same
	for range m {
	}
	for range m { //determinism:ordered the sum is the same
	}
	_ = maps.Keys(m) //determinism:ordered nobody looks
	//determinism:real the log says when it really was
	_ = time.Now().Sub(time.Now())
	//determinism:real no directive hides another
	for range maps.Keys(map[time.Time]int{time.Now(): 1}) { //determinism:ordered there is only one
	}
}

//determinism:real a main may choose
var now = time.Now

func withoutReason(m map[string]int) {
	for range m { /* want `range over a map` `determinism:ordered needs a reason` */ //determinism:ordered
	}
	time.Sleep(1) /* want `time.Sleep is` `determinism:real needs a reason` */ //determinism:real
}

func elsewhere(m map[string]int) {
	//determinism:ordered too far up // want `determinism:ordered permits nothing here: remove it`

	for range m { // want `range over a map`
	}
	for range m { // want `range over a map`
		//determinism:ordered too far down // want `permits nothing`
	}
	time.Sleep(1) //determinism:real only this line
	time.Sleep(1) // want `time.Sleep is`
	//determinism:ordered the other kind // want `permits nothing`
	time.Sleep(1) // want `time.Sleep is`
	//determinism:real the other kind // want `permits nothing`
	for range m { // want `range over a map`
	}
}

//determinism:real there is nothing to permit // want `determinism:real permits nothing`
func nothing(m map[string]int) {
	//determinism:ordered this is fine anyway // want `permits nothing`
	for k := range m {
		delete(m, k)
	}
	//determinism:random whatever // want `there is no //determinism:random`
	// determinism:ordered with a space it is no directive
	_ = "//determinism:ordered nor in a string"
}
