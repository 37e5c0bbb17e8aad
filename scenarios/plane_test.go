package scenarios

import (
	"context"
	"fmt"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"example.com/edge-device-operator/harness/scenario"
	"example.com/edge-device-operator/scenarios/edge"
)

// midTransfer is the beginning of a file; it has so many lines.
const midTransfer, midTransferLines = "device press-{01..02}\ndeploy press-01 image=fw:2\nrun for=12s\n", 3

// outage is a way in which a controller loses its API server.
type outage struct {
	commands []string
	down     string // why a command that needs it is refused
}

var (
	noServer  = outage{[]string{"kill apiserver"}, "kube-apiserver is down: it has to be started first"}
	noEtcd    = outage{[]string{"kill etcd"}, "etcd is down: it has to be started first"}
	noPlane   = outage{[]string{"kill apiserver", "kill etcd"}, "etcd and kube-apiserver are down: they have to be started first, in this order"}
	cutOff    = outage{[]string{"api down"}, "controller 1 is cut off from the API server: it has to reach it first"}
	blindfold = outage{[]string{"watch down"}, "the watch of controller 1 is down: it has to come back first"}
)

// refused are the commands that an outage refuses, and why; DOWN stands for the
// outage's own reason.
var refused = []struct {
	during []outage
	line   string
	why    string
}{
	{[]outage{noServer, noEtcd}, "deploy press-02 image=fw:2", "DOWN"},
	{[]outage{noServer, noEtcd, noPlane}, "edit press-01 image=fw:3", "DOWN"},
	{[]outage{noServer}, "delete press-01", "DOWN"},
	{[]outage{noServer}, "finalizer add press-01", "DOWN"},
	{[]outage{noServer}, "patch devicedeployment/press-01\n| {metadata: {labels: {a: b}}}", "DOWN"},
	{[]outage{noServer}, "apply\n| {apiVersion: v1, kind: ConfigMap, metadata: {name: web}}", "DOWN"},
	{[]outage{noServer}, "status press-01 phase=Failed", "DOWN"},
	{[]outage{noServer, noEtcd}, "start another controller sees=3s", "DOWN"},
	{[]outage{noServer}, "api down", "DOWN"},
	{[]outage{noServer}, "api up", "DOWN"},
	{[]outage{noServer, cutOff}, "watch down", "DOWN"},
	{[]outage{noServer, cutOff}, "watch up", "DOWN"},
	{[]outage{noServer, noEtcd, noPlane}, "run", "nothing can end: DOWN"},
	{[]outage{noServer}, "rest", "DOWN"},
	{[]outage{noServer}, "kill apiserver", "kube-apiserver is down already"},
	{[]outage{noEtcd}, "kill etcd", "etcd is down already"},
	{[]outage{noEtcd, noPlane}, "start apiserver", "etcd is down: it has to be started first"},
	{[]outage{noServer}, "start etcd", "etcd is running"},

	{[]outage{cutOff}, "run", "nothing can end: no controller reaches the API server, and one has to first"},
	{[]outage{cutOff}, "api down", "controller 1 is cut off from the API server already"},
	{[]outage{cutOff}, "kill apiserver", "controller 1 is cut off from the API server: say api up before this"},
	{[]outage{blindfold}, "kill apiserver", "the watch of controller 1 is down: it has to come back first"},
	{[]outage{blindfold}, "run", "press-01 does not end: Rebooting, attempt 1, and nothing more happens, since no controller's watch is up; name a time with run until= or for=, or put that right before"},
	{[]outage{blindfold}, "api down", "DOWN"},
	{[]outage{blindfold}, "api up", "controller 1 isn't cut off from the API server"},
	{[]outage{blindfold}, "watch down", "the watch of controller 1 is down already"},
}

// borne are commands that work in every outage, in an order that is possible.
var borne = []string{
	"curl burn press-02 image=fw:7", "dns down press-01", "run for=10s", "dns up press-01", "fault press-01 of=health do=refuse",
	"device press-03", "expect devicedeployment/press-01", "resync", "request press-01#15 answer=lost", "start another controller", "resync controller=2", "run for=1m",
	"stop controller 2", "kill controller", "start controller dies=starting", "start controller", "kill controller at=2h", "start controller",
}

// during plays a file that goes on like this after an outage has begun.
func during(ctx context.Context, o outage, lines ...string) (scenario.Result, error) {
	GinkgoHelper()
	f, err := edge.Language.Parse("story.txt", midTransfer+strings.Join(append(slices.Clone(o.commands), lines...), "\n")+"\n----\n")
	Expect(err).NotTo(HaveOccurred())
	return session.Run(ctx, f, scenario.Options{})
}

var _ = Describe("A controller is without its API server:", func() {
	for _, r := range refused {
		for _, o := range r.during {
			// Each world that kills the control plane takes seconds to start it again.
			var length Labels
			if strings.HasPrefix(o.commands[0], "kill") {
				length = Label(long)
			}
			It(strings.Join(o.commands, ", ")+", and then "+r.line+" says at once what is wrong", length, func(ctx SpecContext) {
				_, err := during(ctx, o, r.line)
				Expect(err).To(MatchError(fmt.Sprintf("story.txt:%d: %s", midTransferLines+len(o.commands)+1, strings.ReplaceAll(r.why, "DOWN", o.down))))
			})
		}
	}

	for _, o := range []outage{noServer, noEtcd, noPlane, cutOff, blindfold} {
		It(strings.Join(o.commands, ", ")+", and all else goes its way to the file's end, and the next file finds all as it was", func(ctx SpecContext) {
			_, err := during(ctx, o, borne...)
			held(err)
			res, err := during(ctx, outage{}, "run")
			held(err)
			Expect(res.Endings).To(HaveExactElements(ContainSubstring("Succeeded after 1 attempts")))
		})
	}

	It("and nothing happens that has ended", func(ctx SpecContext) {
		_, err := during(ctx, outage{[]string{"run"}, ""}, "kill apiserver", "run")
		held(err)
	})

	It("and no command is forgotten here", func() {
		known := []string{"seed", "workers", "schedule", "timing", "show"} // they stand at the top
		for _, r := range refused {
			known = append(known, r.line)
		}
		known = append(known, borne...)
		for _, usage := range edge.Language.Usage() {
			Expect(known).To(ContainElement(HavePrefix(strings.Fields(usage)[0])))
		}
	})
})
