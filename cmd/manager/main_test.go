package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.com/edge-device-operator/devicesim"
	"example.com/edge-device-operator/harness/controlplane"
	v1 "example.com/edge-device-operator/operator/api/v1"
	"example.com/edge-device-operator/operator/config"
)

// program is the path of the program under test.
var program string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "manager-test-")
	if err != nil {
		panic(err)
	}
	program = filepath.Join(folder, "manager")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		panic(string(out))
	}
	code := m.Run()
	os.RemoveAll(folder)
	os.Exit(code)
}

// outcome runs the program to its end.
func outcome(t *testing.T, env []string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append([]string{"HOME=" + t.TempDir()}, env...)
	var out, wrong bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &wrong
	_ = cmd.Run() // the exit code says it
	return out.String(), wrong.String(), cmd.ProcessState.ExitCode()
}

func TestHelpNamesEachFlagAndItsVariable(t *testing.T) {
	out, _, code := outcome(t, nil, "--help")
	for _, flag := range []string{
		"kubeconfig", "namespace", "device-url", "workers", "poll-interval", "poll-jitter", "transfer-timeout", "reboot-timeout",
		"verify-timeout", "stall-timeout", "call-timeout", "health-probe-address", "metrics-address", "verbose",
	} {
		variable := "EDGE_DEVICE_OPERATOR_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
		if !strings.Contains(out, "--"+flag) || !strings.Contains(out, variable) {
			t.Errorf("no --%s with %s in the help", flag, variable)
		}
	}
	for _, value := range []string{"(default 64)", "(default 5s)", "(default 10)", `"http://{device}.devices.{namespace}.svc:8080"`, `metrics, over HTTP and open to all, or "0" for none (env EDGE_DEVICE_OPERATOR_METRICS_ADDRESS) (default "0")`} {
		if !strings.Contains(out, value) {
			t.Errorf("no %s in the help", value)
		}
	}
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	if out, _, code := outcome(t, nil, "--version"); !strings.HasPrefix(out, "manager version ") || code != 0 {
		t.Errorf("--version: %q, exit code %d", out, code)
	}
}

func TestAHelpThatCannotBeWritten(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	cmd := exec.Command(program, "--help")
	var stderr strings.Builder
	cmd.Stdout, cmd.Stderr = full, &stderr
	_ = cmd.Run() // the exit code says it
	if code := cmd.ProcessState.ExitCode(); code != exitFailed || stderr.String() != "manager: write /dev/stdout: no space left on device\n" {
		t.Errorf("exit code %d, stderr %q", code, stderr.String())
	}
}

