package device

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
	"go.uber.org/goleak"

	"example.com/edge-device-operator/operator/rollout"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// valid is a health answer that nothing is wrong with.
const valid = `{"device":"press-01","running":"fw:1","healthy":true}`

var press01 = Name{Namespace: "plant", Device: "press-01"}

// answer returns a handler that answers every request with a body.
func answer(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("ETag", `"1"`)
		fmt.Fprint(w, body)
	}
}

// serve starts a device and returns a client that every name leads to it.
func serve(t *testing.T, h http.Handler) (*Client, *httptest.Server) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return clientOf(s.Listener.Addr().String()), s
}

// clientOf returns a client whose every connection goes to an address.
func clientOf(address string) *Client {
	t := NewTransport(func(ctx context.Context, network, _ string) (net.Conn, error) {
		// By the machine's clock, the deadline of a mock has long passed.
		return new(net.Dialer).DialContext(context.WithoutCancel(ctx), network, address)
	})
	return &Client{
		Transport: t, Clock: clock.New(), Timeout: 10 * time.Second,
		URL: "http://{device}.{namespace}.example:8080", UserAgent: "test/1",
	}
}

// raw starts a device that speaks plain TCP: f gets each connection once the
// request's header has been read.
func raw(t *testing.T, f func(net.Conn)) *Client {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { l.Close(); <-done })
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
				f(c)
			}
			c.Close()
		}
	}()
	return clientOf(l.Addr().String())
}

func TestAnObservationReadsADeviceTwice(t *testing.T) {
	var requests []string
	c, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header["If-Match"] != nil {
			t.Errorf("a reading if %q", r.Header["If-Match"])
		}
		requests = append(requests, fmt.Sprintf("%s http://%s%s as %s", r.Method, r.Host, r.URL, r.UserAgent()))
		answer(`{"device":"press-01","bootID":"b","running":"fw:1","healthy":false,
			"staged":{"image":"fw:2","key":"u/1/1"},
			"transfer":{"key":"u/1/1","image":"fw:2","state":"done","progress":100}}`)(w, r)
	}))
	seen := c.Observe(t.Context(), press01)
	want := rollout.Observation{
		Running: "fw:1", Staged: "fw:2", StagedKey: "u/1/1", ETag: `"1"`,
		Transfer: rollout.Transfer{Key: "u/1/1", Image: "fw:2", State: rollout.TransferDone, Progress: 100},
	}
	if seen != want {
		t.Errorf("saw %+v, want %+v", seen, want)
	}
	if got, want := strings.Join(requests, "\n"), strings.Repeat("GET http://press-01.plant.example:8080/health as test/1\n", 2); got+"\n" != want {
		t.Errorf("the device got:\n%s", got)
	}
}

func TestAnObservationBelievesTwoAnswersInARowThatAgree(t *testing.T) {
	transfer := func(percent int) string {
		return fmt.Sprintf(`{"device":"press-01","running":"fw:1","healthy":true,"transfer":{"key":"k","image":"fw:2","state":"running","progress":%d}}`, percent)
	}
	running := func(image string) string { return strings.ReplaceAll(valid, "fw:1", image) }
	for _, test := range []struct {
		name      string
		answers   []string // the last one is repeated
		requests  int
		running   string
		deviceErr rollout.DeviceError
	}{
		{"agree at once", []string{running("a")}, 2, "a", rollout.NoError},
		{"the first is wrong", []string{running("x"), running("a")}, 3, "a", rollout.NoError},
		{"the second is wrong", []string{running("a"), running("x"), running("a")}, 4, "a", rollout.NoError},
		{"never agree", []string{running("a"), running("b"), running("c"), running("d")}, 4, "", rollout.Inconsistent},
		{"come and go", []string{running("a"), running("b"), running("a"), running("b")}, 4, "", rollout.Inconsistent},
		{"progress may differ", []string{transfer(1), transfer(2)}, 2, "fw:1", rollout.NoError},
		{"progress may even go back", []string{transfer(2), transfer(1)}, 2, "fw:1", rollout.NoError},
		{"the second is unreadable", []string{running("a"), "?"}, 2, "", rollout.Unreadable},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := 0
			c, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body := test.answers[min(n, len(test.answers)-1)]
				n++
				answer(body)(w, r)
			}))
			seen := c.Observe(t.Context(), press01)
			if strings.HasPrefix(test.name, "progress") && (seen.Transfer.Progress != 1 || seen.ProgressSpread != 1) {
				t.Errorf("progress %d, and %d more by one answer", seen.Transfer.Progress, seen.ProgressSpread)
			}
			if seen.Running != test.running || seen.Error != test.deviceErr || n != test.requests {
				t.Errorf("after %d requests: runs %q, error %q", n, seen.Running, seen.Error)
			}
		})
	}
}

