package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// program is the real binary.
var program string

func TestMain(m *testing.M) { os.Exit(withProgram(m.Run)) }

func withProgram(run func() int) int {
	folder, err := os.MkdirTemp("", "devicesim-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	program = filepath.Join(folder, "devicesim")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	return run()
}

// process is the program, running.
type process struct {
	t            *testing.T
	cmd          *exec.Cmd
	api, healthz string
	log          *bufio.Scanner
	waited       bool
}

// start runs the program on free ports and waits until it says where.
func start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(program, append([]string{"--listen", "127.0.0.1:0", "--health-listen", "127.0.0.1:0"}, args...)...)}
	p.cmd.Env = append(os.Environ(), env...)
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !p.waited {
			p.cmd.Process.Kill()
			p.cmd.Wait()
		}
	})
	p.log = bufio.NewScanner(stderr)
	first := p.line()
	where := regexp.MustCompile(`API on (\S+), /healthz on (\S+)$`).FindStringSubmatch(first)
	if where == nil {
		t.Fatalf("it said %q", first)
	}
	p.api, p.healthz = "http://"+where[1], "http://"+where[2]
	return p
}

// line is the next line of its log.
func (p *process) line() string {
	p.t.Helper()
	if !p.log.Scan() {
		p.t.Fatalf("its log ended: %v", p.log.Err())
	}
	return p.log.Text()
}

// stop sends SIGTERM and returns the exit code.
func (p *process) stop() int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	for p.log.Scan() {
	}
	p.waited = true
	err := p.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	return p.cmd.ProcessState.ExitCode()
}

func ask(method, url string) (int, string, error) {
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		return 0, "", err
	}
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res.StatusCode, string(body), err
}

func (p *process) mustAsk(status int, method, path string) string {
	p.t.Helper()
	got, body, err := ask(method, p.api+path)
	if err != nil || got != status {
		p.t.Fatalf("%s %s: %d %s, %v", method, path, got, body, err)
	}
	return body
}

// soon asks again until the answer is as it should become, in real time.
func (p *process) soon(what string, is func() bool) {
	p.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatal("never came: " + what)
		}
	}
}

func TestADeviceIsBurnedAndRebootedByHand(t *testing.T) {
	p := start(t, []string{"DEVICE_NAME=press-07", "DEVICE_PLAN={transfer: 20ms, reboot: 2s}"}, "--running", "fw:5")
	if body := p.mustAsk(200, "GET", "/health"); !strings.Contains(body, `"device":"press-07"`) || !strings.Contains(body, `"running":"fw:5"`) {
		t.Error(body)
	}
	p.mustAsk(202, "POST", "/burn?image=fw:6&key=by-hand")
	p.soon("a staged image", func() bool { return strings.Contains(p.mustAsk(200, "GET", "/health"), `"staged"`) })
	p.mustAsk(202, "POST", "/reboot")
	if status, body, err := ask("GET", p.api+"/health"); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("while it is down: %d %s, %v", status, body, err)
	}
	if status, body, err := ask("GET", p.healthz+"/healthz"); status != 200 || body != "ok\n" || err != nil {
		t.Errorf("/healthz, while it is down: %d %s, %v", status, body, err)
	}
	p.soon("the end of the reboot", func() bool { _, _, err := ask("GET", p.api+"/health"); return err == nil })
	if body := p.mustAsk(200, "GET", "/health"); !strings.Contains(body, `"running":"fw:6"`) {
		t.Error(body)
	}
	for _, want := range []string{" burn-started fw:6 key=by-hand", " image-staged fw:6 key=by-hand", " reboot-started fw:6 key=by-hand", " booted fw:6 key=by-hand"} {
		if line := p.line(); !strings.HasSuffix(line, want) {
			t.Errorf("the log says %q, and should say %q", line, want)
		}
	}
	if code := p.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestTransfersFailByFlag(t *testing.T) {
	for _, c := range []struct {
		flag           string
		second, logged string
	}{
		{"--fail-first-transfer-at=40%", `"state":"done"`, "fault=break"},
		{"--fail-every-transfer-at=40%", `"state":"failed","progress":40`, "fault=break"},
	} {
		p := start(t, []string{"DEVICE_PLAN={transfer: 20ms}"}, "--name", "press-01", c.flag)
		for _, want := range []string{`"state":"failed","progress":40`, c.second} {
			p.mustAsk(202, "POST", "/burn?image=fw:2")
			p.soon(c.flag+": "+want, func() bool { return strings.Contains(p.mustAsk(200, "GET", "/health"), want) })
		}
	}
}

func TestAPlanFromAFileAndFromStandardInput(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plan.yaml")
	plan := "faults: [{of: health, nth: 1, do: status, code: 503}]"
	if err := os.WriteFile(file, []byte(plan), 0o600); err != nil {
		t.Fatal(err)
	}
	// The flag wins over the environment.
	p := start(t, []string{"DEVICE_PLAN=nonsense"}, "--name", "press-01", "--plan", file)
	p.mustAsk(503, "GET", "/health")
	p.mustAsk(200, "GET", "/health")

	if _, err := (&options{plan: "-"}).readPlan(strings.NewReader("faults: [{of: burn, do: lose}]")); err == nil || !strings.HasPrefix(err.Error(), `--plan -: faults[0].do: "lose": expected one of `) {
		t.Error(err)
	}
}

