package timeline

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"example.com/edge-device-operator/harness/trace"
)

// data is what the page's script reads: the events as columns, so that a run of many
// thousand is a small page. Numbers in the columns are indices.
type data struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Failure string   `json:"failure,omitempty"`
	Failed  int      `json:"failedLine,omitempty"`
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
	// Reconcile is which reconcile made a request, as in trace.Event, and Woken what woke the
	// reconcile that begins with a request: the write whose news its watch brought at that
	// instant, or what became of the controller. What came by a timer isn't in it.
	Reconcile []int       `json:"reconcile"`
	Woken     map[int]int `json:"woken"`

	// Beside is the name of the run that this one is compared with. Side says of each event
	// which of the two has it, Twin where the other one's lane is if both have it, or -1.
	Beside string `json:"beside,omitempty"`
	// BesideFailure says why that one failed, empty if it didn't.
	BesideFailure string `json:"besideFailure,omitempty"`
	Side          []side `json:"side,omitempty"`
	Twin          []int  `json:"twin,omitempty"`
	// TwinBy is By for the other one of the two runs.
	TwinBy []int `json:"twinBy,omitempty"`
	// NoReturn is the step from which on nothing saves the run, 0 if there is none.
	NoReturn int `json:"noReturn,omitempty"`

	// Spans are the lives of controllers, and what lasted.
	Spans []span `json:"spans"`
	// Changes are the changes of objects, by the event that has stored them.
	Changes map[int]change `json:"changes"`
}

// side says which of two runs has an event.
type side int

const (
	both side = iota
	left
	right
)

// lane is a row of the page. With two runs it is one of the left or of the right one.
type lane struct {
	Group group  `json:"group"`
	Name  string `json:"name"`
	Side  side   `json:"side,omitempty"`
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
	last  int64                     // when the last event was
	when  []time.Duration           // when each was
	seen  map[int]bool              // lanes in which something happened
	wakes map[int]int               // the last step of a lane that wakes the operator
	began map[[2]int]int            // the last reconcile in a lane by a controller
}

// spanKey names a span that goes on: at most one of a kind does in a lane.
type spanKey struct {
	lane int
	kind string
}

func newData(r Run, words Words) data {
	b := &builder{words: words, lanes: map[lane]int{}, texts: map[string]int{}, known: map[string]int{}, state: map[string]map[string]any{}, open: map[spanKey]int{}, seen: map[int]bool{}, wakes: map[int]int{}, began: map[[2]int]int{}}
	b.Name, b.Title, b.Failure, b.Failed, b.End = r.Name, r.Title, r.Failure, r.FailedLine, r.Virtual.Microseconds()
	b.At, b.Lane, b.By, b.Text, b.Kind = []int64{}, []int{}, []int{}, []int{}, []trace.Kind{}
	b.Number, b.Line, b.Mark, b.Lanes, b.Texts = []int{}, []int{}, []mark{}, []lane{}, []string{}
	b.Script = strings.Split(strings.TrimSuffix(r.Script, "\n"), "\n")
	b.Changes, b.Spans, b.Reconcile, b.Woken = map[int]change{}, []span{}, []int{}, map[int]int{}
	b.Objects = []string{}
	if r.Beside == nil {
		b.NoReturn = r.NoReturn
		for n, e := range r.Events {
			b.add(e, both, r.Lines[n])
		}
	} else {
		b.compare(r)
	}
	b.sortLanes()
	return b.data
}

// compare adds the events of a run and of the one beside it, each that both have once.
func (b *builder) compare(r Run) {
	b.Beside, b.BesideFailure, b.Side, b.Twin, b.TwinBy = r.Beside.Name, r.Beside.Failure, []side{}, []int{}, []int{}
	b.End = max(b.End, r.Beside.Virtual.Microseconds())
	for _, p := range Align(r.Events, r.Beside.Events, b.words.Narrator) {
		of, twin, twinBy := both, -1, -1
		switch {
		case p.Right < 0:
			of = left
		case p.Left < 0:
			of = right
		}
		if of == right {
			b.add(r.Beside.Events[p.Right], right, 0)
		} else {
			if r.NoReturn > 0 && p.Left == r.NoReturn {
				b.NoReturn = len(b.At)
			}
			b.add(r.Events[p.Left], left, r.Lines[p.Left])
		}
		if of == both {
			twin = b.follow(len(b.At)-1, r.Beside.Events[p.Right], right)
			twinBy = b.by(r.Beside.Events[p.Right], twin, right)
		}
		b.Side, b.Twin, b.TwinBy = append(b.Side, of), append(b.Twin, twin), append(b.TwinBy, twinBy)
	}
}

