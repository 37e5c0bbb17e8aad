package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/util/validation"

	"example.com/edge-device-operator/operator/rollout"
)

// settings are the values of the flags.
type settings struct {
	kubeconfig  string
	namespace   string
	deviceURL   string
	workers     int
	timing      rollout.Timing
	callTimeout time.Duration
	probes      string
	metrics     string
	verbose     bool
}

var defaults = settings{
	deviceURL: "http://{device}.devices.{namespace}.svc:8080",
	workers:   64,
	timing: rollout.Timing{
		Poll:     5 * time.Second,
		Jitter:   10,
		Transfer: 10 * time.Minute,
		Reboot:   5 * time.Minute,
		Verify:   2 * time.Minute,
		Stall:    2 * time.Minute,
	},
	callTimeout: 5 * time.Second,
	probes:      ":8081",
	metrics:     "0",
}

// add adds the flags, with the values of s as defaults.
func (s *settings) add(flags *pflag.FlagSet) {
	flags.StringVar(&s.kubeconfig, "kubeconfig", s.kubeconfig, "file that says how to reach the API server")
	flags.StringVar(&s.namespace, "namespace", s.namespace, "the only namespace to work in; all of them by default")
	flags.StringVar(&s.deviceURL, "device-url", s.deviceURL, "base URL of a device, with {device} and {namespace} in it; nothing else decides where requests go")
	flags.IntVar(&s.workers, "workers", s.workers, "how many devices are dealt with at a time; most of them wait, so that one that hangs holds up no other")
	flags.DurationVar(&s.timing.Poll, "poll-interval", s.timing.Poll, "pause between two observations of a device")
	flags.IntVar(&s.timing.Jitter, "poll-jitter", s.timing.Jitter, "by how many percent each of these pauses is longer or shorter, at most, so that devices are not looked at in lockstep")
	flags.DurationVar(&s.timing.Transfer, "transfer-timeout", s.timing.Transfer, "how long a transfer may take before the attempt has failed")
	flags.DurationVar(&s.timing.Reboot, "reboot-timeout", s.timing.Reboot, "how long a reboot may take before the attempt has failed")
	flags.DurationVar(&s.timing.Verify, "verify-timeout", s.timing.Verify, "how long the verification may take before the attempt has failed")
	flags.DurationVar(&s.timing.Stall, "stall-timeout", s.timing.Stall, "how long a retry waits for a transfer of an earlier attempt that gets no further, before it begins its own; at most half the transfer timeout")
	flags.DurationVar(&s.callTimeout, "call-timeout", s.callTimeout, "how long one request to a device may take")
	flags.StringVar(&s.probes, "health-probe-address", s.probes, `address of /healthz, and of /readyz, which takes an API server that answers; or "0" for none`)
	flags.StringVar(&s.metrics, "metrics-address", s.metrics, `address of /metrics, over HTTP and open to all, or "0" for none`)
	flags.BoolVar(&s.verbose, "verbose", s.verbose, "log what devices answer to requests, too")
	flags.VisitAll(func(f *pflag.Flag) { f.Usage += " (env " + variable(f) + ")" })
}

// The bounds of the durations. A shorter one would poll devices without pause, and
// a longer one is a mistake.
const (
	shortest = 10 * time.Millisecond
	longest  = 30 * 24 * time.Hour
)

// mostJitter is the maximum jitter, in percent, so that no pause is zero.
const mostJitter = 50

// check rejects settings that make no sense.
func (s *settings) check() error {
	if s.workers < 1 || s.workers > 10000 {
		return fmt.Errorf("--workers %d: expected 1 to 10000", s.workers)
	}
	if s.timing.Jitter < 0 || s.timing.Jitter > mostJitter {
		return fmt.Errorf("--poll-jitter %d: expected 0 to %d", s.timing.Jitter, mostJitter)
	}
	for _, d := range []struct {
		flag  string
		value time.Duration
	}{
		{"poll-interval", s.timing.Poll},
		{"transfer-timeout", s.timing.Transfer},
		{"reboot-timeout", s.timing.Reboot},
		{"verify-timeout", s.timing.Verify},
		{"stall-timeout", s.timing.Stall},
		{"call-timeout", s.callTimeout},
	} {
		if d.value < shortest || d.value > longest {
			return fmt.Errorf("--%s %v: expected %v to %v", d.flag, d.value, shortest, longest)
		}
	}
	if half := s.timing.Transfer / 2; s.timing.Stall > half && s.timing.Stall != defaults.timing.Stall {
		return fmt.Errorf("--stall-timeout %v: expected at most %v, half the transfer timeout", s.timing.Stall, half)
	}
	if s.namespace != "" {
		if wrong := validation.IsDNS1123Label(s.namespace); wrong != nil {
			return fmt.Errorf("--namespace %q: %s", s.namespace, wrong[0])
		}
	}
	for _, a := range []struct{ flag, value string }{
		{"health-probe-address", s.probes},
		{"metrics-address", s.metrics},
	} {
		if _, _, err := net.SplitHostPort(a.value); err != nil && a.value != "0" {
			return fmt.Errorf("--%s %q: expected host:port, :port, or 0 for none", a.flag, a.value)
		}
	}
	if err := checkDeviceURL(s.deviceURL, s.namespace != ""); err != nil {
		return fmt.Errorf("--device-url %q: %w", s.deviceURL, err)
	}
	s.deviceURL = strings.TrimRight(s.deviceURL, "/")
	return nil
}

// bothNames matches what is between the two names in a template.
var bothNames = regexp.MustCompile(`\{(?:device|namespace)\}(.*)\{(?:device|namespace)\}`)

// checkDeviceURL validates a template. Two objects must never lead to one device,
// so the template has to contain both names, apart from each other. The namespace
// may be left out if there is only one.
func checkDeviceURL(template string, oneNamespace bool) error {
	switch {
	case strings.Count(template, "{device}") != 1:
		return errors.New("expected {device} in it, once")
	case strings.Count(template, "{namespace}") > 1:
		return errors.New("expected {namespace} in it, once")
	case !strings.Contains(template, "{namespace}") && !oneNamespace:
		return errors.New("expected {namespace} in it, or --namespace to restrict the operator to one")
	}
	if m := bothNames.FindStringSubmatch(template); m != nil && !strings.ContainsAny(m[1], "./") {
		return errors.New("expected a . or a / between {device} and {namespace}, which could not be told apart else")
	}
	u, err := url.Parse(strings.NewReplacer("{device}", "d", "{namespace}", "n").Replace(template))
	switch {
	case err != nil:
		return errors.New("expected a URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return errors.New("expected http:// or https://")
	case u.Hostname() == "":
		return errors.New("expected a host")
	case u.User != nil:
		return errors.New("expected no user in it")
	case u.RawQuery != "" || u.ForceQuery:
		return errors.New("expected no ? in it")
	case u.Fragment != "" || strings.Contains(template, "#"):
		return errors.New("expected no # in it")
	case strings.ContainsAny(u.String(), "{}") || strings.Contains(u.String(), "%"):
		return errors.New("expected no other braces and nothing that needs escaping in it")
	}
	return nil
}
