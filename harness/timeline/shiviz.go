package timeline

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"example.com/edge-device-operator/harness/trace"
)

// ShiVizParser is the regular expression by which ShiViz reads what WriteShiViz writes.
const ShiVizParser = `(?<host>\S+) (?<clock>{.*})\n(?<event>.*)`

// WriteShiViz writes a run as a log for ShiViz, with a vector clock for each event: a
// request is a message from its controller to the object that it was made for.
func WriteShiViz(out io.Writer, r Run, words Words) error {
	if _, err := fmt.Fprintf(out, "%s\n\n", ShiVizParser); err != nil {
		return err
	}
	clocks := map[string]map[string]int{}
	tick := func(host string, heard map[string]int) map[string]int {
		clock := clocks[host]
		if clock == nil {
			clock = map[string]int{}
			clocks[host] = clock
		}
		//determinism:ordered each host's on its own
		for other, n := range heard {
			clock[other] = max(clock[other], n)
		}
		clock[host]++
		return clock
	}
	for _, e := range r.Events {
		text := e.At.String() + " " + trace.Say(e, words.Narrator)
		group, name := laneOf(e)
		host := hostOf(group, name)
		var heard map[string]int
		if e.Actor.Role == trace.Controller && group != controllers {
			by := hostOf(controllers, e.Actor.String())
			heard = tick(by, nil)
			if err := writeShiVizEvent(out, by, heard, text); err != nil {
				return err
			}
		}
		if err := writeShiVizEvent(out, host, tick(host, heard), text); err != nil {
			return err
		}
	}
	return nil
}

// hostOf is what a lane is called, without spaces: controller-1, object-web, system-press-01.
func hostOf(of group, name string) string {
	if of == objects || of == systems {
		name = strings.TrimSuffix(strings.ReplaceAll(string(of), "external ", ""), "s") + "-" + name
	}
	return strings.ReplaceAll(name, " ", "-")
}

func writeShiVizEvent(out io.Writer, host string, clock map[string]int, text string) error {
	encoded, err := json.Marshal(clock) // in the order of its keys
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s %s\n%s\n", host, encoded, strings.ReplaceAll(text, "\n", " "))
	return err
}