// add adds an event to the lanes of a side.
func (b *builder) add(e trace.Event, of side, line int) {
	n := len(b.At)
	at := e.At.Microseconds()
	b.At, b.last, b.when = append(b.At, at-b.last), at, append(b.when, e.At)
	b.Line = append(b.Line, line)
	lane := b.follow(n, e, of)
	b.Lane, b.By = append(b.Lane, lane), append(b.By, b.by(e, lane, of))
	b.Text = append(b.Text, index(b.texts, &b.Texts, trace.Say(e, b.words.Narrator)))
	b.Kind, b.Number, b.Mark = append(b.Kind, e.Kind), append(b.Number, e.Number), append(b.Mark, markOf(e))
	b.Reconcile = append(b.Reconcile, e.Reconcile)
	b.wake(n, e)
	b.store(n, e, of)
}

// wake notes what woke the reconcile that begins with the n-th step, and whether that step
// wakes one.
func (b *builder) wake(n int, e trace.Event) {
	lane, by := b.Lane[n], b.By[n]
	if of := [2]int{lane, by}; e.Reconcile > 0 && b.began[of] != e.Reconcile {
		b.began[of] = e.Reconcile
		last := -1
		for _, at := range []int{lane, by} {
			if w, wakes := b.wakes[at]; wakes && b.when[w] == e.Began {
				last = max(last, w)
			}
		}
		if last >= 0 {
			b.Woken[n] = last
		}
	}
	switch e.Kind {
	case trace.Start, trace.WatchUp, trace.Rejoined, trace.Resync:
		b.wakes[lane] = n
	case trace.Write:
		if e.Result.Failure == "" && (e.Number == 0 || e.Effect) {
			b.wakes[lane] = n
		}
	}
}

// by is the lane of the controller whose request an event in a lane is, -1 if it is none.
func (b *builder) by(e trace.Event, lane int, of side) int {
	if e.Actor.Role != trace.Controller || b.Lanes[lane].Group == controllers {
		return -1
	}
	return b.lane(controllers, e.Actor.String(), of)
}

// follow has the spans of a side's lanes begin and end with the n-th step, and returns in
// which lane that is.
func (b *builder) follow(n int, e trace.Event, of side) (at int) {
	group, name := laneOf(e)
	at = b.lane(group, name, of)
	switch e.Kind {
	case trace.Start:
		b.begin(n, at, "life", e.Target.String())
	case trace.Kill, trace.Stopped:
		if e.Target.Role == trace.Program && !b.seen[at] {
			b.Spans = append(b.Spans, span{at, 0, n, e.Target.String(), "life"}) // it was there from the beginning
		}
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
	if e.Removes() {
		b.end(n, at, "state")
	}
	b.seen[at] = true
	return at
}

// laneOf is where an event is drawn.
func laneOf(e trace.Event) (of group, name string) {
	switch e.Kind {
	case trace.State:
		return systems, e.Actor.String()
	case trace.Fault, trace.Repaired:
		return systems, e.Target.String()
	case trace.Start, trace.Kill, trace.Stop, trace.Stopped, trace.WatchDown, trace.WatchUp, trace.Isolated, trace.Rejoined, trace.Resync:
		return controllers, e.Target.String()
	}
	if e.Subject == "" {
		return people, string(people)
	}
	return objects, e.Subject
}

func markOf(e trace.Event) mark {
	switch {
	case e.Kind.Breaks():
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

func (b *builder) lane(group group, name string, side side) int {
	of := lane{group, name, side}
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
func (b *builder) store(n int, e trace.Event, of side) {
	if len(e.Stored) == 0 && !e.Removes() {
		return
	}
	name := e.Object.Whole().String()
	if of == right {
		name += " beside"
	}
	var fields [][2]string
	if e.Removes() {
		fields, b.state[name] = [][2]string{{"", "null"}}, nil
	} else {
		differing("", b.state[name], e.Stored, &fields)
		b.state[name] = e.Stored
	}
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
		differing(deeper(path, k), was[k], is[k], to)
	}
}

// deeper is the path of a field: spec.image, metadata.labels["example.com/of"].
func deeper(path, key string) string {
	switch {
	case strings.ContainsAny(key, ".[\""):
		return fmt.Sprintf("%s[%q]", path, key)
	case path == "":
		return key
	}
	return path + "." + key
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
	first := map[lane]int{} // a lane of the right run stands below that of the left one
	for n, l := range b.Lanes {
		l.Side = both
		if _, there := first[l]; !there {
			first[l] = n
		}
	}
	slices.SortStableFunc(order, func(x, y int) int {
		one, other := b.Lanes[x], b.Lanes[y]
		sides := cmp.Compare(one.Side, other.Side)
		one.Side, other.Side = both, both
		return cmp.Or(
			cmp.Compare(slices.Index(groups, one.Group), slices.Index(groups, other.Group)),
			cmp.Compare(first[one], first[other]),
			sides,
		)
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
	for _, lanes := range [][]int{b.Twin, b.TwinBy} {
		for n, lane := range lanes {
			if lane >= 0 {
				lanes[n] = place[lane]
			}
		}
	}
	for n := range b.Spans {
		b.Spans[n].Lane = place[b.Spans[n].Lane]
	}
}