func TestNonsenseIsRefusedInOneLine(t *testing.T) {
	for _, test := range []struct {
		args string
		env  string
		want string
	}{
		{args: "now", want: `unexpected argument "now"`},
		{args: "--nope", want: "unknown flag: --nope"},
		{args: "--workers=0", want: "--workers 0: expected 1 to 10000"},
		{args: "--workers=many", want: `"many" for "--workers"`},
		{args: "--poll-interval=0s", want: "--poll-interval 0s: expected 10ms to"},
		{args: "--poll-interval=-5s", want: "--poll-interval -5s"},
		{args: "--poll-interval=5", want: `"5" for "--poll-interval"`},
		{args: "--poll-jitter=-1", want: "--poll-jitter -1: expected 0 to 50"},
		{args: "--poll-jitter=51", want: "--poll-jitter 51: expected 0 to 50"},
		{args: "--poll-jitter=10%", want: `"10%" for "--poll-jitter"`},
		{args: "--transfer-timeout=0s", want: "--transfer-timeout"},
		{args: "--reboot-timeout=99999h", want: "--reboot-timeout"},
		{args: "--verify-timeout=0s", want: "--verify-timeout"},
		{args: "--stall-timeout=0s", want: "--stall-timeout"},
		{args: "--stall-timeout=301s", want: "--stall-timeout 5m1s: expected at most 5m0s, half the transfer timeout"},
		{args: "--call-timeout=0s", want: "--call-timeout"},
		{args: "--namespace=a/b", want: `--namespace "a/b"`},
		{args: "--health-probe-address=8081", want: "expected host:port"},
		{args: "--metrics-address=on", want: "expected host:port"},
		{args: "--device-url=", want: "expected {device}"},
		{args: "--device-url=http://host", want: "expected {device}"},
		{args: "--device-url=http://{device}", want: "--namespace to restrict"},
		{args: "--device-url=http://{device}.{device}.{namespace}", want: "once"},
		{args: "--device-url=http://{device}{namespace}", want: "told apart"},
		{args: "--device-url=http://{namespace}-{device}", want: "told apart"},
		{args: "--device-url={device}.{namespace}", want: "http:// or https://"},
		{args: "--device-url=file:///{device}/{namespace}", want: "http:// or https://"},
		{args: "--device-url=http:///{device}/{namespace}", want: "expected a host"},
		{args: "--device-url=http://:80/{device}/{namespace}", want: "expected a host"},
		{args: "--device-url=http://user@{device}.{namespace}", want: "no user"},
		{args: "--device-url=http://host/{device}/{namespace}?x=y", want: "no ?"},
		{args: "--device-url=http://host/{device}/{namespace}?", want: "no ?"},
		{args: "--device-url=http://host/{device}/{namespace}#", want: "no #"},
		{args: "--device-url=http://{device}.{namespace}.{zone}", want: "expected"},
		{args: "--device-url=http://host/{zone}/{device}/{namespace}", want: "no other braces"},
		{args: "--device-url=http://host:port/{device}/{namespace}", want: "expected a URL"},
		{env: "EDGE_DEVICE_OPERATOR_WORKERS=many", want: `EDGE_DEVICE_OPERATOR_WORKERS="many"`},
		{env: "EDGE_DEVICE_OPERATOR_WORKERS=-1", want: "expected 1 to 10000"},
		{env: "EDGE_DEVICE_OPERATOR_DEVICE_URL=http://host", want: "expected {device}"},
		{env: "EDGE_DEVICE_OPERATOR_WORKER=8", want: "EDGE_DEVICE_OPERATOR_WORKER: there is no such variable; did you mean EDGE_DEVICE_OPERATOR_WORKERS?"},
		{env: "EDGE_DEVICE_OPERATOR_CALL_TIMEOTU=8s", want: "did you mean EDGE_DEVICE_OPERATOR_CALL_TIMEOUT?"},
		{env: "EDGE_DEVICE_OPERATOR_RETRIES=8", want: "EDGE_DEVICE_OPERATOR_RETRIES: there is no such variable, only EDGE_DEVICE_OPERATOR_"},
	} {
		t.Run(test.args+test.env, func(t *testing.T) {
			var args, env []string
			if test.args != "" {
				args = append(args, test.args)
			}
			if test.env != "" {
				env = append(env, test.env)
			}
			out, wrong, code := outcome(t, env, args...)
			if code != exitMisuse || out != "" || strings.Count(wrong, "\n") != 1 || !strings.Contains(wrong, test.want) {
				t.Errorf("exit code %d, stdout %q, stderr:\n%s", code, out, wrong)
			}
		})
	}
}

func TestAFlagBeatsItsVariable(t *testing.T) {
	_, wrong, code := outcome(t, []string{"EDGE_DEVICE_OPERATOR_WORKERS=-1"}, "--workers=-2")
	if !strings.Contains(wrong, "--workers -2") || code != exitMisuse {
		t.Errorf("exit code %d, stderr %q", code, wrong)
	}
}

func TestNoAPIServerIsSaidInOneLine(t *testing.T) {
	_, wrong, code := outcome(t, nil)
	if code != exitFailed || strings.Count(wrong, "\n") != 1 || !strings.Contains(wrong, "--kubeconfig") {
		t.Errorf("exit code %d, stderr:\n%s", code, wrong)
	}
	// Kubernetes passes Services to Pods in variables that may have our prefix.
	links := []string{
		"EDGE_DEVICE_OPERATOR_SERVICE_HOST=10.0.0.1", "EDGE_DEVICE_OPERATOR_SERVICE_PORT=80", "EDGE_DEVICE_OPERATOR_SERVICE_PORT_METRICS=80",
		"EDGE_DEVICE_OPERATOR_PORT=tcp://10.0.0.1:80", "EDGE_DEVICE_OPERATOR_PORT_80_TCP=tcp://10.0.0.1:80", "EDGE_DEVICE_OPERATOR_METRICS_PORT_80_TCP_ADDR=10.0.0.1",
	}
	if _, wrong, code = outcome(t, links); code != exitFailed || !strings.Contains(wrong, "--kubeconfig") {
		t.Errorf("beside a Service: exit code %d, stderr:\n%s", code, wrong)
	}
	_, wrong, code = outcome(t, nil, "--kubeconfig=/nowhere")
	if code != exitFailed || strings.Count(wrong, "\n") != 1 || !strings.Contains(wrong, "/nowhere") {
		t.Errorf("exit code %d, stderr:\n%s", code, wrong)
	}
}

