package docs_test

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.com/edge-device-operator/harness/controlplane"
)

// commands are the commands of the pages, in the order in which they run, and
// how each is run.
var commands = []struct {
	line string
	run  func(t *testing.T, c clone, line string)
}{
	{"make", says("make replay", "make demo-local", "make test", "make mutants")},
	{"make edgesim", says()},
	{".bin/edgesim list", says("The controller is killed while press-01 is mid-transfer.", "twenty-at-once ")},
	{".bin/edgesim replay --help", says("Examples:", "kill apiserver|etcd|controller")},
	{"make replay", tellsItsFile},
	{".bin/edgesim replay --seed 42 twenty-at-once", says("twenty-at-once held: ", "press-20")},

	// README.md's scenario, and that of docs/scenarios.md.
	{".bin/edgesim replay --rewrite my-scenario.txt", rewritesTheReadmesScenario},
	{".bin/edgesim replay my-scenario.txt", says("my-scenario held: ", "press-01          device: ")},
	{".bin/edgesim replay --rewrite scenarios/my-scenario.txt", rewritesTheHowTosScenario},
	{".bin/edgesim replay one-lie", holdsWithTheHowTosScenario},
	{".bin/edgesim explore --runs 40 fails-then-recovers", says("1 scenario: 0 violations", "explored ")},
	{".bin/edgesim explore --depth 2 --runs 60 fails-then-recovers", says("pairs of faults; ", "1 scenario: 0 violations")},
	{".bin/edgesim explore --worlds 20 --seed 7", says("20 random worlds", ": 0 violations")},
	{".bin/edgesim explore --print-world 3 --seed 7", says("# Random world 3 of seed 7.", "rest within=")},
	{"edgesim report FILE...", helps("report")},
	{".bin/edgesim replay --html run.html controller-killed-mid-transfer", says("controller-killed-mid-transfer held: ")},
	{".bin/edgesim replay --step controller-killed-mid-transfer", says("30 steps, 47s. Type next, to 12s")},
	{".bin/edgesim diff fails-then-recovers fails-permanently", differs("  … 6 steps are the same")},
	{".bin/edgesim diff --seeds 1,2 --html apart.html luck luck", differs("--- luck, seed 1\n+++ luck, seed 2\n")},
	{".bin/edgesim replay NAME", like(".bin/edgesim replay one-lie")},
	{"go test ./scenarios -rewrite -ginkgo.focus=index", listsTheHowTosScenario},
	{"go test ./scenarios -rewrite", like("go test ./scenarios -rewrite -ginkgo.focus=index")},

	{"go run ./cmd/devicesim --name press-01", starts},
	{"curl -i localhost:8080/health", bySession},
	{"curl -i -X POST 'localhost:8080/burn?image=fw:2&key=by-hand'", bySession},
	{`curl -i -X POST localhost:8080/reboot -H 'If-Match: "press-01.6610ce13e66c5.1.0"'`, bySession},
	{"sleep 30; curl localhost:8080/health", bySession},
	{"curl -i -X POST localhost:8080/reboot", bySession},
	{"curl localhost:8080/health", bySession},
	{"sleep 15; curl localhost:8080/health", bySession},
	{"devicesim --help", helps("--plan file", "DEVICE_PLAN", "--fail-first-transfer-at")},
	{"manager --workers", helps("--workers")},
	{"manager --poll-jitter", helps("--poll-jitter")},
	{"manager --metrics-address", helps("--metrics-address")},
	{"go test -v -run=Needed ./operator/rollout/model", says("PASS: TestEveryPartOfTheProtocolIsNeeded", "POST /burn")},

	{"(cd edge-device-operator && make setup)", byYourOperator},
	{"mkdir my-operator && cd my-operator", byYourOperator},
	{"go mod init example.com/my-operator", byYourOperator},
	{"go mod edit -replace example.com/edge-device-operator=../edge-device-operator", byYourOperator},
	{"cp ../edge-device-operator/harness/internal/second/operator.go .", byYourOperator},
	{"mkdir testdata", byYourOperator},
	{"go mod tidy", byYourOperator},
	{"go test -run TestScenarios -rewrite", byYourOperator},
	{"go test -rewrite", byYourOperator},
	{"go test -run TestExplore", byYourOperator},
	{"go test", byYourOperator},

	{"make lint", inCI},
	{"make test", inCI},
	{"make demo-local", inCI},
	{"make mutants-by-hand", within("make test", "mutants-by-hand N=5")},
	{"make generate", within("make lint", "controller-gen object crd rbac:roleName=edge-device-operator paths=./operator/...")},
	{"go test ./scenarios", within("make test", " ./...")},
	{"go test ./operator/rollout", within("make test", " ./...")},
	{"go test ./docs", within("make test", " ./...")},

	// What takes minutes by design.
	{"make model", butNoTest},
	{"go test ./operator/rollout/model -model.large", butNoTest},
	{"make operators", dry("half an hour, for what others depend on")},
	{"make soak", dry("200 times what make test runs a few times of")},
	{"make explore", dry("minutes: the tests of cmd/edgesim and harness/explore run a little of each kind")},
	{"make explore-deep", dry("hours of what make explore does for minutes")},
	{"make mutants-explored", dry("hours of what the tests of harness/explore do with toys")},
	{"make mutants-merged", dry("hours; the audits of every exploration compare a few of the same")},
	{"make mutants", dry("hours; make test plays eight of them")},
	{"make mutants N=20", within("make test", "mutants N=8")},
	{"make mutants-manifests", dry("an hour; a test of scenarios/mutants makes each of them")},
	{"make fuzz", dry("minutes for each of its targets, whose seeds make test runs")},
	{"make rewrite", dry("edgesim replay --rewrite of every file; make test holds each to the byte")},

	{"make demo", dry("needs Docker and kind")},
	{"make demo-clean", dry("needs Docker and kind")},
	{"make images", dry("needs Docker")},
	{"make explore-image", dry("needs Docker")},
	{"kubectl apply -k operator/config/default", inSpec("operator/envtest/manifests_test.go", "say nothing new to kubectl apply -k the second time")},
	{"kubectl wait --for=condition=Succeeded", inSpec("operator/envtest/kubectl_test.go", "--for=condition=Succeeded")},
	{"kubectl describe", inSpec("operator/envtest/kubectl_test.go", `"describe", "dd"`)},
	{"kubectl get --output=wide", inSpec("operator/envtest/kubectl_test.go", `"get", "dd", "--output=wide"`)},
}

