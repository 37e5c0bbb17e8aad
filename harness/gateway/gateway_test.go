package gateway

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// device is one that does as its path says, and counts requests.
func device(t *testing.T, name string, requests *atomic.Int32) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		switch r.URL.Path {
		case "/break":
			panic(http.ErrAbortHandler)
		case "/truncate":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "too short")
			panic(http.ErrAbortHandler)
		case "/hang":
			<-r.Context().Done()
		default:
			w.Header().Set("ETag", `"1"`)
			w.WriteHeader(http.StatusAccepted)
			fmt.Fprintf(w, "%s %s %s %s %s", name, r.Method, r.URL, r.UserAgent(), r.Header.Get("If-Match"))
		}
	}))
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

func ask(ctx context.Context, method, url string) (*http.Response, string, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return nil, "", err
	}
	req.Header.Set("User-Agent", "me")
	req.Header.Set("If-Match", `"0"`)
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res, string(body), err
}

func TestEachPathLeadsToItsDevice(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	g, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	var one, two atomic.Int32
	g.Lead("/plant/press-01", device(t, "one", &one))
	g.Lead("/plant/press-1", device(t, "two", &two))
	for path, want := range map[string]string{
		"/plant/press-01/health":               `one GET /health me "0"`,
		"/plant/press-1/burn?image=a%2Fb&key=": `two GET /burn?image=a%2Fb&key= me "0"`,
	} {
		res, body, err := ask(t.Context(), "GET", g.URL()+path)
		if err != nil || res.StatusCode != http.StatusAccepted || res.Header.Get("ETag") != `"1"` || body != want {
			t.Errorf("%s: %v %q, %v; want %q", path, res, body, err, want)
		}
	}
	if res, _, err := ask(t.Context(), "GET", g.URL()+"/plant/press-02/health"); err != nil || res.StatusCode != http.StatusNotFound {
		t.Errorf("a device that isn't there: %v, %v", res, err)
	}
	if one.Load() != 1 || two.Load() != 1 {
		t.Errorf("%d and %d requests came, one was made to each", one.Load(), two.Load())
	}
	if err := g.Close(); err != nil {
		t.Error(err)
	}
	if _, _, err := ask(t.Context(), "GET", g.URL()+"/plant/press-01/health"); err == nil {
		t.Error("it answers after its end")
	}
	goleak.VerifyNone(t, append([]goleak.Option{ignore}, ofTestServers()...)...)
}

func TestWhatADeviceDoesToAConnectionIsDoneToTheClients(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	g, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	var n atomic.Int32
	g.Lead("/plant/press-01", device(t, "one", &n))
	g.Lead("/plant/press-02", "127.0.0.1:1") // nobody's
	for _, path := range []string{"/plant/press-01/break", "/plant/press-01/truncate", "/plant/press-02/health"} {
		before := n.Load()
		if res, body, err := ask(t.Context(), "GET", g.URL()+path); err == nil {
			t.Errorf("%s: %v %q", path, res, body)
		}
		if strings.Contains(path, "press-01") && n.Load() != before+1 {
			t.Errorf("%s: the device got %d requests", path, n.Load()-before)
		}
	}
	impatient, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, _, err := ask(impatient, "GET", g.URL()+"/plant/press-01/hang"); err == nil {
		t.Error("a hanging device answered")
	}
	// And one that hangs as the gateway ends.
	ended := make(chan error)
	before := n.Load()
	go func() {
		_, _, err := ask(t.Context(), "GET", g.URL()+"/plant/press-01/hang")
		ended <- err
	}()
	for deadline := time.Now().Add(10 * time.Second); n.Load() == before && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if err := g.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err == nil {
		t.Error("a request outlives the gateway")
	}
	goleak.VerifyNone(t, append([]goleak.Option{ignore}, ofTestServers()...)...)
}

// ofTestServers are the goroutines of the devices, which end after the test.
func ofTestServers() []goleak.Option {
	return []goleak.Option{goleak.IgnoreAnyFunction("net/http/httptest.(*Server).goServe.func1")}
}
