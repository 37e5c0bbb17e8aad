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

// interposed is the manager that an operator is set up with: controller-runtime's
// own, but that what is added to it lives in virtual time.
type interposed struct {
	manager.Manager
	process  *Process
	client   client.Client
	webhooks *webhooks
	tasks    int // runnables that are no controllers
}

// manager makes the manager of this incarnation.
func (i *Process) manager() (*interposed, error) {
	options, err := i.managerOptions()
	if err != nil {
		return nil, err
	}
	hooks := &webhooks{mux: http.NewServeMux()}
	options.WebhookServer = hooks
	mgr, err := manager.New(i.reaching(way{api: true}), options)
	if err != nil {
		return nil, err
	}
	m := &interposed{Manager: mgr, process: i, client: mgr.GetClient(), webhooks: hooks}
	if c := options.Client.Cache; c != nil && c.EnableReadYourWritesConsistency != nil && *c.EnableReadYourWritesConsistency {
		m.client = consistent{m.client, i}
	}
	return m, nil
}

// reaching returns a config that reaches the API server by a transport of this
// process. By the config, and not by an http.Client, so that the reader past
// the cache takes this way too.
func (i *Process) reaching(w way) *rest.Config {
	cfg := rest.CopyConfig(i.cfg.REST)
	cfg.Wrap(func(base http.RoundTripper) http.RoundTripper { return i.transport(w, base) })
	return cfg
}

// managerOptions are what the operator's main sets, but for what virtual time
// and a world of many lives have to replace.
func (i *Process) managerOptions() (manager.Options, error) {
	var o manager.Options
	if i.cfg.Options != nil {
		i.cfg.Options(&o)
	}
	o.Scheme, o.Logger = i.cfg.Scheme, i.cfg.Log
	o.MapperProvider = func(*rest.Config, *http.Client) (meta.RESTMapper, error) { return i.cfg.Mapper, nil }
	cached, err := rest.HTTPClientFor(i.reaching(way{api: true, cache: true}))
	if err != nil {
		return o, err
	}
	o.Cache.HTTPClient, o.Cache.NewInformer = cached, i.newInformer
	if i.cfg.Namespace != "" {
		o.Cache.DefaultNamespaces = map[string]cache.Config{i.cfg.Namespace: {}}
	}
	// Ports belong to one process of the machine, and leases renew in real time.
	o.LeaderElection = false
	o.Metrics = metricsserver.Options{BindAddress: "0"}
	o.HealthProbeBindAddress, o.PprofBindAddress = "0", "0"
	skip, forever := true, time.Duration(-1)
	o.Controller.SkipNameValidation = &skip // lives have the same names
	o.GracefulShutdownTimeout = &forever
	return o, nil
}

// GetClient returns the manager's client, whose waits the world can see.
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
	return m.Manager.Add(task{r, m.process, name})
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

// task is a runnable whose requests are numbered by its name.
type task struct {
	manager.Runnable
	process *Process
	name    string
}

// Start starts the runnable.
func (t task) Start(ctx context.Context) error {
	task := t.process.task(t.name)
	defer t.process.cfg.Clock.EnterAlone(t.process.dead, task)()
	t.process.up(t.name)
	return t.Runnable.Start(task.In(inTask(ctx, t.name)))
}

// NeedLeaderElection is the runnable's own.
func (t task) NeedLeaderElection() bool {
	if r, ok := t.Runnable.(manager.LeaderElectionRunnable); ok {
		return r.NeedLeaderElection()
	}
	return true
}