// TestTheManager runs the program with a real API server and devices in real time.
func TestTheManager(t *testing.T) {
	plane := startPlane(t)
	admin := adminOf(t, plane)
	operator, err := plane.AddUser("operator")
	if err != nil {
		t.Fatal(err)
	}
	api := newFrontDoor(t, operator)

	// The CustomResourceDefinition is not installed yet.
	_, wrong, code := outcome(t, nil, "--kubeconfig="+api.kubeconfig, "--health-probe-address=0")
	if code != exitFailed || strings.Count(wrong, "\n") != 1 || !strings.Contains(wrong, "kubectl apply -f operator/config/crd/edge.example.com_devicedeployments.yaml") {
		t.Errorf("without a CustomResourceDefinition: exit code %d, stderr:\n%s", code, wrong)
	}
	install(t, admin)

	fleet := httptest.NewServer(http.HandlerFunc(newFleet("press-01", "press-02", "press-03").serve))
	t.Cleanup(fleet.Close)
	probes := freeAddress(t)
	m := start(t, "--kubeconfig="+api.kubeconfig, "--health-probe-address="+probes, "--device-url="+fleet.URL+"/{namespace}/{device}/",
		"--poll-interval=100ms", "--namespace=plant")

	await(t, "it is ready", func() bool { return answers(probes, "/readyz") && answers(probes, "/healthz") })
	for _, name := range []string{"press-01", "press-02", "press-03"} {
		if err := admin.Create(t.Context(), deployment("plant", name)); err != nil {
			t.Fatal(err)
		}
	}
	elsewhere := deployment("elsewhere", "press-01")
	if err := admin.Create(t.Context(), elsewhere); err != nil {
		t.Fatal(err)
	}
	await(t, "three rollouts succeed", func() bool { return succeeded(t, admin) == 3 })
	if err := admin.Get(t.Context(), client.ObjectKeyFromObject(elsewhere), elsewhere); err != nil || elsewhere.Status.ObservedGeneration != 0 {
		t.Errorf("in another namespace than its own it wrote %v, %v", elsewhere.Status, err)
	}

	// It gets a SIGTERM while it writes a status. It still completes that write and its
	// Event.
	seen := api.holdStatus(func() { m.signal(syscall.SIGTERM); time.Sleep(300 * time.Millisecond) })
	patch := client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"image":"fw:3"}}`))
	if err := admin.Patch(t.Context(), deployment("plant", "press-01"), patch); err != nil {
		t.Fatal(err)
	}
	log, code := m.wait()
	if code != 0 {
		t.Errorf("exit code %d after SIGTERM", code)
	}
	if broken := seen(); broken != nil {
		t.Errorf("the write under way was cut off: %v", broken)
	}
	dd := deployment("plant", "press-01")
	if err := admin.Get(t.Context(), client.ObjectKeyFromObject(dd), dd); err != nil || dd.Status.ObservedGeneration != 2 || dd.Status.Phase != v1.Pending {
		t.Errorf("the write under way came to %+v, %v", dd.Status, err)
	}
	checkLog(t, log, 3*5+1)
	if n := events(t, admin); n != 3*5+1 {
		t.Errorf("%d transitions have %d Events", 3*5+1, n)
	}
}

// checkLog checks that a log is JSON without errors, and counts transitions.
func checkLog(t *testing.T, log string, transitions int) {
	t.Helper()
	n := 0
	for line := range strings.Lines(log) {
		var entry struct{ Level, Msg, Name, From, To string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Errorf("%v: %s", err, line)
		}
		if entry.Level != "INFO" {
			t.Errorf("logged: %s", line)
		}
		if entry.Msg == "transition" {
			n++
			if entry.Name == "" || entry.To == "" {
				t.Errorf("a transition of nothing: %s", line)
			}
		}
	}
	if n != transitions {
		t.Errorf("%d transitions were logged, not %d:\n%s", n, transitions, log)
	}
}

// fleet serves devices in real time, at /NAMESPACE/NAME.
type fleet map[string]http.Handler

func newFleet(names ...string) fleet {
	f := fleet{}
	for _, name := range names {
		quick := devicesim.Range{Min: 200 * time.Millisecond, Max: 300 * time.Millisecond}
		f[name] = devicesim.New(devicesim.Config{Name: name, Running: "fw:1", Plan: devicesim.Plan{Transfer: quick, Reboot: quick}}, clock.New())
	}
	return f
}

func (f fleet) serve(w http.ResponseWriter, r *http.Request) {
	parts := strings.SplitN(r.URL.Path, "/", 4)
	if len(parts) < 4 || parts[1] != "plant" || f[parts[2]] == nil {
		http.NotFound(w, r)
		return
	}
	http.StripPrefix("/plant/"+parts[2], f[parts[2]]).ServeHTTP(w, r)
}

// startPlane starts a control plane that ends with the test.
func startPlane(t *testing.T, crds ...*apiextensionsv1.CustomResourceDefinition) *controlplane.ControlPlane {
	t.Helper()
	if err := controlplane.RequireTime(t.Deadline()); err != nil {
		t.Fatal(err)
	}
	plane, err := controlplane.Start(t.Context(), controlplane.Options{Progress: os.Stderr, CRDs: crds})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := plane.Stop(); err != nil {
			t.Error(err)
		}
	})
	return plane
}

func adminOf(t *testing.T, plane *controlplane.ControlPlane) client.Client {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{v1.AddToScheme, corev1.AddToScheme, eventsv1.AddToScheme, rbacv1.AddToScheme, apiextensionsv1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	admin, err := client.New(plane.Config(), client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	return admin
}

// install installs what a user would: the kind, the permissions, the namespaces. The
// permissions are for one namespace only.
func install(t *testing.T, admin client.Client) {
	t.Helper()
	crd, err := config.CRD()
	if err != nil {
		t.Fatal(err)
	}
	role, err := config.ClusterRole()
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []client.Object{
		crd, role,
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "plant"}},
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "elsewhere"}},
		&rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: "plant", Name: "operator"},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: "operator"}},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
		},
	} {
		if err := admin.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	await(t, "the kind is served", func() bool { return admin.List(t.Context(), &v1.DeviceDeploymentList{}) == nil })
}

func deployment(namespace, device string) *v1.DeviceDeployment {
	return &v1.DeviceDeployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: device},
		Spec:       v1.DeviceDeploymentSpec{DeviceRef: device, Image: "fw:2"},
	}
}

func succeeded(t *testing.T, admin client.Client) (n int) {
	var list v1.DeviceDeploymentList
	if err := admin.List(t.Context(), &list); err != nil {
		t.Fatal(err)
	}
	for _, dd := range list.Items {
		if dd.Status.Phase == v1.Succeeded {
			n++
		}
	}
	return n
}

func events(t *testing.T, admin client.Client) int {
	var list eventsv1.EventList
	if err := admin.List(t.Context(), &list, client.InNamespace("plant")); err != nil {
		t.Fatal(err)
	}
	return len(list.Items)
}

// frontDoor is a proxy before the API server that can hold a write.
type frontDoor struct {
	kubeconfig string

	mu   sync.Mutex
	held func()
	done chan error
}

func newFrontDoor(t *testing.T, user *rest.Config) *frontDoor {
	t.Helper()
	transport, err := rest.TransportFor(user)
	if err != nil {
		t.Fatal(err)
	}
	to, err := url.Parse(user.Host)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }, Transport: transport, FlushInterval: -1,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	f := &frontDoor{kubeconfig: filepath.Join(t.TempDir(), "kubeconfig")}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		held := f.held
		if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/status") {
			f.held = nil
		} else {
			held = nil
		}
		f.mu.Unlock()
		if held == nil {
			proxy.ServeHTTP(w, r)
			return
		}
		body, _ := io.ReadAll(r.Body) // lest the server doesn't notice that the client has gone
		held()
		f.done <- r.Context().Err()
		r.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	text := fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"it","contexts":[{"name":"it","context":{"cluster":"it","user":"it"}}],
		"clusters":[{"name":"it","cluster":{"server":"%s"}}],"users":[{"name":"it","user":{}}]}`, server.URL)
	if err := os.WriteFile(f.kubeconfig, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return f
}

