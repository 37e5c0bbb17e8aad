package world

import (
	"fmt"

	"example.com/edge-device-operator/harness/instance"
	"example.com/edge-device-operator/harness/trace"
)

// observe puts a numbered request into the trace.
func (w *World) observe(x instance.Exchange) {
	if w.hooks.Checker != nil {
		w.hooks.Checker.Exchanged(x)
	}
	text := w.narrate(x)
	if x.Late {
		// It was numbered when it was sent.
		w.trace.Add(trace.Line{At: w.Now(), Object: x.Object, Text: fmt.Sprintf("request #%d arrives late: %s", x.Number, text)})
		return
	}
	if x.Lost {
		text += ", but the answer is lost"
	}
	if w.together.Load() {
		text = fmt.Sprintf("(%d) %s", x.Life, text)
	}
	w.trace.Add(trace.Line{At: w.Now(), Object: x.Object, First: x.Number, Last: x.Number, Text: text})
}
