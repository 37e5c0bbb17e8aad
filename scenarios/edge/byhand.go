package edge

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"example.com/edge-device-operator/harness/trace"
)

// byHandHeader marks a person's request for a device's server. The device itself
// doesn't see it.
const byHandHeader = "World-By-Hand"

// AskByHand sends a person's POST to a device: to burn an image, or to reboot if image
// is empty. It has no If-Match and no key, so it always takes effect.
func (w *World) AskByHand(name, image string) error {
	if w.fleet.find(name) == nil {
		return fmt.Errorf("there is no device %s", name)
	}
	target := url.URL{Scheme: "http", Host: hostOf(w.Namespace(), name), Path: "/reboot"}
	if image != "" {
		target.Path, target.RawQuery = "/burn", url.Values{"image": {image}}.Encode()
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
