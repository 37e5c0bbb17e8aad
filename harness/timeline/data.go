package timeline

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"example.com/edge-device-operator/harness/trace"
)

// data is what the page's script reads: the events as columns, so that a run of many
// thousand is a small page. Numbers in the columns are indices.
type data struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Failure string   `json:"failure,omitempty"`
	Script  []string `json:"script"`
	// End is how long the run took, in microseconds of virtual time.
	End   int64  `json:"end"`
	Lanes []lane `json:"lanes"`
	// Texts are all texts that events have, each once.
	Texts []string `json:"texts"`
	// Objects are the names of the objects that were stored.
	Objects []string `json:"objects"`

	// At is when each event was, in microseconds of virtual time after the one before.
	At []int64 `json:"at"`
	// Lane is where it is drawn, By the lane of the controller whose request it is, or -1.
	Lane []int `json:"lane"`
	By   []int `json:"by"`
	// Text is what it says, Kind its kind, Number its request's number.
	Text   []int        `json:"text"`
	Kind   []trace.Kind `json:"kind"`
	Number []int        `json:"number"`
	// Line is the line of the script, from 1.
	Line []int `json:"line"`
	// Mark says how it is drawn: see mark.
	Mark []mark `json:"mark"`

	// Spans are the lives of controllers, and what lasted.
	Spans []span `json:"spans"`
	// Changes are the changes of objects, by the event that has stored them.
	Changes map[int]change `json:"changes"`
}

// lane is a row of the page.
type lane struct {
	Group group  `json:"group"`
	Name  string `json:"name"`
}

// group is a kind of lane. They are drawn in this order.
type group string

const (
	people      group = "people and world"
	controllers group = "controllers"
	objects     group = "objects"
	systems     group = "external systems"
)

var groups = []group{people, controllers, objects, systems}

// mark says how an event is drawn.
type mark int

const (
	// plain is a request that asks for no change: a look.
	plain mark = iota
	// effect is a request for a change.
	effect
	// failed is a request that was refused, or got no answer.
	failed
	// fault is what a script breaks: a kill, a stop, a fault of an external system.
	fault
	// happened is all else: what the outside does, what people do.
	happened
)

// span is what lasted, from one event to another; To is -1 where it lasted to the end.
type span struct {
	Lane int    `json:"lane"`
	From int    `json:"from"`
	To   int    `json:"to"`
	Name string `json:"name"`
	// Kind is life, outage or state.
	Kind string `json:"kind"`
}

// change is what an event has changed of an object: paths with their new values in JSON,
// in order; null for what is gone.
type change struct {
	Object int         `json:"object"`
	Fields [][2]string `json:"fields"`
}

// builder builds data, event by event.
type builder struct {
	data
	words Words
	lanes map[lane]int
	texts map[string]int
	known map[string]int            // objects
	state map[string]map[string]any // of the objects, as they were stored last
	open  map[spanKey]int           // spans that go on
}

// spanKey names a span that goes on: at most one of a kind does in a lane.
type spanKey struct {
	lane int
	kind string
}

func newData(r Run, words Words) data {
	b := &builder{words: words, lanes: map[lane]int{}, texts: map[string]int{}, known: map[string]int{}, state: map[string]map[string]any{}, open: map[spanKey]int{}}
	b.Name, b.Title, b.Failure, b.End = r.Name, r.Title, r.Failure, r.Virtual.Microseconds()
	b.Script = strings.Split(strings.TrimSuffix(r.Script, "\n"), "\n")
	b.Changes, b.Spans = map[int]change{}, []span{}
	b.Objects = []string{}
	last := int64(0)
	for n, e := range r.Events {
		at := e.At.Microseconds()
		b.At, last = append(b.At, at-last), at
		b.Line = append(b.Line, r.Lines[n])
		b.add(n, e)
	}
	b.sortLanes()
	return b.data
}

// add adds the n-th event.
func (b *builder) add(n int, e trace.Event) {
	of := laneOf(e)
	at := b.lane(of)
	by := -1
	if e.Actor.Role == trace.Controller && of.Group != controllers {
		by = b.lane(lane{controllers, e.Actor.String()})
	}
	b.Lane, b.By = append(b.Lane, at), append(b.By, by)
	b.Text = append(b.Text, index(b.texts, &b.Texts, trace.Say(e, b.words.Narrator)))
	b.Kind, b.Number, b.Mark = append(b.Kind, e.Kind), append(b.Number, e.Number), append(b.Mark, markOf(e))
	switch e.Kind {
	case trace.Start:
		b.begin(n, at, "life", e.Target.String())
	case trace.Kill, trace.Stopped:
		b.end(n, at, "life")
		b.end(n, at, "outage")
	case trace.WatchDown, trace.Isolated:
		b.begin(n, at, "outage", trace.Say(e, b.words.Narrator))
	case trace.WatchUp, trace.Rejoined:
		b.end(n, at, "outage")
	}
	if b.words.State != nil {
		open, there := b.open[spanKey{at, "state"}]
		if state := b.words.State(e); state != "" && !(there && b.Spans[open].Name == state) {
			b.begin(n, at, "state", state)
		}
	}
	if e.Stored != nil {
		b.store(n, e)
	}
}

