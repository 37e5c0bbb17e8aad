package scenarios

import (
	"context"
	"errors"
	"flag"
	"slices"
	"sync"

	"example.com/edge-device-operator/harness/scenario"
)

var width = flag.Int("width", Width(), "how many worlds run side by side: `n`")

// outcome is the result of playing a file.
type outcome struct {
	file   *scenario.File
	result scenario.Result
	err    error
}

// ahead plays files side by side on the one control plane while specs wait for their
// own.
type ahead struct {
	paths []string
	play  func(context.Context, *scenario.File) (scenario.Result, error)

	once    sync.Once
	results []<-chan outcome
}

// of returns the outcome of a file. The first call starts to play all files, unless
// only some specs are selected. A file that is not among them is played now.
func (a *ahead) of(ctx context.Context, path string) outcome {
	n := slices.Index(a.paths, path)
	if n < 0 || singledOut {
		return a.playOne(ctx, path)
	}
	a.once.Do(func() {
		// Not the spec's context, which ends with the first spec.
		results, stop := SideBySide(context.WithoutCancel(ctx), *width, a.paths, a.playOne)
		a.results, atEnd = results, append(atEnd, stop)
	})
	select {
	case o, ok := <-a.results[n]:
		if ok {
			return o
		}
	case <-ctx.Done():
	}
	return outcome{err: errors.New("interrupted")}
}

func (a *ahead) playOne(ctx context.Context, path string) (o outcome) {
	if o.file, o.err = Load(path); o.err == nil {
		o.result, o.err = a.play(ctx, o.file)
	}
	return o
}

// atEnd ends the worlds that an interrupted suite leaves behind.
var atEnd []func()