func TestEachDeviceErrorHasItsName(t *testing.T) {
	refused, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused.Close()
	served := func(h http.HandlerFunc) func(*testing.T) *Client {
		return func(t *testing.T) *Client { c, _ := serve(t, h); return c }
	}
	wire := func(text string) func(*testing.T) *Client {
		return func(t *testing.T) *Client {
			return raw(t, func(c net.Conn) { io.WriteString(c, text) }) //nolint:errcheck // the client may have gone
		}
	}
	header := "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nETag: \"1\"\r\n"
	for _, test := range []struct {
		name   string
		device func(*testing.T) *Client
		want   rollout.DeviceError
	}{
		{"nothing listens", func(*testing.T) *Client { return clientOf(refused.Addr().String()) }, rollout.Unreachable},
		{"the connection breaks before an answer", wire(""), rollout.Unreachable},
		{"the name has no address", func(*testing.T) *Client {
			c := clientOf("")
			c.Transport.(*http.Transport).DialContext = (&net.Dialer{Resolver: &net.Resolver{
				PreferGo: true,
				Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
					return new(net.Dialer).DialContext(ctx, "tcp", refused.Addr().String())
				},
			}}).DialContext
			return c
		}, rollout.Unresolvable},
		{"another device answers", served(answer(strings.ReplaceAll(valid, "press-01", "press-02"))), rollout.WrongDevice},
		{"no HTTP at all", wire("SSH-2.0-OpenSSH_9.6\r\n"), rollout.Unreadable},
		{"half a header", wire("HTTP/1.1 200 OK\r\nContent-"), rollout.Unreadable},
		{"a huge header", wire(header + "X: " + strings.Repeat("x", 1<<20) + "\r\n\r\n" + valid), rollout.Unreadable},
		{"a body that breaks", wire(header + "Content-Length: 100\r\n\r\n" + valid), rollout.Unreadable},
		{"no JSON", served(answer("<html>")), rollout.Unreadable},
		{"another schema", served(answer(`{"name":"press-01","version":"fw:1"}`)), rollout.Unreadable},
		{"null", served(answer("null")), rollout.Unreadable},
		{"wrong type", served(answer(strings.ReplaceAll(valid, "true", `"yes"`))), rollout.Unreadable},
		{"trailing garbage", served(answer(valid + "x")), rollout.Unreadable},
		{"two answers in one", served(answer(valid + valid)), rollout.Unreadable},
		{"a name twice", served(answer(strings.ReplaceAll(valid, `"healthy":true`, `"healthy":false,"healthy":true`))), rollout.Unreadable},
		{"other letters", served(answer(strings.ReplaceAll(valid, "healthy", "Healthy"))), rollout.Unreadable},
		{"a long text", served(answer(strings.ReplaceAll(valid, "fw:1", strings.Repeat("x", maxText+1)))), rollout.Unreadable},
		{"a server error", served(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }), "the device answered 503 to GET /health"},
		{"no admittance", served(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }), "the device answered 401 to GET /health"},
		{"another answer that is none", served(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }), "the device answered 204 to GET /health"},
		{"a status that is no number", wire("HTTP/1.1 9999999999 Forged: text\r\n\r\n"), rollout.Unreadable},
		{"the largest status", wire("HTTP/1.1 999 Forged text\r\n\r\n"), "the device answered 999 to GET /health"},
		{"a certificate that nobody vouches for", secured(nil), rollout.Untrusted},
		{"a certificate for another name", secured(func(c *tls.Config, _ *httptest.Server) { c.ServerName = "" }), rollout.Untrusted},
		{"a certificate that has expired", secured(func(c *tls.Config, _ *httptest.Server) {
			c.Time = func() time.Time { return time.Date(2222, time.January, 1, 0, 0, 0, 0, time.UTC) }
		}), rollout.Untrusted},
		{"a device that wants a certificate of ours", secured(func(_ *tls.Config, s *httptest.Server) { s.TLS.ClientAuth = tls.RequireAnyClientCert }), rollout.TLSFailed},
		{"no TLS at all", func(t *testing.T) *Client {
			c, _ := serve(t, answer(valid))
			c.URL = strings.Replace(c.URL, "http:", "https:", 1)
			return c
		}, rollout.TLSFailed},
		{"TLS where none is meant", func(t *testing.T) *Client {
			c := secured(nil)(t)
			c.URL = strings.Replace(c.URL, "https:", "http:", 1)
			return c
		}, "the device answered 400 to GET /health"},
		{"a connection that the system gives up", func(*testing.T) *Client {
			c := clientOf("")
			c.Transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.OpError{Op: "dial", Err: syscall.ETIMEDOUT}
			}
			return c
		}, rollout.TimedOut},
		{"another content type", served(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("ETag", `"1"`)
			fmt.Fprint(w, valid)
		}), rollout.Unreadable},
		{"a weak ETag", served(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("ETag", `W/"1"`)
			fmt.Fprint(w, valid)
		}), rollout.WeakETag},
		{"no ETag", served(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, valid)
		}), rollout.WeakETag},
	} {
		t.Run(test.name, func(t *testing.T) {
			if seen := test.device(t).Observe(t.Context(), press01); seen != (rollout.Observation{Error: test.want}) {
				t.Errorf("saw %+v, want the error %q", seen, test.want)
			}
		})
	}
}

