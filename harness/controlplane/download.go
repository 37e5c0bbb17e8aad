package controlplane

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/version"
	"sigs.k8s.io/yaml"
)

// errStalled ends a transfer that makes no progress for too long.
var errStalled = errors.New("nothing came for too long")

// published says where programs can be downloaded.
type published struct {
	index string // URL of the list of releases; empty for nowhere
	// stall bounds the time without progress, at the start too. A download that makes
	// progress may take as long as it likes.
	stall time.Duration
}

// index is the list of what envtest publishes: for each release, its archives by file
// name.
type index struct {
	Releases map[string]map[string]struct {
		Hash     string `json:"hash"` // SHA-512, in hexadecimal
		SelfLink string `json:"selfLink"`
	} `json:"releases"`
}

// download puts the latest published release of kubernetesSeries into folder, which it
// replaces. envtest itself can download only as part of a start, and without a time
// limit. The caller holds the cache's lock.
func (p published) download(ctx context.Context, c cache, folder string, programs []program, r *report) error {
	text, err := p.fetch(ctx, p.index)
	if err != nil {
		return err
	}
	var all index
	if err := yaml.Unmarshal(text, &all); err != nil {
		return fmt.Errorf("%s: %w", p.index, err)
	}
	release, err := all.latest()
	if err != nil {
		return fmt.Errorf("%s: %w", p.index, err)
	}
	name := fmt.Sprintf("envtest-%s-%s-%s.tar.gz", release, runtime.GOOS, runtime.GOARCH)
	archive, ok := all.Releases[release][name]
	if !ok {
		return fmt.Errorf("%s: no %s", p.index, name)
	}

	r.say("downloading %s", archive.SelfLink)
	packed, err := p.fetch(ctx, archive.SelfLink)
	if err != nil {
		return err
	}
	if sum := sha512.Sum512(packed); hex.EncodeToString(sum[:]) != archive.Hash {
		return fmt.Errorf("%s: its SHA-512 is not the one that %s names", archive.SelfLink, p.index)
	}
	work, err := os.MkdirTemp(string(c), unfinished)
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if err := unpack(packed, work, append([]program{kubectl}, programs...)); err != nil {
		return fmt.Errorf("%s: %w", archive.SelfLink, err)
	}
	if err := errLacking(work, programs); err != nil {
		return fmt.Errorf("%s: %w", archive.SelfLink, err)
	}
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	return os.Rename(work, folder)
}

// latest returns the highest release of kubernetesSeries that is not a pre-release.
func (i index) latest() (string, error) {
	var highest *version.Version
	for name := range i.Releases {
		v, err := version.ParseSemantic(name)
		if err != nil || v.PreRelease() != "" || !strings.HasPrefix(name, kubernetesSeries) {
			continue
		}
		if highest == nil || highest.LessThan(v) {
			highest = v
		}
	}
	if highest == nil {
		return "", fmt.Errorf("no release %sx", kubernetesSeries)
	}
	return "v" + highest.String(), nil
}

// fetch downloads a file over HTTP.
func (p published) fetch(ctx context.Context, url string) ([]byte, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stall := time.AfterFunc(p.stall, func() { cancel(errStalled) })
	defer stall.Stop()

	// A transport of its own, so that no idle connection and no goroutine of it stays.
	transport := http.DefaultTransport.(*http.Transport).Clone()
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return nil, errors.Join(err, stalled(ctx))
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, response.Status)
	}
	var body bytes.Buffer
	if _, err := io.Copy(&body, progressing{response.Body, stall, p.stall}); err != nil {
		return nil, fmt.Errorf("%s: %w", url, errors.Join(err, stalled(ctx)))
	}
	return body.Bytes(), nil
}

// stalled returns errStalled if that ended a context, else nil.
func stalled(ctx context.Context) error {
	if context.Cause(ctx) == errStalled {
		return errStalled
	}
	return nil
}

// progressing resets a timer with each read that returned data.
type progressing struct {
	io.Reader
	stall *time.Timer
	limit time.Duration
}

func (p progressing) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	if n > 0 {
		p.stall.Reset(p.limit)
	}
	return n, err
}

// unpack extracts the programs from a compressed archive, in whatever folder they are.
func unpack(packed []byte, folder string, programs []program) error {
	plain, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return err
	}
	archive := tar.NewReader(plain)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, p := range programs {
			if header.Typeflag != tar.TypeReg || filepath.Base(header.Name) != p.name {
				continue
			}
			f, err := os.OpenFile(filepath.Join(folder, p.name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o755)
			if err != nil {
				return err
			}
			_, err = io.Copy(f, archive)
			if err := errors.Join(err, f.Close()); err != nil {
				return err
			}
		}
	}
}
