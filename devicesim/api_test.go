package devicesim

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/legacy"
)

// TestTheAPIIsTheOneOfItsDescription sends requests of every kind, in every
// state of the device, and checks what is answered against openapi.yaml.
func TestTheAPIIsTheOneOfItsDescription(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	type call struct {
		method, path string
		status       int
	}
	answered := map[call]bool{}
	r := serve(t, "{transfer: 30s, reboot: 15s, faults: [{of: transfer, nth: 2, do: break, at: 50%}]}")
	check := func(status int, method, path string, header ...string) {
		t.Helper()
		h := r.mustAsk(method, path, header...)
		if h.status != status {
			t.Errorf("%s %s: %d %s, want %d", method, path, h.status, h.body, status)
		}
		req, err := http.NewRequest(method, path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		route, params, err := router.FindRoute(req)
		if err != nil {
			t.Fatalf("%s %s isn't described: %v", method, path, err)
		}
		in := &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route}
		if err := openapi3filter.ValidateRequest(t.Context(), in); (err == nil) != (status != http.StatusBadRequest) {
			t.Errorf("%s %s got %d, but by the description the request is: %v", method, path, status, err)
		}
		out := &openapi3filter.ResponseValidationInput{
			RequestValidationInput: in, Status: h.status, Header: h.header,
			Options: &openapi3filter.Options{IncludeResponseStatus: true},
		}
		if method == http.MethodHead {
			out.Options.ExcludeResponseBody = true
		}
		out.SetBodyBytes([]byte(h.body))
		if err := openapi3filter.ValidateResponse(t.Context(), out); err != nil {
			t.Errorf("%s %s: %v", method, path, err)
		}
		answered[call{method, route.Path, status}] = true
	}
	at := r.start
	pass := func() { at = at.Add(31e9); r.clock.Set(at) }
	check(200, "GET", "/health")
	check(200, "HEAD", "/health")
	check(202, "POST", "/burn?image=fw:2&key=uid%2F1%2F1", "If-Match", r.tag())
	check(200, "GET", "/health")
	pass()
	check(200, "GET", "/health")
	check(412, "POST", "/burn?image=fw:2", "If-Match", `"another"`)
	check(412, "POST", "/reboot", "If-Match", `"another"`)
	check(202, "POST", "/reboot", "If-Match", r.tag())
	pass()
	check(200, "GET", "/health")
	check(202, "POST", "/burn?image=fw:2")
	pass()
	check(200, "GET", "/health")
	check(400, "POST", "/burn")
	check(400, "POST", "/burn?image=")
	check(400, "POST", "/burn?image=fw%0A2")
	check(400, "POST", "/burn?image=fw:2&key="+strings.Repeat("k", 513))
	check(202, "POST", "/reboot")

	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			for status := range operation.Responses.Map() {
				code, err := strconv.Atoi(status)
				// 415 takes a request with a body; TestRefusalsAreProblems sends one.
				if err != nil || !answered[call{method, path, code}] && code != http.StatusUnsupportedMediaType {
					t.Errorf("%s %s is described to answer %s, which nothing here got", method, path, status)
				}
			}
		}
	}
}

func TestRefusalsAreProblems(t *testing.T) {
	r := serve(t, "")
	for _, c := range []struct {
		method, path, body string
		status             int
		allow              string
	}{
		{"GET", "/", "", 404, ""},
		{"GET", "/health/", "", 404, ""},
		{"POST", "/truth", "", 404, ""},
		{"POST", "/health", "", 405, "GET, HEAD"},
		{"DELETE", "/health", "", 405, "GET, HEAD"},
		{"GET", "/burn?image=fw:2", "", 405, "POST"},
		{"HEAD", "/reboot", "", 405, "POST"},
		{"POST", "/burn?image=fw:2", `{"image": "fw:2"}`, 415, ""},
		{"POST", "/reboot", "now", 415, ""},
		{"POST", "/burn?image", "", 400, ""},
		{"POST", "/burn?image=%zz", "", 400, ""},
		{"POST", "/burn?image=fw:2&image=fw:3", "", 400, ""},
		{"POST", "/burn?image=fw:2&image=fw:2", "", 400, ""},
		{"POST", "/burn?image=fw:2&key=a&key=b", "", 400, ""},
	} {
		req, err := http.NewRequest(c.method, r.url+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var p Problem
		if c.method != "HEAD" {
			if err := json.NewDecoder(res.Body).Decode(&p); err != nil || p.Status != c.status || p.Title == "" || p.Detail == "" {
				t.Errorf("%s %s: %+v: %v", c.method, c.path, p, err)
			}
		}
		if res.StatusCode != c.status || res.Header.Get("Content-Type") != "application/problem+json" || res.Header.Get("Allow") != c.allow {
			t.Errorf("%s %s: %d %v", c.method, c.path, res.StatusCode, res.Header)
		}
	}
	r.mustHaveDone()
	if n := r.Truth().Requests["health"]; n != 0 {
		t.Errorf("%d of them count as readings", n)
	}
}

func TestIfMatch(t *testing.T) {
	r := serve(t, "")
	old := r.tag()
	for _, c := range []struct {
		match    string
		accepted bool
	}{{old, true}, {old, false}, {"*", true}, {`"a", "b"`, false}, {"TAG", true}, {`"a", TAG`, true}, {"W/TAG", false}, {`""`, false}} {
		h := r.mustAsk(http.MethodPost, burn, "If-Match", strings.ReplaceAll(c.match, "TAG", r.tag()))
		if (h.status == 202) != c.accepted || !c.accepted && h.status != 412 {
			t.Errorf("If-Match %s: %d %s", c.match, h.status, h.body)
		}
	}
	r.mustHaveBurned(4)
}