// secured returns a device with the certificate that httptest has for
// example.com, which its client knows if it is configured.
func secured(configure func(*tls.Config, *httptest.Server)) func(*testing.T) *Client {
	return func(t *testing.T) *Client {
		t.Helper()
		s := httptest.NewUnstartedServer(answer(valid))
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
		c := clientOf(s.Listener.Addr().String())
		c.URL = "https://{device}.{namespace}.example:8443"
		config := &tls.Config{ServerName: "example.com"}
		if configure != nil {
			configure(config, s)
		}
		s.StartTLS()
		t.Cleanup(s.Close)
		if configure != nil {
			config.RootCAs = x509.NewCertPool()
			config.RootCAs.AddCert(s.Certificate())
		}
		c.Transport.(*http.Transport).TLSClientConfig = config
		return c
	}
}

// TestATrustedCertificateIsNoError is the positive control of the TLS cases above:
// without the flaw that each has, the device is read.
func TestATrustedCertificateIsNoError(t *testing.T) {
	c := secured(func(*tls.Config, *httptest.Server) {})(t)
	if seen := c.Observe(t.Context(), press01); seen.Running != "fw:1" {
		t.Errorf("saw %+v", seen)
	}
}

// TestAnUnansweredPostSaysWhy has a POST fail before there is an answer.
func TestAnUnansweredPostSaysWhy(t *testing.T) {
	c := secured(nil)(t)
	if deviceErr := c.Reboot(t.Context(), press01, `"1"`); deviceErr != "POST /reboot: the certificate is not trusted" {
		t.Errorf("met %q", deviceErr)
	}
}

func TestFieldsThatAreNewAreLetThrough(t *testing.T) {
	c, _ := serve(t, answer(strings.ReplaceAll(valid, `"healthy"`, `"temperature":{"celsius":40},"healthy"`)))
	if seen := c.Observe(t.Context(), press01); seen.Error != rollout.NoError {
		t.Errorf("error %q", seen.Error)
	}
}

// TestTheInjectedClockEndsACall has a device hang, before the answer and in
// the middle of one, and lets the timeout pass on a clock that stands still.
func TestTheInjectedClockEndsACall(t *testing.T) {
	for name, begin := range map[string]string{
		"before the answer": "",
		"in the header":     "HTTP/1.1 200 OK\r\n",
		"in the body":       "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
	} {
		t.Run(name, func(t *testing.T) {
			mock := clock.NewMock()
			began := mock.Now()
			c := raw(t, func(conn net.Conn) {
				io.WriteString(conn, begin) //nolint:errcheck // the client may have gone
				mock.Add(4 * time.Second)   // not yet
				mock.Add(time.Second)
				io.Copy(io.Discard, conn) //nolint:errcheck // until the client is gone
			})
			c.Clock, c.Timeout = mock, 5*time.Second
			if seen := c.Observe(t.Context(), press01); seen != (rollout.Observation{Error: rollout.TimedOut}) {
				t.Errorf("saw %+v", seen)
			}
			if passed := mock.Since(began); passed != 5*time.Second {
				t.Errorf("it took %v", passed)
			}
		})
	}
}

// TestADialEndsWithItsCall has nobody answer a dial, as of a device that is
// switched off.
func TestADialEndsWithItsCall(t *testing.T) {
	mock := clock.NewMock()
	c := clientOf("")
	c.Clock, c.Timeout = mock, 5*time.Second
	ended := make(chan error, 1)
	c.Transport = NewTransport(func(ctx context.Context, _, _ string) (net.Conn, error) {
		go mock.Add(5 * time.Second)
		<-ctx.Done()
		ended <- ctx.Err()
		return nil, ctx.Err()
	})
	if seen := c.Observe(t.Context(), press01); seen != (rollout.Observation{Error: rollout.TimedOut}) {
		t.Errorf("saw %+v", seen)
	}
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("the dial went on")
	}
}