// TestEveryCommandIsRun holds the pages to the list above, and runs it.
func TestEveryCommandIsRun(t *testing.T) {
	if err := controlplane.RequireTime(t.Deadline()); err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{} // the page that shows a command
	for _, path := range pages(t) {
		for _, line := range read(text(t, path)).typed {
			shown[line] = path
		}
	}
	for line, path := range shown {
		if !slices.ContainsFunc(commands, func(c struct {
			line string
			run  func(*testing.T, clone, string)
		}) bool {
			return c.line == line
		}) {
			t.Errorf("%s: nothing runs %q", path, line)
		}
	}
	c := newClone(t)
	for _, command := range commands {
		if shown[command.line] == "" {
			t.Errorf("no page shows %q", command.line)
			continue
		}
		t.Run(command.line, func(t *testing.T) { command.run(t, c, command.line) })
	}
}

// says runs a command, which has to succeed and write all this.
func says(parts ...string) func(*testing.T, clone, string) {
	return func(t *testing.T, c clone, line string) {
		stdout, stderr := c.run(t, line)
		for _, part := range parts {
			if !strings.Contains(stdout+stderr, part) {
				t.Errorf("no %q in\n%s%s", part, stdout, stderr)
			}
		}
	}
}

// differs is says for a command that exits with 1, since what it compares differs.
func differs(parts ...string) func(*testing.T, clone, string) {
	return func(t *testing.T, c clone, line string) {
		says(append(parts, "differ")...)(t, c, line+"; [ $? = 1 ]")
	}
}

