package controlplane

import (
	"context"

	"example.com/edge-device-operator/harness/internal/parentdeath"
)

// KillAPIServer kills kube-apiserver, as kill -9 does, and returns once it has ended.
// Its data is in etcd. It returns an error if the program didn't end. On systems other
// than Linux it asks the program to end.
//
// Kills, restarts and Stop are called one at a time.
func (c *ControlPlane) KillAPIServer() error {
	return c.killOne(c.server, c.plane.APIServer.Stop)
}

// KillEtcd kills etcd in the same way. kube-apiserver keeps running, and fails every
// write.
func (c *ControlPlane) KillEtcd() error {
	return c.killOne(c.etcd, c.plane.Etcd.Stop)
}

func (c *ControlPlane) killOne(path string, stop func() error) error {
	c.down[path] = true
	parentdeath.Kill(path)
	return awaitEnd(stop)
}

// RestartAPIServer starts kube-apiserver again, on the same port and with the same
// certificates, so that clients can reconnect; it kills one that still runs. It needs a
// running etcd, takes about 2 s, and returns once the API server is ready. After an
// error only Stop may be called.
func (c *ControlPlane) RestartAPIServer(ctx context.Context) error {
	return c.restart(ctx, c.server, c.KillAPIServer, c.plane.APIServer.Start)
}

// RestartEtcd starts etcd again, on the same data and port; it kills one that still
// runs. If kube-apiserver runs, it returns once that is ready again. After an error
// only Stop may be called.
func (c *ControlPlane) RestartEtcd(ctx context.Context) error {
	return c.restart(ctx, c.etcd, c.KillEtcd, c.plane.Etcd.Start)
}

func (c *ControlPlane) restart(ctx context.Context, path string, kill, start func() error) error {
	if err := kill(); err != nil {
		return err
	}
	err := c.launch(ctx, start)
	if err == nil {
		delete(c.down, path)
		if len(c.down) == 0 {
			err = awaitReady(ctx, c.config, c.crds)
		}
	}
	if err != nil && ctx.Err() == nil {
		err = c.told(err)
	}
	return err
}