func TestItStopsEvenIfARequestHangs(t *testing.T) {
	p := start(t, []string{"DEVICE_PLAN=faults: [{of: burn, nth: 1, do: hang, acts: true}]"}, "--name", "press-01")
	ended := make(chan error, 1)
	go func() {
		_, _, err := ask("POST", p.api+"/burn?image=fw:2")
		ended <- err
	}()
	p.soon("the hanging request", func() bool { return strings.Contains(p.mustAsk(200, "GET", "/health"), `"transfer"`) })
	if code := p.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if err := <-ended; err == nil {
		t.Error("the hanging request was answered")
	}
}

func TestMisuseIsExitCode2AndOneLine(t *testing.T) {
	for _, c := range []struct {
		env, args []string
		want      string
	}{
		{nil, []string{"--bogus"}, "devicesim: unknown flag: --bogus\n"},
		{nil, []string{"extra"}, "devicesim: unknown command \"extra\" for \"devicesim\"\n"},
		{nil, []string{"--name", "Press"}, "devicesim: --name: \"Press\": expected a DNS label: lower-case letters, digits and dashes, at most 63\n"},
		{nil, []string{"--name", "a", "--running", ""}, "devicesim: --running: \"\": expected an image such as fw:2 or registry.example:5000/press/fw:2: [registry/]name[:tag][@digest], its name in lower case, of at most 512 characters\n"},
		{nil, []string{"--name", "a", "--fail-every-transfer-at", "100%"}, "devicesim: --fail-every-transfer-at: \"100%\": expected a progress from 1% to 99%\n"},
		{nil, []string{"--name", "a", "--plan", "/nonexistent"}, "devicesim: --plan: expected a file that can be read: open /nonexistent: no such file or directory\n"},
		{nil, []string{"--name", "a", "--plan", "/dev/zero"}, "devicesim: --plan: expected a file that can be read: it has more than 1048576 bytes\n"},
		{[]string{"DEVICE_PLAN=transfer: 2s\n---\nfaults: []"}, []string{"--name", "a"}, "devicesim: DEVICE_PLAN: expected one YAML document, with no --- in the middle of it\n"},
		{[]string{"DEVICE_PLAN=faults: [{of: boot, do: lose}]"}, []string{"--name", "a"}, "devicesim: DEVICE_PLAN: faults[0].do: \"lose\": expected one of take, never-return, roll-back, lose-staged, forget, warm-up, go-back with of: boot\n"},
		{[]string{"DEVICE_PLAN=[transfer: 5s\nreboot"}, []string{"--name", "a"}, "devicesim: DEVICE_PLAN: expected YAML: yaml: line 2: did not find expected ',' or ']'\n"},
		{[]string{"DEVICE_PLAN=transfer: soon"}, []string{"--name", "a"}, "devicesim: DEVICE_PLAN: transfer: \"soon\": expected a duration such as 30s, or a range such as 20s..40s, in whole microseconds and of at most a year\n"},
		{[]string{"DEVICE_SEDE=3"}, []string{"--name", "a"}, "devicesim: DEVICE_SEDE: there is no such variable; did you mean DEVICE_SEED?\n"},
		{[]string{"DEVICE_TYPE=press", "DEVICE_SERVICE_HOST=10.0.0.1", "DEVICE_SEED=x"}, []string{"--name", "a"}, "devicesim: DEVICE_SEED: \"x\": expected what --seed takes: uint64\n"},
		{[]string{"DEVICE_SEED=x"}, []string{"--name", "a"}, "devicesim: DEVICE_SEED: \"x\": expected what --seed takes: uint64\n"},
	} {
		cmd := exec.Command(program, c.args...)
		cmd.Env = append(os.Environ(), c.env...)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		cmd.Run() //nolint:errcheck // the exit code tells
		if code := cmd.ProcessState.ExitCode(); code != 2 || stdout.Len() > 0 || stderr.String() != c.want+"Try \"devicesim --help\".\n" {
			t.Errorf("%v %v: exit code %d\n%s%s", c.env, c.args, code, stdout.String(), stderr.String())
		}
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
	cmd.Run() //nolint:errcheck // the exit code tells
	if code := cmd.ProcessState.ExitCode(); code != exitFailed || stderr.String() != "devicesim: write /dev/stdout: no space left on device\n" {
		t.Errorf("exit code %d, stderr %q", code, stderr.String())
	}
}

func TestAPortThatIsTakenIsExitCode1AndOneLine(t *testing.T) {
	p := start(t, nil, "--name", "press-01")
	for _, c := range []struct{ listen, healthListen, taken string }{
		{p.api, "127.0.0.1:0", p.api},
		{"127.0.0.1:0", p.healthz, p.healthz},
	} {
		var stdout, stderr bytes.Buffer
		cmd := exec.Command(program, "--name", "a", "--listen", strings.TrimPrefix(c.listen, "http://"), "--health-listen", strings.TrimPrefix(c.healthListen, "http://"))
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		cmd.Run() //nolint:errcheck // the exit code tells
		want := "devicesim: listen tcp " + strings.TrimPrefix(c.taken, "http://") + ": bind: address already in use\n"
		if code := cmd.ProcessState.ExitCode(); code != 1 || stdout.Len() > 0 || stderr.String() != want {
			t.Errorf("exit code %d\n%s%swant %s", code, stdout.String(), stderr.String(), want)
		}
	}
}
