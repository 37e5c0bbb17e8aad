package edge

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// byHandHeader tells a device's server that a request is a person's. The device
// itself doesn't see it.
const byHandHeader = "World-By-Hand"

// AskByHand has somebody with curl ask a device to burn an image, or to reboot
// where there is none: without If-Match and without a key, so that it just acts.
func (w *World) AskByHand(name, image string) error {
	if w.fleet.find(name) == nil {
		return fmt.Errorf("there is no device %s", name)
	}
	target := url.URL{Scheme: "http", Host: homeOf(w.Namespace(), name), Path: "/reboot"}
	what := "/reboot"
	if image != "" {
		target.Path, target.RawQuery, what = "/burn", url.Values{"image": {image}}.Encode(), "/burn "+image
	}
	req, err := http.NewRequest(http.MethodPost, target.String(), nil)
	if err != nil {
		return err
	}
	req.Header.Set(byHandHeader, "yes")
	w.ByHand(name, fmt.Sprintf("POST %s to %s", what, name), CallTimeout, func(ctx context.Context) string {
		answer := "no answer"
		if res, err := w.fleet.Transport().RoundTrip(req.WithContext(ctx)); err == nil {
			answer = fmt.Sprint(res.StatusCode)
			_ = res.Body.Close()
		}
		return fmt.Sprintf("somebody asks the device by hand: POST %s → %s", what, answer)
	})
	return nil
}
