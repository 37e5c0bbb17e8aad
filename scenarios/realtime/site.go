// Package realtime rolls images out in real time, without the testbed: with
// kube-apiserver and etcd, with the manager program under the operator's own
// permissions, and with a devicesim program for each device. All are processes on
// loopback that end with this one.
package realtime

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.com/edge-device-operator/harness/controlplane"
	"example.com/edge-device-operator/harness/gateway"
	"example.com/edge-device-operator/harness/osprocess"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/scenarios"
)

// Programs are the paths of the two programs.
type Programs struct{ Manager, Devicesim string }

const (
	namespace = "plant"
	// before is the image that every device runs at first, target the one to roll out.
	before, target = "fw:1", "fw:2"
)

// Site is one control plane, one namespace, one manager and any number of devices.
type Site struct {
	programs Programs
	session  *scenarios.Session
	gateway  *gateway.Gateway
	client   client.WithWatch // an admin's
	http     interface{ CloseIdleConnections() }
	operator string // path of the operator's kubeconfig

	devices []*Device
	manager *osprocess.Process
}

// Open starts a control plane; it downloads or builds one first if necessary, and
// reports that to progress, which may be nil. The caller closes the site. The error
// is that of scenarios.Open, the context's, or the system's.
func Open(ctx context.Context, programs Programs, progress io.Writer) (*Site, error) {
	session, err := scenarios.Open(ctx, progress)
	if err != nil {
		return nil, err
	}
	s := &Site{programs: programs, session: session}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Site) prepare(ctx context.Context) (err error) {
	if s.gateway, err = gateway.Open(); err != nil {
		return err
	}
	if s.operator, err = s.session.OperatorFile(); err != nil {
		return err
	}
	scheme := runtime.NewScheme()
	if err := errors.Join(v1.AddToScheme(scheme), corev1.AddToScheme(scheme)); err != nil {
		return err
	}
	config := s.ControlPlane().Config()
	connections, err := rest.HTTPClientFor(config)
	if err != nil {
		return err
	}
	s.http = connections
	if s.client, err = client.NewWithWatch(config, client.Options{Scheme: scheme, HTTPClient: connections}); err != nil {
		return err
	}
	return s.client.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
}

// ControlPlane is the site's.
func (s *Site) ControlPlane() *controlplane.ControlPlane { return s.session.ControlPlane() }

// AddDevice starts a device with a fault plan (devicesim.ParsePlan), and adds it to
// the gateway.
func (s *Site) AddDevice(ctx context.Context, name, plan string) (*Device, error) {
	d, err := startDevice(ctx, s.programs.Devicesim, name, plan)
	if err != nil {
		return nil, err
	}
	s.devices = append(s.devices, d)
	s.gateway.Lead("/"+namespace+"/"+name, d.log.address)
	return d, nil
}

// StartManager starts a manager with these flags. Only one may run at a time.
func (s *Site) StartManager(flags ...string) (*osprocess.Process, error) {
	m, err := osprocess.Start(osprocess.Options{
		Path: s.programs.Manager,
		Args: append([]string{
			"--kubeconfig=" + s.operator, "--device-url=" + s.gateway.URL() + "/{namespace}/{device}", "--health-probe-address=0",
		}, flags...),
	})
	s.manager = m
	return m, err
}

// Deploy creates a DeviceDeployment of target for a device.
func (s *Site) Deploy(ctx context.Context, device string, maxAttempts, backoffSeconds int32) error {
	return s.client.Create(ctx, &v1.DeviceDeployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: device},
		Spec: v1.DeviceDeploymentSpec{
			Image: target, DeviceRef: device, RetryPolicy: v1.RetryPolicy{MaxAttempts: maxAttempts, BackoffSeconds: &backoffSeconds},
		},
	})
}

// Deployments lists the DeviceDeployments, sorted by name.
func (s *Site) Deployments(ctx context.Context) ([]v1.DeviceDeployment, error) {
	var list v1.DeviceDeploymentList
	err := s.client.List(ctx, &list, client.InNamespace(namespace))
	return list.Items, err
}

// Close ends every process and removes their files.
func (s *Site) Close() error {
	var all sync.WaitGroup
	if s.manager != nil {
		all.Go(func() { s.manager.Stop(grace) })
	}
	for _, d := range s.devices {
		all.Go(d.stop)
	}
	all.Wait()
	var err error
	if s.gateway != nil {
		err = s.gateway.Close()
	}
	if s.http != nil {
		s.http.CloseIdleConnections()
	}
	if err = errors.Join(err, s.session.Close()); err != nil {
		return fmt.Errorf("the end: %w", err)
	}
	return nil
}