// like is for a command with a placeholder, or that would do more of the same:
// another one in the list stands for it.
func like(other string) func(*testing.T, clone, string) {
	return func(t *testing.T, _ clone, line string) {
		before, _, _ := strings.Cut(line, "NAME")
		if !strings.Contains(other, before) {
			t.Errorf("%q is not like that", other)
		}
	}
}

// tellsItsFile is make replay: its output is the file that README.md quotes.
func tellsItsFile(t *testing.T, c clone, line string) {
	stdout, stderr := c.run(t, line)
	if want := c.read(t, "scenarios/controller-killed-mid-transfer.txt"); stdout != want {
		t.Errorf("it prints\n%s\nand the file is\n%s", stdout, want)
	}
	if !strings.Contains(stderr, "held: 47s of virtual time in ") || !strings.Contains(stderr, "2 controller starts") {
		t.Errorf("the verdict is %s", stderr)
	}
}

// block finds a page's block of code that has a line with such a beginning.
func block(t *testing.T, page, line string) string {
	t.Helper()
	for _, block := range read(page).blocks {
		if strings.Contains("\n"+block, "\n"+line) {
			return block
		}
	}
	t.Fatalf("no block with a line %q", line)
	return ""
}

func rewritesTheReadmesScenario(t *testing.T, c clone, line string) {
	story := block(t, c.read(t, "README.md"), "device press-01 ")
	c.write(t, "my-scenario.txt", story)
	c.run(t, line)
	if told := c.read(t, "my-scenario.txt"); !strings.HasPrefix(told, story) || !strings.Contains(told, "Verifying → Succeeded, attempt 2") {
		t.Errorf("rewritten to\n%s", told)
	}
}

// rewritesTheHowTosScenario follows docs/scenarios.md: under ten lines, and
// what happens is written under them.
func rewritesTheHowTosScenario(t *testing.T, c clone, line string) {
	story := block(t, c.read(t, "docs/scenarios.md"), "# About: ")
	if n := strings.Count(story, "\n"); n >= 10 {
		t.Errorf("%d lines", n)
	}
	c.write(t, "scenarios/my-scenario.txt", story)
	c.run(t, line)
	told := c.read(t, "scenarios/my-scenario.txt")
	if !strings.HasPrefix(told, story) || !strings.Contains(told, "the transfer broke at 40 %") || !strings.Contains(told, "Verifying → Succeeded, attempt 2") {
		t.Errorf("rewritten to\n%s", told)
	}
}

// holdsWithTheHowTosScenario has one boot do for two scenarios.
func holdsWithTheHowTosScenario(t *testing.T, c clone, line string) {
	told := c.read(t, "scenarios/my-scenario.txt")
	says("one-lie held: ", "my-scenario held: ")(t, c, line+" scenarios/my-scenario.txt")
	if c.read(t, "scenarios/my-scenario.txt") != told {
		t.Error("a replay has changed the file")
	}
}

func listsTheHowTosScenario(t *testing.T, c clone, line string) {
	c.run(t, line)
	if index := c.read(t, "scenarios/README.md"); !strings.Contains(index, "[my-scenario](my-scenario.txt)") {
		t.Errorf("not in the index:\n%s", index)
	}
}

// starts is a program that runs until it's stopped. It says what the page
// shows below the command, but for the ports, which are free ones.
func starts(t *testing.T, c clone, line string) {
	_, shown, _ := strings.Cut(c.read(t, "docs/device.md"), "$ "+line+"\n")
	shown, _, _ = strings.Cut(shown, "\n")
	port := regexp.MustCompile(`\S+:\d{4,5}`)
	said := c.firstLine(t, "DEVICE_LISTEN=127.0.0.1:0 DEVICE_HEALTH_LISTEN=127.0.0.1:0 "+line)
	if got, want := port.ReplaceAllString(said, "ADDRESS"), port.ReplaceAllString(shown, "ADDRESS"); got != want {
		t.Errorf("it says\n%s\nand the page\n%s", got, want)
	}
}

