package controlplane

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/client-go/rest"
)

// awaitServed waits until the API server has its default namespace and answers lists of
// the CRDs' kinds.
//
// The first request for a kind creates a watch cache. Until that is filled, about 10 ms
// later, requests are refused with 429 and a Retry-After of 1 s, for which client-go
// sleeps. Waiting here saves a test's first request that second.
func awaitServed(ctx context.Context, config *rest.Config, crds []*apiextensionsv1.CustomResourceDefinition) error {
	api, err := rest.HTTPClientFor(config)
	if err != nil {
		return err
	}
	defer api.CloseIdleConnections()
	server := strings.TrimSuffix(config.Host, "/")
	if err := await(ctx, api, server+"/api/v1/namespaces/default", http.StatusNotFound); err != nil {
		return err
	}
	for _, crd := range crds {
		for _, v := range crd.Spec.Versions {
			if !v.Served {
				continue
			}
			url := fmt.Sprintf("%s/apis/%s/%s/%s?resourceVersion=0&limit=1",
				server, crd.Spec.Group, v.Name, crd.Spec.Names.Plural)
			if err := await(ctx, api, url, http.StatusTooManyRequests); err != nil {
				return fmt.Errorf("CRD %s: %w", crd.Name, err)
			}
		}
	}
	return nil
}

// awaitReady waits until an API server is ready again after its own restart or etcd's.
// Before that, its authorizer may not have read the roles, and may forbid what is
// allowed.
func awaitReady(ctx context.Context, config *rest.Config, crds []*apiextensionsv1.CustomResourceDefinition) error {
	api, err := rest.HTTPClientFor(config)
	if err != nil {
		return err
	}
	if err := await(ctx, api, strings.TrimSuffix(config.Host, "/")+"/readyz", http.StatusInternalServerError); err != nil {
		return err
	}
	return awaitServed(ctx, config, crds)
}

// await polls a URL until the answer is no longer the one that means "too early".
func await(ctx context.Context, api *http.Client, url string, tooEarly int) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	for {
		res, err := api.Do(req)
		if err != nil {
			return err
		}
		_ = res.Body.Close()
		switch res.StatusCode {
		case http.StatusOK:
			return nil
		case tooEarly:
		default:
			return fmt.Errorf("GET %s: %s", url, res.Status)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}
