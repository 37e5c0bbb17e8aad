package trace_test

import (
	"fmt"
	"time"

	"example.com/edge-device-operator/harness/trace"
)

// However many workers there were, and in whatever order they came: the order
// is virtual time, object, the object's own sequence.
func ExampleTrace_Take() {
	var t trace.Trace
	for _, l := range []trace.Line{
		{At: 5 * time.Second, Text: "controller 1 killed"},
		{At: 5 * time.Second, Object: "press-02", First: 3, Last: 3, Text: "looks: runs fw:1, idle"},
		{At: 5 * time.Second, Object: "press-01", First: 3, Last: 3, Text: "looks: runs fw:1, idle"},
		{At: 5 * time.Second, Object: "press-02", First: 4, Last: 4, Text: "looks: runs fw:1, idle"},
		{At: 0, Early: true, Text: "controller 1 started"},
	} {
		t.Add(l)
	}
	fmt.Print(trace.Format(t.Take()))
	// Output:
	// 0s  controller 1 started
	// 5s  press-01  #3    looks: runs fw:1, idle
	// 5s  press-02  #3-4  looks: runs fw:1, idle
	// 5s  controller 1 killed
}