// holdStatus holds the next status write while a function runs. The returned function
// waits for that, and says whether the writer gave up meanwhile.
func (f *frontDoor) holdStatus(during func()) func() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held, f.done = during, make(chan error, 1)
	return func() error { return <-f.done }
}

// process is a running program.
type process struct {
	t   *testing.T
	cmd *exec.Cmd
	log chan string
}

func start(t *testing.T, args ...string) *process {
	t.Helper()
	// Not killed with the test's context, since the log must be read first.
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), program, args...)
	cmd.Env = []string{"HOME=" + t.TempDir()}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{t, cmd, make(chan string, 1)}
	go func() {
		var log strings.Builder
		for s := bufio.NewScanner(stderr); s.Scan(); {
			log.WriteString(s.Text() + "\n")
		}
		p.log <- log.String()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // unless it has ended
		if t.Failed() {
			select {
			case log := <-p.log:
				t.Log("it logged:\n" + log)
			case <-time.After(time.Second):
			}
		}
	})
	return p
}

func (p *process) signal(s os.Signal) {
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Error(err)
	}
}

// wait waits for the end, and returns the log and the exit code.
func (p *process) wait() (log string, code int) {
	log = <-p.log
	_ = p.cmd.Wait() // the exit code says it
	p.log <- log     // for the cleanup
	return log, p.cmd.ProcessState.ExitCode()
}

// freeAddress returns an address where nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func answers(address, path string) bool {
	res, err := http.Get("http://" + address + path)
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// await waits for another process.
func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}
