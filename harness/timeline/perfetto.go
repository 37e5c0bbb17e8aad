package timeline

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// perfettoEvent is an event of the Trace Event Format, which ui.perfetto.dev and Chrome
// open: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU.
type perfettoEvent struct {
	Name  string            `json:"name"`
	Phase string            `json:"ph"`
	At    int64             `json:"ts"` // microseconds
	Lasts int64             `json:"dur,omitempty"`
	Group int               `json:"pid"`
	Lane  int               `json:"tid"`
	Scope string            `json:"s,omitempty"`
	Args  map[string]string `json:"args,omitempty"`
}

// WritePerfetto writes a run for ui.perfetto.dev: a process for each group of lanes, a
// thread for each lane, virtual time as the time.
func WritePerfetto(out io.Writer, r Run, words Words) error {
	d := newData(r, words)
	var all []perfettoEvent
	named := map[group]bool{}
	for n, l := range d.Lanes {
		if !named[l.Group] {
			named[l.Group] = true
			all = append(all, perfettoEvent{Name: "process_name", Phase: "M", Group: groupNumber(l.Group), Args: map[string]string{"name": string(l.Group)}})
		}
		all = append(all, perfettoEvent{Name: "thread_name", Phase: "M", Group: groupNumber(l.Group), Lane: n + 1, Args: map[string]string{"name": l.Name}})
	}
	times := make([]int64, len(d.At))
	now := int64(0)
	for n, after := range d.At {
		now += after
		times[n] = now
	}
	for _, s := range d.Spans {
		until := d.End
		if s.To >= 0 {
			until = times[s.To]
		}
		all = append(all, perfettoEvent{Name: s.Name, Phase: "X", At: times[s.From], Lasts: until - times[s.From], Group: groupNumber(d.Lanes[s.Lane].Group), Lane: s.Lane + 1})
	}
	for n, at := range times {
		e := perfettoEvent{Name: d.Texts[d.Text[n]], Phase: "i", Scope: "t", At: at, Group: groupNumber(d.Lanes[d.Lane[n]].Group), Lane: d.Lane[n] + 1}
		if d.Number[n] > 0 {
			e.Args = map[string]string{"request": fmt.Sprintf("%s#%d", d.Lanes[d.Lane[n]].Name, d.Number[n])}
		}
		all = append(all, e)
	}
	return json.NewEncoder(out).Encode(struct {
		Events []perfettoEvent `json:"traceEvents"`
	}{all})
}

// groupNumber is a group's process number.
func groupNumber(of group) int { return slices.Index(groups, of) + 1 }
