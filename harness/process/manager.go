package process

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
)

// interposed is the manager that an operator is set up with: controller-runtime's own,
// but everything that is added to it runs in virtual time.
type interposed struct {
	manager.Manager
	process  *Process
	client   client.Client
	webhooks *webhooks
	tasks    int // runnables that are not controllers
}

// manager creates the manager of this incarnation.
func (p *Process) manager() (*interposed, error) {
	options, err := p.managerOptions()
	if err != nil {
		return nil, err
	}
	hooks := &webhooks{mux: http.NewServeMux()}
	options.WebhookServer = hooks
	mgr, err := manager.New(p.reaching(way{api: true}), options)
	if err != nil {
		return nil, err
	}
	m := &interposed{Manager: mgr, process: p, client: mgr.GetClient(), webhooks: hooks}
	if c := options.Client.Cache; c != nil && c.EnableReadYourWritesConsistency != nil && *c.EnableReadYourWritesConsistency {
		m.client = consistent{m.client, p}
	}
	return m, nil
}

// reaching returns a config with a transport of this process. It is set in the config
// and not in an http.Client, so that the reader past the cache uses it, too.
func (p *Process) reaching(w way) *rest.Config {
	cfg := rest.CopyConfig(p.cfg.REST)
	cfg.Wrap(func(base http.RoundTripper) http.RoundTripper { return p.transport(w, base) })
	return cfg
}

// managerOptions are the options of the operator's main, except for what virtual time
// and several processes in one world have to replace.
func (p *Process) managerOptions() (manager.Options, error) {
	var o manager.Options
	if p.cfg.Options != nil {
		p.cfg.Options(&o)
	}
	o.Scheme, o.Logger = p.cfg.Scheme, p.cfg.Log
	o.MapperProvider = func(*rest.Config, *http.Client) (meta.RESTMapper, error) { return p.cfg.Mapper, nil }
	cached, err := rest.HTTPClientFor(p.reaching(way{api: true, cache: true}))
	if err != nil {
		return o, err
	}
	o.Cache.HTTPClient, o.Cache.NewInformer = cached, p.newInformer
	if p.cfg.Namespace != "" && !p.cfg.ClusterScoped {
		o.Cache.DefaultNamespaces = map[string]cache.Config{p.cfg.Namespace: {}}
	}
	// Only one process on the machine can have a port, and leases are renewed in real
	// time.
	o.LeaderElection = false
	o.Metrics = metricsserver.Options{BindAddress: "0"}
	o.HealthProbeBindAddress, o.PprofBindAddress = "0", "0"
	skip, forever := true, time.Duration(-1)
	o.Controller.SkipNameValidation = &skip // controllers of several processes have the same names
	o.GracefulShutdownTimeout = &forever
	return o, nil
}

// GetClient returns the manager's client, with waits that the world can see.
func (m *interposed) GetClient() client.Client { return m.client }

// Add adds a controller or another runnable.
func (m *interposed) Add(r manager.Runnable) error {
	c, is, err := controllerIn(r)
	switch {
	case err != nil:
		return err
	case is:
		m.process.interpose(c)
		return m.Manager.Add(r)
	case startsFirst(r):
		return m.Manager.Add(r)
	}
	m.tasks++
	name := fmt.Sprintf("%srunnable-%d", taskMark, m.tasks)
	m.process.awaits(name)
	return m.Manager.Add(namedRunnable{r, m.process, name})
}

// startsFirst says whether a manager starts a runnable before others by its type:
// servers, caches of other clusters, and what warms up.
func startsFirst(r manager.Runnable) bool {
	switch r.(type) {
	case *manager.Server, webhook.Server, interface{ GetCache() cache.Cache }, interface{ Warmup(context.Context) error }:
		return true
	}
	return false
}

// namedRunnable is a runnable whose requests are numbered under its name.
type namedRunnable struct {
	manager.Runnable
	process *Process
	name    string
}

// Start starts the runnable.
func (r namedRunnable) Start(ctx context.Context) (err error) {
	task := r.process.task(r.name)
	defer r.process.cfg.Clock.EnterAlone(r.process.dead, task)()
	r.process.up(r.name)
	ownGoroutine(func() { err = r.Runnable.Start(task.In(inTask(ctx, r.name))) })
	return err
}

// NeedLeaderElection is the runnable's own.
func (r namedRunnable) NeedLeaderElection() bool {
	if elected, ok := r.Runnable.(manager.LeaderElectionRunnable); ok {
		return elected.NeedLeaderElection()
	}
	return true
}
