package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/go-logr/logr"
	authorizationv1 "k8s.io/api/authorization/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	controllerruntime "sigs.k8s.io/controller-runtime/pkg/controller"

	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/controller"
	"example.com/edge-device-operator/operator/device"
)

// gracefulShutdown is how long a stopping manager waits for writes under way.
// Kubernetes kills a Pod after 30 s.
const gracefulShutdown = 20 * time.Second

// serve runs the operator until the context ends.
func serve(ctx context.Context, s settings, stderr io.Writer) error {
	level := slog.LevelInfo
	if s.verbose {
		level = -1 // logr's V(1)
	}
	log := logr.FromSlogHandler(slog.NewJSONHandler(stderr, &slog.HandlerOptions{Level: level}))
	ctrl.SetLogger(log)
	klog.SetLogger(log)

	cfg, err := reach(s.kubeconfig)
	if err != nil {
		return err
	}
	if err := free(s.probes); err != nil {
		return fmt.Errorf("--health-probe-address %s: %w", s.probes, err)
	}
	if err := free(s.metrics); err != nil {
		return fmt.Errorf("--metrics-address %s: %w", s.metrics, err)
	}
	instance, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("the name of this instance: %w", err)
	}
	mgr, err := newManager(cfg, s, log)
	if err != nil {
		return fmt.Errorf("the API server at %s: %w", cfg.Host, err)
	}
	if err := installed(mgr.GetRESTMapper()); err != nil {
		return fmt.Errorf("the API server at %s: %w", cfg.Host, err)
	}
	if err := allowed(ctx, cfg, mgr, s.namespace); err != nil {
		return fmt.Errorf("the API server at %s: %w", cfg.Host, err)
	}

	clk := clock.New()
	err = controller.Setup(mgr, &controller.Reconciler{
		Client:   mgr.GetClient(),
		Live:     mgr.GetAPIReader(),
		Clock:    clk,
		Instance: instance,
		Timing:   s.timing,
		Devices: &device.Client{
			Transport: device.NewTransport(new(net.Dialer).DialContext),
			Clock:     clk,
			Timeout:   s.callTimeout,
			URL:       s.deviceURL,
			UserAgent: fmt.Sprintf("edge-device-operator/%s (%s)", version(), instance),
		},
	}, controllerruntime.Options{MaxConcurrentReconciles: s.workers})
	if err != nil {
		return err
	}
	log.Info("the operator starts", "version", version(), "instance", instance, "namespace", s.namespace, "deviceURL", s.deviceURL, "workers", s.workers)
	return mgr.Start(ctx)
}

// reach returns the configuration for the API server.
func reach(kubeconfig string) (*rest.Config, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = kubeconfig
	cfg, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, nil).ClientConfig()
	if named := cmp.Or(kubeconfig, os.Getenv(clientcmd.RecommendedConfigPathEnvVar)); clientcmd.IsEmptyConfig(err) && named != "" {
		return nil, fmt.Errorf("there is no API server to be reached: %s names none", named)
	}
	if clientcmd.IsEmptyConfig(err) {
		return nil, errors.New("there is no API server to be reached: this is no Pod, and neither --kubeconfig, KUBECONFIG nor ~/.kube/config names one")
	}
	if err != nil {
		return nil, fmt.Errorf("how to reach the API server: %w", err)
	}
	cfg.UserAgent = "edge-device-operator/" + version()
	// The API server ensures fairness itself. With client-go's rate limit, workers
	// would wait for each other.
	cfg.QPS = -1
	return cfg, nil
}

func newManager(cfg *rest.Config, s settings, log logr.Logger) (ctrl.Manager, error) {
	scheme := runtime.NewScheme()
	if err := errors.Join(v1.AddToScheme(scheme), eventsv1.AddToScheme(scheme), authorizationv1.AddToScheme(scheme)); err != nil {
		return nil, err
	}
	consistent, patience := true, gracefulShutdown
	o := ctrl.Options{
		Scheme:                  scheme,
		Logger:                  log,
		Client:                  client.Options{Cache: &client.CacheOptions{EnableReadYourWritesConsistency: &consistent}},
		HealthProbeBindAddress:  s.probes,
		Metrics:                 metricsserver.Options{BindAddress: s.metrics},
		GracefulShutdownTimeout: &patience,
	}
	if s.namespace != "" {
		o.Cache.DefaultNamespaces = map[string]cache.Config{s.namespace: {}}
	}
	mgr, err := ctrl.NewManager(cfg, o)
	if err != nil {
		return nil, err
	}
	return mgr, errors.Join(
		mgr.AddHealthzCheck("ping", healthz.Ping),
		mgr.AddReadyzCheck("cache", synced(mgr)),
		mgr.AddReadyzCheck("api-server", answering(mgr.GetAPIReader(), s.namespace)),
	)
}