func TestADialOfTheTransportEndsWithItsCall(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := NewTransport(new(net.Dialer).DialContext).DialContext(context.WithValue(t.Context(), callKey{}, ctx), "tcp", "127.0.0.1:1")
	if !errors.Is(err, context.Canceled) && !strings.Contains(err.Error(), "operation was canceled") {
		t.Errorf("the dial ended with %v", err)
	}
}

// TestARequestIsSentOnce loses the answer, also where a connection has been
// used before: net/http would repeat the request by itself there.
func TestARequestIsSentOnce(t *testing.T) {
	var requests atomic.Int32
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) > 1 {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(http.StatusAccepted)
	})
	lost := func(c *Client) {
		t.Helper()
		requests.Store(0)
		if deviceErr := c.Reboot(t.Context(), press01, `"1"`); deviceErr != rollout.NoError {
			t.Fatalf("the first answer was to come: %s", deviceErr)
		}
		if seen := c.Observe(t.Context(), press01); seen.Error != rollout.Unreachable {
			t.Errorf("saw %+v without an answer", seen)
		}
	}
	c, _ := serve(t, h)
	lost(c)
	if n := requests.Load(); n != 2 {
		t.Errorf("the device got %d requests, not a POST and a GET", n)
	}
	if deviceErr := c.Burn(t.Context(), press01, "fw:2", "k", `"1"`); deviceErr != "POST /burn: the device could not be reached" {
		t.Errorf("a POST whose answer was lost met %q", deviceErr)
	}
	if n := requests.Load(); n != 3 {
		t.Errorf("the device got %d requests, not one more POST", n)
	}

	// The same with connections that are kept: were net/http not to repeat
	// anything, this test would show nothing.
	c.Transport.(*http.Transport).DisableKeepAlives = false
	defer c.Transport.(*http.Transport).CloseIdleConnections()
	lost(c)
	if n := requests.Load(); n < 3 {
		t.Errorf("with kept connections the device got %d requests: nothing was repeated", n)
	}
}

