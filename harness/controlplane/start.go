package controlplane

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"example.com/edge-device-operator/harness/internal/parentdeath"
	"example.com/edge-device-operator/harness/internal/portcache"
	"example.com/edge-device-operator/harness/internal/tail"
)

func init() { portcache.Restore() }

// Options are the options of Start.
type Options struct {
	// Assets are the programs. By default they come from Binaries.
	Assets Assets
	// CRDs are installed and ready when Start returns. They are not changed.
	CRDs []*apiextensionsv1.CustomResourceDefinition
	// Progress is passed to Binaries. If it is nil, nothing is reported.
	Progress io.Writer
	// Output receives the output of etcd and kube-apiserver, from one goroutine each.
	// If it is nil, the output is discarded.
	Output io.Writer
}

// ControlPlane is a running kube-apiserver and etcd.
type ControlPlane struct {
	plane  envtest.ControlPlane
	config *rest.Config // of a member of system:masters
	crds   []*apiextensionsv1.CustomResourceDefinition
	folder runFolder
	etcd   string // path that etcd is started by
	server string // path that kube-apiserver is started by
	// The output of the two.
	etcdOutput, serverOutput *tail.Writer
	thread                   *parentdeath.Thread
	down                     map[string]bool // paths of killed programs

	stop sync.Once
	err  error // of the stop
}

// Start starts etcd and kube-apiserver, with RBAC, and installs CRDs. It takes about
// 2.5 s. The caller calls Stop. On Linux, if the process ends without that, the kernel
// kills the two, and the next Start on the machine removes their folder.
//
// It returns the error of Binaries, the context's error if that ended (on systems other
// than Linux only after the programs have started), or an error with the end of each
// program's output.
func Start(ctx context.Context, opts Options) (*ControlPlane, error) {
	if opts.Assets.Dir == "" {
		found, err := Binaries(ctx, opts.Progress)
		if err != nil {
			return nil, err
		}
		opts.Assets = found
	}
	for _, p := range []program{etcd, kubeAPIServer} {
		if err := p.tryOut(ctx, opts.Assets.Dir); err != nil {
			return nil, err
		}
	}
	sweepRunFolders()
	c, err := prepare(opts)
	if err != nil {
		return nil, err
	}
	err = c.start(ctx)
	if err == nil {
		err = c.install(ctx)
	}
	if err != nil {
		err = errors.Join(err, c.Stop())
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, c.told(err)
	}
	return c, nil
}

// told adds the end of each program's output to an error.
func (c *ControlPlane) told(err error) error {
	return fmt.Errorf("%w\nthe last that etcd wrote:\n%v\nthe last that kube-apiserver wrote:\n%v", err, c.etcdOutput, c.serverOutput)
}

// lessGC has the programs collect garbage half as often as they would, on Linux. It was a
// tenth of the CPU time that runs of scenarios take, and is 100 MiB.
const lessGC = "GOGC=200"

// prepare creates the files that a control plane needs.
func prepare(opts Options) (*ControlPlane, error) {
	folder, err := newRunFolder()
	if err != nil {
		return nil, err
	}
	c := &ControlPlane{folder: folder, crds: opts.CRDs, down: map[string]bool{},
		etcdOutput: &tail.Writer{To: opts.Output}, serverOutput: &tail.Writer{To: opts.Output}}
	data, errData := folder.sub("etcd-data")
	certs, errCerts := folder.sub("certificates")
	links, errLinks := folder.sub("programs")
	err = errors.Join(errData, errCerts, errLinks)
	if err == nil {
		c.etcd, err = parentdeath.Link(links, filepath.Join(opts.Assets.Dir, etcd.name), lessGC)
	}
	if err == nil {
		c.server, err = parentdeath.Link(links, filepath.Join(opts.Assets.Dir, kubeAPIServer.name), lessGC)
	}
	if err != nil {
		return nil, errors.Join(err, folder.remove())
	}

	c.plane.Etcd = &envtest.Etcd{Path: c.etcd, DataDir: data, Out: c.etcdOutput, Err: c.etcdOutput,
		StartTimeout: startTimeout, StopTimeout: stopTimeout}
	// A single member elects itself after the election timeout. The default of 1 s
	// would cost half a second of the start on average.
	c.plane.Etcd.Configure().Set("heartbeat-interval", "10").Set("election-timeout", "50") // ms
	c.plane.APIServer = &envtest.APIServer{Path: c.server, CertDir: certs, Out: c.serverOutput, Err: c.serverOutput,
		StartTimeout: startTimeout, StopTimeout: stopTimeout}
	// envtest must not look for a kubectl, since nobody needs one.
	c.plane.KubectlPath = filepath.Join(opts.Assets.Dir, kubectl.name)
	return c, nil
}