// laneOf is where an event is drawn.
func laneOf(e trace.Event) lane {
	switch e.Kind {
	case trace.State:
		return lane{systems, e.Actor.String()}
	case trace.Fault, trace.Repaired:
		return lane{systems, e.Target.String()}
	case trace.Start, trace.Kill, trace.Stop, trace.Stopped, trace.WatchDown, trace.WatchUp, trace.Isolated, trace.Rejoined, trace.Resync:
		return lane{controllers, e.Target.String()}
	}
	if e.Subject == "" {
		return lane{people, string(people)}
	}
	return lane{objects, e.Subject}
}

func markOf(e trace.Event) mark {
	switch {
	case e.Kind == trace.Kill || e.Kind == trace.Stop || e.Kind == trace.Fault || e.Kind == trace.WatchDown || e.Kind == trace.Isolated:
		return fault
	case e.Result.Failure != "" || e.Result.Lost:
		return failed
	case e.Number == 0:
		return happened
	case e.Effect && e.Kind != trace.Read && e.Verb != http.MethodGet && e.Verb != http.MethodHead:
		return effect
	}
	return plain
}

func (b *builder) lane(of lane) int {
	if n, known := b.lanes[of]; known {
		return n
	}
	b.lanes[of] = len(b.Lanes)
	b.Lanes = append(b.Lanes, of)
	return len(b.Lanes) - 1
}

// index is a text's place among all, to which it is added.
func index(known map[string]int, all *[]string, text string) int {
	n, there := known[text]
	if !there {
		n = len(*all)
		known[text], *all = n, append(*all, text)
	}
	return n
}

// begin and end are the ends of a span.
func (b *builder) begin(n, at int, kind, name string) {
	b.end(n, at, kind)
	b.open[spanKey{at, kind}] = len(b.Spans)
	b.Spans = append(b.Spans, span{Lane: at, From: n, To: -1, Name: name, Kind: kind})
}

func (b *builder) end(n, at int, kind string) {
	if open, there := b.open[spanKey{at, kind}]; there {
		b.Spans[open].To = n
		delete(b.open, spanKey{at, kind})
	}
}

// store notes what an event has changed of an object.
func (b *builder) store(n int, e trace.Event) {
	whole := e.Object
	whole.Subresource = ""
	name := whole.String()
	var fields [][2]string
	differing("", b.state[name], e.Stored, &fields)
	b.state[name] = e.Stored
	if len(fields) > 0 {
		b.Changes[n] = change{index(b.known, &b.Objects, name), fields}
	}
}

// differing adds the paths in which two values differ, with what the second one has.
func differing(path string, before, after any, to *[][2]string) {
	was, wasMap := keyed(before)
	is, isMap := keyed(after)
	if !isMap || !wasMap && before != nil {
		one, two := inJSON(before), inJSON(after)
		if one != two {
			*to = append(*to, [2]string{path, two})
		}
		return
	}
	keys := maps.Clone(is)
	if keys == nil {
		keys = map[string]any{}
	}
	maps.Copy(keys, was)
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		deeper := k
		if path != "" {
			deeper = path + "." + k
		}
		differing(deeper, was[k], is[k], to)
	}
}

// keyed returns the fields of a map, or the elements of a list that Kubernetes merges by
// their type or name, such as conditions.
func keyed(v any) (fields map[string]any, ok bool) {
	if fields, ok = v.(map[string]any); ok {
		return fields, true
	}
	list, _ := v.([]any)
	fields = map[string]any{}
	for _, element := range list {
		one, _ := element.(map[string]any)
		key, named := one["type"].(string)
		if !named {
			key, named = one["name"].(string)
		}
		if _, twice := fields[key]; !named || twice {
			return nil, false
		}
		fields[key] = one
	}
	return fields, len(list) > 0
}

func inJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error() // of what came from JSON, nothing is left that fails
	}
	return string(text)
}

// sortLanes puts the lanes in the order of their groups, and in each as they came.
func (b *builder) sortLanes() {
	order := make([]int, len(b.Lanes))
	for n := range order {
		order[n] = n
	}
	slices.SortStableFunc(order, func(x, y int) int {
		return slices.Index(groups, b.Lanes[x].Group) - slices.Index(groups, b.Lanes[y].Group)
	})
	place := make([]int, len(order))
	sorted := make([]lane, len(order))
	for n, was := range order {
		place[was], sorted[n] = n, b.Lanes[was]
	}
	b.Lanes = sorted
	for n := range b.Lane {
		b.Lane[n] = place[b.Lane[n]]
		if b.By[n] >= 0 {
			b.By[n] = place[b.By[n]]
		}
	}
	for n := range b.Spans {
		b.Spans[n].Lane = place[b.Spans[n].Lane]
	}
}
