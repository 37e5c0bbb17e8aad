// Package timeline draws a run as a page: one HTML file without a network, in which a
// lane for each controller, object and external system shows what happened when.
package timeline

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"os"
	"path/filepath"
	"time"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/harness/trace"
)

// Run is what a page shows.
type Run struct {
	// Name is the scenario's, Title its first sentence, and Script its text.
	Name, Title, Script string
	// Events are what happened. Their Stored objects are shown where they were kept.
	Events []trace.Event
	// Lines are the lines of the commands in whose run each of the Events came about.
	Lines []int
	// Virtual is how much virtual time passed.
	Virtual time.Duration
	// Failure says why the run failed, empty if it didn't. The page opens at its end then.
	Failure string
	// FailedLine is the line of the script at which it failed, 0 if it didn't at one.
	FailedLine int
	// NoReturn is the place of the event from which on nothing saves the run, its point of
	// no return; 0 if it has none. The page opens there.
	NoReturn int
	// Beside is another run, with which this one is compared, nil if there is none.
	Beside *Run
}

// NewRun is what a page shows of a file that was run with scenario.Options.FullTrace, and
// perhaps ended with a failure.
func NewRun(f *scenario.File, res scenario.Result, failure error) Run {
	r := Run{Name: f.Name(), Title: f.Title, Script: f.Text(), Events: res.Events, Lines: res.Lines, Virtual: res.Virtual}
	if failure != nil {
		r.Failure = failure.Error()
	}
	if at := (*scenario.StepError)(nil); errors.As(failure, &at) {
		r.FailedLine = at.Line
	}
	return r
}

// Words are what a page is told of one operator. The zero Words are those of any.
type Words struct {
	// Narrator puts events into words.
	Narrator trace.Narrator
	// State returns the state that an event puts an object into, such as a phase, or ""
	// where it leaves the state as it is. It is nil where objects have no such thing.
	State func(trace.Event) string
}

//go:embed page.html
var page string

//go:embed page.css
var style string

//go:embed model.js
var modelScript string

//go:embed lanes.js
var lanesScript string

//go:embed list.js
var listScript string

//go:embed page.js
var pageScript string

var pageTemplate = template.Must(template.New("page").Parse(page))

// Write writes the page of a run.
func Write(out io.Writer, r Run, words Words) error {
	data, err := json.Marshal(newData(r, words))
	if err != nil {
		return fmt.Errorf("%s: %w", r.Name, err)
	}
	var b bytes.Buffer
	err = pageTemplate.Execute(&b, struct {
		Title   string
		Style   template.CSS
		Data    template.JS
		Scripts []template.JS
	}{r.Name + ": " + r.Title, template.CSS(style), template.JS(data), []template.JS{
		template.JS(modelScript), template.JS(lanesScript), template.JS(listScript), template.JS(pageScript),
	}})
	if err != nil {
		return fmt.Errorf("%s: %w", r.Name, err)
	}
	_, err = out.Write(b.Bytes())
	return err
}

// WriteFile writes the page of a run into a file. With no path, that is one in a new
// temporary folder. It returns where the page is.
func WriteFile(path string, r Run, words Words) (written string, err error) {
	if path == "" {
		folder, err := os.MkdirTemp("", "timeline-")
		if err != nil {
			return "", err
		}
		path = filepath.Join(folder, r.Name+".html")
	}
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if err := Write(f, r, words); err != nil {
		return "", err
	}
	return path, f.Close()
}
