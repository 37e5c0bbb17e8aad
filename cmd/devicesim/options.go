package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	variables "example.com/edge-device-operator/cmd/internal/environment"
	"example.com/edge-device-operator/devicesim"
)

// options are the values of the flags.
type options struct {
	name, running        string
	listen, healthListen string
	seed                 uint64
	plan                 string
	failFirst, failEvery string
}

// environment maps each flag to the variable of its default.
var environment = map[string]string{
	"name":                   "DEVICE_NAME",
	"running":                "DEVICE_RUNNING",
	"listen":                 "DEVICE_LISTEN",
	"health-listen":          "DEVICE_HEALTH_LISTEN",
	"seed":                   "DEVICE_SEED",
	"fail-first-transfer-at": "DEVICE_FAIL_FIRST_TRANSFER_AT",
	"fail-every-transfer-at": "DEVICE_FAIL_EVERY_TRANSFER_AT",
}

// planVariable holds a plan, if --plan names no file.
const planVariable = "DEVICE_PLAN"

func (o *options) register(flags *pflag.FlagSet) {
	text := func(p *string, name, value, usage string) {
		flags.StringVar(p, name, value, usage+" ["+environment[name]+"]")
	}
	text(&o.name, "name", "", "the device's `name`, a DNS label; the host's if there is none")
	text(&o.running, "running", "fw:1", "the `image` that runs at first")
	text(&o.listen, "listen", ":8080", "the `address` of the device's API")
	text(&o.healthListen, "health-listen", ":8081", "the `address` of /healthz, which is about this process")
	flags.Uint64Var(&o.seed, "seed", 1, "the `number` that all chance comes from, together with the name [DEVICE_SEED]")
	flags.StringVar(&o.plan, "plan", "", "a `file` with the plan of faults in YAML or JSON, or - for standard input; the plan itself in [DEVICE_PLAN]")
	text(&o.failFirst, "fail-first-transfer-at", "", "the first transfer breaks at this `progress`, such as 40%")
	text(&o.failEvery, "fail-every-transfer-at", "", "every transfer breaks at this `progress`, such as 40%")
}

var deviceName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// config is the device that the options describe.
func (o *options) config(c *cobra.Command) (devicesim.Config, error) {
	var none devicesim.Config
	if err := fromEnvironment(c.Flags()); err != nil {
		return none, err
	}
	if o.name == "" {
		host, err := os.Hostname()
		if err != nil {
			return none, fmt.Errorf("--name: expected a name, since the host has none: %w", err)
		}
		o.name = host
	}
	if !deviceName.MatchString(o.name) {
		return none, fmt.Errorf("--name: %q: expected a DNS label: lower-case letters, digits and dashes, at most 63", o.name)
	}
	if _, err := devicesim.ParseImage(o.running); err != nil {
		return none, fmt.Errorf("--running: %q: expected %w", o.running, err)
	}
	plan, err := o.readPlan(c.InOrStdin())
	if err != nil {
		return none, err
	}
	var short []devicesim.Fault
	for _, b := range []struct{ flag, which, at string }{
		{"fail-first-transfer-at", "1st", o.failFirst},
		{"fail-every-transfer-at", "every", o.failEvery},
	} {
		if b.at == "" {
			continue
		}
		at, err := devicesim.ParsePercent(b.at)
		if err != nil {
			return none, fmt.Errorf("--%s: %q: expected %w", b.flag, b.at, err)
		}
		faults, err := devicesim.ParseBreaks(fmt.Sprintf("%s@%d%%", b.which, at))
		if err != nil {
			return none, fmt.Errorf("--%s: %w", b.flag, err)
		}
		short = append(short, faults...)
	}
	plan.Faults = append(short, plan.Faults...)
	return devicesim.Config{Name: o.name, Running: o.running, Seed: o.seed, Plan: plan}, nil
}

// fromEnvironment sets flags that are not on the command line. An unknown variable
// is an error only if it looks like a misspelt one, since other programs may use the
// same prefix.
func fromEnvironment(flags *pflag.FlagSet) (err error) {
	known := append(slices.Sorted(maps.Values(environment)), planVariable)
	for _, u := range variables.Find("DEVICE_", known) {
		if u.Meant != "" {
			return fmt.Errorf("%s: there is no such variable; did you mean %s?", u.Name, u.Meant)
		}
	}
	flags.VisitAll(func(f *pflag.Flag) {
		variable := environment[f.Name]
		value := os.Getenv(variable)
		if err != nil || variable == "" || value == "" || f.Changed {
			return
		}
		if flags.Set(f.Name, value) != nil {
			err = fmt.Errorf("%s: %q: expected what --%s takes: %s", variable, value, f.Name, f.Value.Type())
		}
	})
	return err
}

// maxPlan bounds a plan, in bytes: what has no end, such as /dev/zero, is none.
const maxPlan = 1 << 20

func readBounded(from io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(from, maxPlan+1))
	if err == nil && len(text) > maxPlan {
		err = fmt.Errorf("it has more than %d bytes", maxPlan)
	}
	return text, err
}

func (o *options) readPlan(stdin io.Reader) (devicesim.Plan, error) {
	from, text := planVariable, []byte(os.Getenv(planVariable))
	var err error
	switch o.plan {
	case "":
	case "-":
		from = "--plan -"
		text, err = readBounded(stdin)
	default:
		from = "--plan " + o.plan
		var f *os.File
		if f, err = os.Open(o.plan); err == nil {
			text, err = readBounded(f)
			_ = f.Close() // it was only read
		}
	}
	if err != nil {
		return devicesim.Plan{}, fmt.Errorf("--plan: expected a file that can be read: %w", err)
	}
	plan, err := devicesim.ParsePlan(text)
	if err != nil {
		return devicesim.Plan{}, fmt.Errorf("%s: %w", strings.TrimSpace(from), err)
	}
	return plan, nil
}