const (
	startTimeout = time.Minute
	stopTimeout  = 20 * time.Second
	// starts is how many times a start is tried: another program may take the ports
	// that envtest found free.
	starts = 3
)

// start starts the programs and waits until they are up or the context ends.
func (c *ControlPlane) start(ctx context.Context) error {
	c.thread = parentdeath.NewThread()
	return c.launch(ctx, c.plane.Start)
}

// launch makes envtest start programs and waits until they are up or the context ends.
// After that, nothing more can be started.
func (c *ControlPlane) launch(ctx context.Context, start func() error) error {
	started := make(chan error, 1)
	c.thread.Start(func() {
		err := start()
		for n := 1; err != nil && n < starts && ctx.Err() == nil; n++ {
			err = start()
		}
		started <- err
	})
	select {
	case err := <-started:
		return err
	case <-ctx.Done():
	}
	// envtest takes no context, but gives up soon if each program ends at once.
	_ = parentdeath.Unlink(c.etcd)
	_ = parentdeath.Unlink(c.server)
	for {
		c.kill()
		select {
		case <-started:
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// kill kills both programs if they run. On systems other than Linux it leaves that to
// envtest, which knows their process ids.
func (c *ControlPlane) kill() {
	parentdeath.Kill(c.server)
	parentdeath.Kill(c.etcd)
}

// install installs the CRDs.
func (c *ControlPlane) install(ctx context.Context) error {
	admin, err := c.plane.AddUser(envtest.User{Name: "admin", Groups: []string{"system:masters"}}, nil)
	if err != nil {
		return err
	}
	c.config = unlimited(admin.Config())
	var copies []*apiextensionsv1.CustomResourceDefinition
	for _, crd := range c.crds {
		copies = append(copies, crd.DeepCopy())
	}
	// By default envtest polls every 100 ms whether the CRDs are served, for 10 s: those of a
	// megabyte take longer on a busy machine.
	if _, err := envtest.InstallCRDs(c.config, envtest.CRDInstallOptions{CRDs: copies, PollInterval: 10 * time.Millisecond, MaxTime: startTimeout}); err != nil {
		return err
	}
	if err := backdateEstablished(ctx, c.config, c.crds); err != nil {
		return err
	}
	return awaitServed(ctx, c.config, c.crds)
}

// Config returns a copy of the configuration for a member of system:masters, without a
// rate limit.
func (c *ControlPlane) Config() *rest.Config { return rest.CopyConfig(c.config) }

// AddUser creates a user who has only the permissions that RBAC gives to the name and
// groups, and returns a configuration without a rate limit. It returns an error if no
// certificate could be created.
func (c *ControlPlane) AddUser(name string, groups ...string) (*rest.Config, error) {
	user, err := c.plane.AddUser(envtest.User{Name: name, Groups: groups}, nil)
	if err != nil {
		return nil, err
	}
	return unlimited(user.Config()), nil
}

// AddUserFile is AddUser for another program: it returns the path of a kubeconfig file,
// which Stop removes.
func (c *ControlPlane) AddUserFile(name string, groups ...string) (path string, err error) {
	user, err := c.plane.AddUser(envtest.User{Name: name, Groups: groups}, nil)
	if err != nil {
		return "", err
	}
	text, err := user.KubeConfig()
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp(c.folder.path, "*.kubeconfig")
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	return f.Name(), errors.Join(err, f.Close())
}

// unlimited returns a copy of a configuration without client-go's rate limit.
func unlimited(config *rest.Config) *rest.Config {
	config = rest.CopyConfig(config)
	config.QPS = -1
	return config
}

// Stop ends the programs and removes their files. It returns an error if it couldn't.
// Further calls return the result of the first one.
func (c *ControlPlane) Stop() error {
	c.stop.Do(func() {
		// The programs are killed: nobody needs their data, and kube-apiserver takes a
		// second to stop gracefully if a client is still connected.
		c.kill()
		err := awaitEnd(c.plane.Stop)
		if c.thread != nil {
			c.thread.End()
		}
		c.err = errors.Join(err, c.folder.remove())
	})
	return c.err
}

// awaitEnd waits for the end of programs that were killed.
//
// envtest sends a signal to a program that it believes is running. A killed one may
// have ended some microseconds before envtest notices, so this tries again.
func awaitEnd(stop func() error) error {
	for deadline := time.Now().Add(10 * time.Second); ; {
		err := stop()
		if !errors.Is(err, syscall.ESRCH) || time.Now().After(deadline) {
			return err
		}
		time.Sleep(time.Millisecond)
	}
}
