package controlplane

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// The sources of the programs, in the order in which they are tried.
const (
	FromEnvironment = "KUBEBUILDER_ASSETS"
	FromCache       = "cache"
	FromDownload    = "download"
	FromBuild       = "built"
)

// Assets holds the paths of a control plane's programs.
type Assets struct {
	Dir  string // holds kube-apiserver and etcd
	From string // how they were had: one of the From constants
}

// Binaries finds kube-apiserver and etcd: in the folder that the environment variable
// KUBEBUILDER_ASSETS names, or else in the cache. The cache is the folder that
// EDGESIM_CACHE names, by default edge-device-operator in the user's cache folder. If
// the programs are not there, Binaries downloads those that envtest publishes. If no
// download is possible, which it notices within 10 s, it builds them from the Go module
// proxy. That takes about 10 minutes on 2 cores unless the Go build cache has them.
//
// If several processes call it at the same time, one does the work and the others wait.
// Progress is written to progress, unless that is nil: on a terminal in one line,
// elsewhere as a line every 30 s.
//
// It returns the context's error if that ended; an error at once if KUBEBUILDER_ASSETS
// names a folder that lacks one of the two; and else an error that says why each source
// failed.
func Binaries(ctx context.Context, progress io.Writer) (Assets, error) {
	return upstream().find(ctx, progress)
}

// Kubectl returns the path of a kubectl. It finds or builds one as Binaries does, with
// the same errors, but downloads it only together with the other programs.
func Kubectl(ctx context.Context, progress io.Writer) (string, error) {
	s := upstream()
	s.programs, s.from.index = []program{kubectl}, ""
	found, err := s.find(ctx, progress)
	return filepath.Join(found.Dir, kubectl.name), err
}

// buildTime is the time that a test must have left to let it build the programs.
const buildTime = 20 * time.Minute

// RequireTime returns an error if the programs would have to be built and there may not
// be enough time before a deadline, as returned by testing.T's Deadline. go test kills
// a test after 10 minutes by default, and a cold build may take longer.
func RequireTime(deadline time.Time, ok bool) error {
	_, err := upstream().atHand()
	if wrong := (wrongEnvironment{}); errors.As(err, &wrong) {
		return err
	}
	if err == nil || !ok || time.Until(deadline) >= buildTime {
		return nil
	}
	return fmt.Errorf("the control plane's programs aren't there, and building them may outlast this test, "+
		"which ends in %v: run `make setup` first (or go test with -timeout=30m): %w",
		time.Until(deadline).Round(time.Second), err)
}

// supply says which programs are needed and where to get them.
type supply struct {
	programs []program
	from     published
	module   map[string][]byte
	every    time.Duration // between two lines of progress
}

func upstream() supply {
	return supply{
		programs: []program{etcd, kubeAPIServer},
		from:     published{envtest.DefaultBinaryAssetsIndexURL, 10 * time.Second},
		module:   moduleFiles(),
		every:    30 * time.Second,
	}
}

// wrongEnvironment is the error for a KUBEBUILDER_ASSETS without the programs.
type wrongEnvironment struct{ lack error }

func (e wrongEnvironment) Error() string {
	return fmt.Sprintf("%s is set, but there's %v: complete that folder, or unset %[1]s", envAssets, e.lack)
}

func (e wrongEnvironment) Unwrap() error { return e.lack }

// atHand finds the programs without downloading or building anything.
func (s supply) atHand() (Assets, error) {
	if dir := os.Getenv(envAssets); dir != "" {
		if err := errLacking(dir, s.programs); err != nil {
			return Assets{}, wrongEnvironment{err}
		}
		return Assets{dir, FromEnvironment}, nil
	}
	c, err := openCache()
	if err != nil {
		return Assets{}, err
	}
	folder, err := c.holds(s.programs)
	if err != nil {
		return Assets{}, err
	}
	return Assets{folder, FromCache}, nil
}

// find finds the programs, or downloads or builds them.
func (s supply) find(ctx context.Context, progress io.Writer) (Assets, error) {
	found, missing := s.atHand()
	if missing == nil {
		return found, nil
	}
	if wrong := (wrongEnvironment{}); errors.As(missing, &wrong) {
		return Assets{}, missing
	}
	c, err := openCache()
	if err != nil {
		return Assets{}, err
	}
	if err := os.MkdirAll(string(c), 0o755); err != nil {
		return Assets{}, fmt.Errorf("the cache can't be made (set HOME, XDG_CACHE_HOME or %s): %w", envCache, err)
	}

	r := newReport(progress, s.every)
	defer r.end()
	held, err := lock(ctx, c.lockFile(), func() {
		r.say("waiting for another process that builds or downloads")
		r.underWay(func() string { return "still waiting for another process" })
	})
	if err != nil {
		return Assets{}, err
	}
	defer held.Close()
	r.underWay(nil)
	if found, missing = s.atHand(); missing == nil { // made while this waited
		return found, nil
	}
	if err := c.sweep(); err != nil {
		r.say("leftovers: %v", err)
	}
	return s.obtain(ctx, c, missing, r)
}

// obtain downloads the programs or builds them. The caller holds the cache's lock, and
// passes why they are not at hand.
func (s supply) obtain(ctx context.Context, c cache, missing error, r *report) (Assets, error) {
	noDownload := errors.New("not tried")
	if s.from.index != "" {
		noDownload = s.from.download(ctx, c, c.downloaded(), s.programs, r)
	}
	if noDownload == nil {
		r.say("downloaded into %s in %v", c.downloaded(), r.took())
		return Assets{c.downloaded(), FromDownload}, nil
	}
	if ctx.Err() != nil {
		return Assets{}, ctx.Err()
	}
	if s.from.index != "" {
		r.say("no download: %s", firstLines(noDownload.Error(), 1))
	}

	noBuild := build(ctx, c, c.built(), s.module, lacking(c.built(), s.programs), r)
	r.underWay(nil)
	if noBuild == nil {
		r.say("built into %s in %v", c.built(), r.took())
		return Assets{c.built(), FromBuild}, nil
	}
	if ctx.Err() != nil {
		return Assets{}, ctx.Err()
	}
	var names []string
	for _, p := range s.programs {
		names = append(names, p.name)
	}
	return Assets{}, fmt.Errorf(`%s can't be had:
%s: not set
cache: %w
download: %w
build: %w
Either set %[2]s to a folder that has them; or let Go reach a module proxy (go env GOPROXY) and run `+"`make setup`",
		strings.Join(names, " and "), envAssets, missing, noDownload, noBuild)
}
