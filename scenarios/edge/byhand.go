package edge

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"example.com/edge-device-operator/harness/trace"
)

// byHandHeader marks a person's request for a device's server. The device itself
// doesn't see it.
const byHandHeader = "World-By-Hand"

// AskByHand sends a person's POST to a device: to burn an image, with a key if that isn't
// empty, or to reboot if image is empty. It has no If-Match, so it always takes effect. In
// the key, {uid} is that of the DeviceDeployment with the device's name.
func (w *World) AskByHand(ctx context.Context, name, image, key string) error {
	if w.fleet.find(name) == nil {
		return fmt.Errorf("there is no device %s", name)
	}
	if strings.Contains(key, "{uid}") {
		dd, err := w.get(ctx, name)
		if err != nil {
			return err
		}
		key = strings.ReplaceAll(key, "{uid}", string(dd.UID))
	}
	target := url.URL{Scheme: "http", Host: hostOf(w.Namespace(), name), Path: "/reboot"}
	if image != "" {
		query := url.Values{"image": {image}}
		if key != "" {
			query.Set("key", key)
		}
		target.Path, target.RawQuery = "/burn", query.Encode()
	}
	req, err := http.NewRequest(http.MethodPost, target.String(), nil)
	if err != nil {
		return err
	}
	req.Header.Set(byHandHeader, "yes")
	e := trace.Event{
		Subject: name, Actor: trace.Actor{Role: trace.Person}, Kind: trace.Request, Verb: req.Method,
		Target: trace.Actor{Role: trace.System, Name: name}, Fields: []trace.Field{trace.String(trace.Path, target.Path)},
	}
	if image != "" {
		e.Add(trace.String(imageField, image))
	}
	w.ByHand(name, fmt.Sprintf("POST %s to %s", target.Path, name), CallTimeout, func(ctx context.Context) trace.Event {
		res, err := w.fleet.Transport().RoundTrip(req.WithContext(ctx))
		if err != nil {
			e.Result.Failure = trace.NoAnswer
			return e
		}
		_ = res.Body.Close()
		if e.Result.Status = res.StatusCode; res.StatusCode/100 != 2 {
			e.Result.Failure = trace.Refused
		}
		return e
	})
	return nil
}
