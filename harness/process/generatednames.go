package process

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// GeneratedNames are the names that an API server has made up for what was created with
// a generateName. They are others in each run; so they are shown as PREFIX<WORK#NUMBER>,
// after the request that has created the object, such as job-<web#2>. No object can be
// called so. Without GeneratedNames, all is shown as it is.
type GeneratedNames struct {
	mu    sync.Mutex // guards what follows
	all   map[string]string
	shown *strings.Replacer // nil while there are none
}

// NewGeneratedNames returns GeneratedNames of which there are none yet.
func NewGeneratedNames() *GeneratedNames { return &GeneratedNames{all: map[string]string{}} }

// Show returns a text with each of the names in it as it is shown.
func (g *GeneratedNames) Show(text string) string {
	if g == nil {
		return text
	}
	g.mu.Lock()
	shown := g.shown
	g.mu.Unlock()
	if shown == nil {
		return text
	}
	return shown.Replace(text)
}

// Note says that a name was made up that begins with a prefix, and by which request,
// such as web#2.
func (g *GeneratedNames) Note(name, prefix, by string) {
	if g == nil {
		return
	}
	as := fmt.Sprintf("%s<%s>", g.Show(prefix), by)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.all[name] = as
	// A name in which there is another one comes before that.
	var pairs []string
	names := slices.SortedFunc(maps.Keys(g.all), func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	for _, known := range names {
		pairs = append(pairs, known, g.all[known])
	}
	g.shown = strings.NewReplacer(pairs...)
}

// noteGenerated notes the name that an object was given which a call has created.
func (p *Process) noteGenerated(c *call, m metadata) {
	if prefix, generated := strings.CutSuffix(c.Target.Name, generatedMark); generated && c.Target.Verb == "create" && c.Status/100 == 2 && m.Name != "" {
		p.cfg.GeneratedNames.Note(m.Name, prefix, c.Name())
	}
}
