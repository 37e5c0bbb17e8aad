package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	v1 "example.com/edge-device-operator/operator/api/v1"
)

// readyTimeout bounds the request of /readyz to the API server. It is shorter than
// the timeout of the Deployment's probe, so that the probe gets an answer.
const readyTimeout = time.Second

// synced is the check that the manager's cache has synced.
func synced(mgr manager.Manager) healthz.Checker {
	return func(*http.Request) error {
		select {
		case <-mgr.Elected(): // which is after the cache has synced
			return nil
		default:
			return errors.New("the cache has not synced yet")
		}
	}
}

// answering is the check that the API server answers, and lets this user read
// DeviceDeployments. It lists one, past the cache: that involves etcd, and needs no
// permission that the operator doesn't have.
func answering(live client.Reader, namespace string) healthz.Checker {
	return func(r *http.Request) error {
		ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
		defer cancel()
		return live.List(ctx, &v1.DeviceDeploymentList{}, client.InNamespace(namespace), client.Limit(1))
	}
}
