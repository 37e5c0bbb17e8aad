package main

import (
	"context"
	"syscall"
	"testing"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// TestReadyWhileTheAPIServerAnswers kills the API server, and then its etcd. Each time
// the program is not ready, keeps running, and is ready again when the other is back.
func TestReadyWhileTheAPIServerAnswers(t *testing.T) {
	log.SetLogger(logr.Discard()) // of envtest
	plane := startPlane(t)
	install(t, adminOf(t, plane))
	user, err := plane.AddUserFile("operator")
	if err != nil {
		t.Fatal(err)
	}
	probes := freeAddress(t)
	m := start(t, "--kubeconfig="+user, "--namespace=plant", "--health-probe-address="+probes)
	await(t, "it is ready", func() bool { return answers(probes, "/readyz") })
	for _, down := range []struct {
		what    string
		kill    func() error
		restart func(context.Context) error
	}{
		{"the API server", plane.KillAPIServer, plane.RestartAPIServer},
		{"etcd", plane.KillEtcd, plane.RestartEtcd},
	} {
		if err := down.kill(); err != nil {
			t.Fatal(err)
		}
		await(t, "it isn't ready without "+down.what, func() bool { return !answers(probes, "/readyz") })
		if !answers(probes, "/healthz") {
			t.Errorf("without %s it would be restarted", down.what)
		}
		if err := down.restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		await(t, "it is ready again with "+down.what, func() bool { return answers(probes, "/readyz") })
	}
	m.signal(syscall.SIGTERM)
	if log, code := m.wait(); code != 0 {
		t.Errorf("exit code %d after SIGTERM:\n%s", code, log)
	}
}
