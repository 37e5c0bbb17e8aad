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

// Options are what a control plane is started with.
type Options struct {
	// Assets are the programs; those of Binaries if there are none.
	Assets Assets
	// CRDs are installed, and ready when Start returns. They aren't changed.
	CRDs []*apiextensionsv1.CustomResourceDefinition
	// Progress is given to Binaries if that is asked. Nil is silence.
	Progress io.Writer
	// Output gets what etcd and kube-apiserver write, from a goroutine each. Nil
	// is silence.
	Output io.Writer
}

// ControlPlane is a kube-apiserver and an etcd that run.
type ControlPlane struct {
	plane  envtest.ControlPlane
	config *rest.Config // of a member of system:masters
	crds   []*apiextensionsv1.CustomResourceDefinition
	folder runFolder
	etcd   string // path that etcd is started by
	server string // path that kube-apiserver is started by
	// What the two wrote.
	etcdOutput, serverOutput *tail.Writer
	thread                   *parentdeath.Thread
	down                     map[string]bool // paths of killed programs

	stop sync.Once
	err  error // of the stop
}

// Start starts etcd and kube-apiserver, which has RBAC on, and installs CRDs.
// It takes some 2.5 s. The caller calls Stop; on Linux, if the process ends
// without it, the two are killed by the kernel, and their folder is removed by
// the next Start on the machine.
//
// It returns the error of Binaries, or the context's if that ended (elsewhere
// than on Linux only once the programs have started), or one that has the end
// of what each program wrote.
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

// told is an error with the end of what each program wrote.
func (c *ControlPlane) told(err error) error {
	return fmt.Errorf("%w\nthe last that etcd wrote:\n%v\nthe last that kube-apiserver wrote:\n%v", err, c.etcdOutput, c.serverOutput)
}

// prepare makes all that a control plane needs on disk.
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
		c.etcd, err = parentdeath.Link(links, filepath.Join(opts.Assets.Dir, etcd.name))
	}
	if err == nil {
		c.server, err = parentdeath.Link(links, filepath.Join(opts.Assets.Dir, kubeAPIServer.name))
	}
	if err != nil {
		return nil, errors.Join(err, folder.remove())
	}

	c.plane.Etcd = &envtest.Etcd{Path: c.etcd, DataDir: data, Out: c.etcdOutput, Err: c.etcdOutput,
		StartTimeout: startTimeout, StopTimeout: stopTimeout}
	// A single member elects itself once the election timeout is over, which
	// is 1 s by default: half a second of the boot on average, up to a whole.
	c.plane.Etcd.Configure().Set("heartbeat-interval", "10").Set("election-timeout", "50") // ms
	c.plane.APIServer = &envtest.APIServer{Path: c.server, CertDir: certs, Out: c.serverOutput, Err: c.serverOutput,
		StartTimeout: startTimeout, StopTimeout: stopTimeout}
	// That nobody needs a kubectl mustn't make envtest look for one.
	c.plane.KubectlPath = filepath.Join(opts.Assets.Dir, kubectl.name)
	return c, nil
}

const (
	startTimeout = time.Minute
	stopTimeout  = 20 * time.Second
	// starts is how often a start is tried: the ports that envtest finds free
	// may be taken before the programs have them.
	starts = 3
)

// start starts the programs and waits for them, or for the end of the context.
func (c *ControlPlane) start(ctx context.Context) error {
	c.thread = parentdeath.NewThread()
	return c.launch(ctx, c.plane.Start)
}

// launch has envtest start programs and waits for them, or for the end of the
// context, after which nothing can be started any more.
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
	// envtest knows no context. It gives up soon when each program ends at once.
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

// kill ends both programs at once, as far as they run; elsewhere than on Linux
// it leaves that to envtest, which knows their ids.
func (c *ControlPlane) kill() {
	parentdeath.Kill(c.server)
	parentdeath.Kill(c.etcd)
}

// install makes the CRDs ready for use.
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
	// envtest asks whether the CRDs are served every 100 ms by default.
	if _, err := envtest.InstallCRDs(c.config, envtest.CRDInstallOptions{CRDs: copies, PollInterval: 10 * time.Millisecond}); err != nil {
		return err
	}
	if err := backdateEstablished(ctx, c.config, c.crds); err != nil {
		return err
	}
	return awaitServed(ctx, c.config, c.crds)
}

// Config returns how to connect as a member of system:masters, without a limit
// on the rate of requests. It's a copy, which may be changed.
func (c *ControlPlane) Config() *rest.Config { return rest.CopyConfig(c.config) }

// AddUser makes a user, who has no rights but those that RBAC gives to the name
// and groups, and returns how to connect as that one, without a limit on the
// rate of requests. It returns an error if no certificate could be made.
func (c *ControlPlane) AddUser(name string, groups ...string) (*rest.Config, error) {
	user, err := c.plane.AddUser(envtest.User{Name: name, Groups: groups}, nil)
	if err != nil {
		return nil, err
	}
	return unlimited(user.Config()), nil
}

// AddUserFile is AddUser for another program: it returns the path of a
// kubeconfig file, which Stop removes.
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

// unlimited copies a configuration, and lets client-go's own limit never sleep.
func unlimited(config *rest.Config) *rest.Config {
	config = rest.CopyConfig(config)
	config.QPS = -1
	return config
}

// Stop ends the programs and removes all they wrote, and returns an error if it
// couldn't. Further calls return what the first one did.
func (c *ControlPlane) Stop() error {
	c.stop.Do(func() {
		// Nobody will read what they would write at a graceful end, for which
		// kube-apiserver would take a second if a client is still connected.
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
// envtest sends a signal to a program that it takes to run; a killed one may
// be gone before envtest notes that it is, which is then a matter of
// microseconds, so that this asks again.
func awaitEnd(stop func() error) error {
	for deadline := time.Now().Add(10 * time.Second); ; {
		err := stop()
		if !errors.Is(err, syscall.ESRCH) || time.Now().After(deadline) {
			return err
		}
		time.Sleep(time.Millisecond)
	}
}