func TestAPostCarriesWhatItIsOf(t *testing.T) {
	var got []string
	c, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, fmt.Sprintf("%s %s image=%s key=%s if %s", r.Method, r.URL.Path, r.URL.Query()["image"], r.URL.Query()["key"], r.Header["If-Match"]))
		if r.URL.Path == "/reboot" {
			w.WriteHeader(http.StatusPreconditionFailed)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	}))
	image := "registry.example:5000/press/fw:2@sha256:0+1&key=x"
	if deviceErr := c.Burn(t.Context(), press01, image, "u/1/2", `"e"`); deviceErr != rollout.NoError {
		t.Errorf("burn: %s", deviceErr)
	}
	if deviceErr := c.Reboot(t.Context(), press01, `"f"`); deviceErr != "the device refused POST /reboot with 412" {
		t.Errorf("reboot: %s", deviceErr)
	}
	want := "POST /burn image=[" + image + "] key=[u/1/2] if [\"e\"]\nPOST /reboot image=[] key=[] if [\"f\"]"
	if s := strings.Join(got, "\n"); s != want {
		t.Errorf("the device got:\n%s\nwant:\n%s", s, want)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere, requests := httptest.NewServer(answer(valid)), 0
	defer elsewhere.Close()
	c, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		http.Redirect(w, r, elsewhere.URL+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	if seen := c.Observe(t.Context(), press01); seen.Error != rollout.UnexpectedStatus(307) || requests != 1 {
		t.Errorf("saw %+v after %d requests", seen, requests)
	}
	if deviceErr := c.Burn(t.Context(), press01, "fw:2", "k", `"1"`); deviceErr != "the device refused POST /burn with 307" || requests != 2 {
		t.Errorf("a redirected burn: %q after %d requests", deviceErr, requests)
	}
}

// TestTheEnvironmentsProxyIsNotUsed asks the transport and not the
// environment, which net/http reads once in a process.
func TestTheEnvironmentsProxyIsNotUsed(t *testing.T) {
	if NewTransport(nil).Proxy != nil {
		t.Error("a proxy may come between")
	}
	if http.DefaultTransport.(*http.Transport).Proxy == nil {
		t.Error("net/http uses no proxy by itself any more: this test shows nothing")
	}
}

// TestATemplateThatMakesNoURL has one; serve would refuse it before.
func TestATemplateThatMakesNoURL(t *testing.T) {
	c, _ := serve(t, answer(valid))
	c.URL = "http://{device}.{namespace}.example:%zz"
	if seen := c.Observe(t.Context(), press01); seen != (rollout.Observation{Error: rollout.Unreachable}) {
		t.Errorf("saw %+v", seen)
	}
}

// TestATransportIsPlain has a device offer HTTP/2, and answers with headers of several
// lengths.
func TestATransportIsPlain(t *testing.T) {
	var length atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 1 || r.Header.Get("Accept-Encoding") != "" {
			t.Errorf("%s, and asks for the encoding %q", r.Proto, r.Header.Get("Accept-Encoding"))
		}
		w.Header().Set("X-Padding", strings.Repeat("x", int(length.Load())))
		answer(valid)(w, r)
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	c := clientOf(s.Listener.Addr().String())
	c.URL = "https://{device}.{namespace}.example:8443"
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	c.Transport.(*http.Transport).TLSClientConfig = &tls.Config{ServerName: "example.com", RootCAs: roots}
	for header, want := range map[int64]rollout.DeviceError{15 << 10: rollout.NoError, 17 << 10: rollout.Unreadable} {
		length.Store(header)
		if seen := c.Observe(t.Context(), press01); seen.Error != want {
			t.Errorf("with a header of %d bytes: %q, want %q", header, seen.Error, want)
		}
	}
}

// TestTheBoundsOfAnAnswer has a header and a body that are as long as may be, and longer by
// one byte.
func TestTheBoundsOfAnAnswer(t *testing.T) {
	header, body := 16<<10, 64<<10
	for _, long := range []struct {
		header, body int
		want         rollout.DeviceError
	}{
		{header, body, rollout.NoError}, {header + 1, body, rollout.Unreadable}, {header, body + 1, rollout.Unreadable},
	} {
		c := raw(t, func(conn net.Conn) {
			begin := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nETag: \"1\"\r\nContent-Length: %d\r\nX-Padding: ", long.body)
			const end = "\r\n\r\n"
			io.WriteString(conn, begin+strings.Repeat("x", long.header-len(begin)-len(end))+end) //nolint:errcheck // the client may have gone
			io.WriteString(conn, valid+strings.Repeat(" ", long.body-len(valid)))                //nolint:errcheck // the client may have gone
			io.Copy(io.Discard, conn)                                                            //nolint:errcheck // until the client is gone
		})
		if seen := c.Observe(t.Context(), press01); seen.Error != long.want {
			t.Errorf("with a header of %d bytes and a body of %d: %q, want %q", long.header, long.body, seen.Error, long.want)
		}
	}
}

// openBodies is a transport that counts the bodies that nobody has closed yet.
type openBodies struct {
	http.RoundTripper
	open int
}

func (c *openBodies) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := c.RoundTripper.RoundTrip(req)
	if err == nil {
		c.open++
		res.Body = countedBody{res.Body, c}
	}
	return res, err
}

type countedBody struct {
	io.ReadCloser
	of *openBodies
}

func (b countedBody) Close() error {
	b.of.open--
	return b.ReadCloser.Close()
}

// TestBodiesAreClosed counts the answers of an observation and of a POST.
func TestBodiesAreClosed(t *testing.T) {
	c, _ := serve(t, answer(valid))
	transport := &openBodies{RoundTripper: c.Transport}
	c.Transport = transport
	c.Observe(t.Context(), press01)
	c.Reboot(t.Context(), press01, `"1"`)
	if transport.open != 0 {
		t.Errorf("%d bodies are open", transport.open)
	}
}

// TestAnEndlessBodyCostsLittle reads from a device that never stops.
func TestAnEndlessBodyCostsLittle(t *testing.T) {
	chunk := []byte(strings.Repeat(" ", 32<<10))
	c, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("ETag", `"1"`)
		for {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	c.Observe(t.Context(), press01) // what is made once
	const observations = 10
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range observations {
		if seen := c.Observe(t.Context(), press01); seen.Error != rollout.Unreadable {
			t.Fatalf("saw %+v", seen)
		}
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / observations; each >= 1<<20 {
		t.Errorf("an observation took %d bytes", each)
	}
}

func TestACallEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := raw(t, func(conn net.Conn) {
		cancel()
		io.Copy(io.Discard, conn) //nolint:errcheck // until the client is gone
	})
	c.Clock = clock.NewMock() // whose timeout never comes
	c.Observe(ctx, press01)
	if ctx.Err() == nil {
		t.Error("the observation ended before the context")
	}
}