// bySession is a command of the run by hand, which a test of the device plays.
func bySession(t *testing.T, c clone, _ string) {
	if !c.there.packages["devicesim"]["TestTheDocumentedSession"] {
		t.Error("devicesim.TestTheDocumentedSession is gone")
	}
}

// byYourOperator is a command of docs/your-operator.md, which a test follows.
func byYourOperator(t *testing.T, c clone, _ string) {
	if !c.there.packages["docs"]["TestYourOperator"] {
		t.Error("docs.TestYourOperator is gone")
	}
}

// helps is for a flag that a page names: the program's help has it.
func helps(parts ...string) func(*testing.T, clone, string) {
	return func(t *testing.T, c clone, line string) {
		program, _, _ := strings.Cut(line, " ")
		says(parts...)(t, c, "go run ./cmd/"+program+" --help")
	}
}

// inCI is a command that CI runs as it stands.
func inCI(t *testing.T, c clone, line string) {
	targets := strings.Fields(line)[1:]
	for called := range strings.Lines(c.read(t, ".ci/run")) {
		words := strings.Fields(called)
		if len(words) > 1 && words[0] == "make" {
			targets = slices.DeleteFunc(targets, func(s string) bool { return slices.Contains(words, s) })
		}
	}
	if len(targets) > 0 {
		t.Errorf("CI doesn't make %s", targets)
	}
}

// within is a command that is part of another one that CI runs: make says so.
func within(other, part string) func(*testing.T, clone, string) {
	return func(t *testing.T, c clone, line string) {
		inCI(t, c, other)
		if plan, _ := c.run(t, strings.Replace(other, "make", "make -n", 1)); !strings.Contains(plan, part) {
			t.Errorf("%s has no %q:\n%s", other, part, plan)
		}
		if strings.HasPrefix(line, "make ") {
			if plan, _ := c.run(t, strings.Replace(line, "make", "make -n", 1)); plan == "" {
				t.Error("it does nothing")
			}
		}
	}
}

// butNoTest runs a go test, or each that make would run, on no test: that its
// packages build, and that its flags are some.
func butNoTest(t *testing.T, c clone, line string) {
	plan := line
	if strings.HasPrefix(line, "make ") {
		plan, _ = c.run(t, strings.Replace(line, "make", "make -n", 1))
	}
	tried := 0
	for l := range strings.Lines(plan) {
		if l = strings.TrimSpace(l); strings.HasPrefix(l, "go test ") {
			tried++
			says("ok")(t, c, l+" -run='^$'")
		}
	}
	if tried == 0 {
		t.Errorf("there is no go test in\n%s", plan)
	}
}

// dry is a command that can't run here: make can only say what it would do.
func dry(why string) func(*testing.T, clone, string) {
	return func(t *testing.T, c clone, line string) {
		if plan, _ := c.run(t, strings.Replace(line, "make", "make -n", 1)); plan == "" {
			t.Error("it does nothing")
		}
		t.Log("not run:", why)
	}
}

// inSpec is a command for a cluster. A spec runs it with a real kubectl, against a
// real API server; where one is at hand, it reads the overlays here as well.
func inSpec(path, part string) func(*testing.T, clone, string) {
	return func(t *testing.T, c clone, line string) {
		if !strings.Contains(c.read(t, path), part) {
			t.Errorf("no %q in %s", part, path)
		}
		overlay, found := strings.CutPrefix(line, "kubectl apply -k ")
		if _, err := exec.LookPath("kubectl"); err == nil && found {
			says("kind: Deployment")(t, c, "kubectl kustomize "+overlay)
		}
	}
}
